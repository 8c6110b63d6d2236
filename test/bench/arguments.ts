/** What the command line of `npm run bench` asks for. */
import { parseArgs } from 'node:util'

export interface Selection {
  /** Ascending. */
  readonly sizes: readonly number[]
  /** Only rows whose name contains this, letter case aside. */
  readonly only: string | undefined
  /** The command that makes the same rows again. */
  readonly command: string
}

// A million cells take minutes to build: they are measured when they are asked for.
const USUAL_SIZES = '1000,100000'

/** Throws for what it does not know. */
export function selectionOf(argv: readonly string[]): Selection {
  const { values } = parseArgs({ args: [...argv], options: { cells: { type: 'string' }, only: { type: 'string' } } })
  const sizes = (values.cells ?? USUAL_SIZES).split(',').map((text) => {
    const size = Number(text.replaceAll('_', ''))
    if (!Number.isInteger(size) || size < 10) throw new Error(`--cells ${text}: a whole number from 10, or several with commas`)
    return size
  })
  const words = [...(values.cells ? [`--cells ${values.cells}`] : []), ...(values.only ? [`--only '${values.only}'`] : [])]
  return {
    sizes: [...new Set(sizes)].sort((a, b) => a - b),
    only: values.only?.toLowerCase(),
    command: `npm run bench${words.length > 0 ? ` -- ${words.join(' ')}` : ''}`,
  }
}
