/** `datagen presets [name]`: what is ready-made, and what a model is told for each value. */
import { type Preset, presetNames, readPreset } from '../config/presets.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'

const GUIDE_WIDTH = 88 // columns for the guide; ids stand to its left

/** Writes to `out`; throws `DatagenError` for a name that does not exist. */
export async function presetsCommand(args: readonly string[], out: (text: string) => void): Promise<ExitCode> {
  const json = args.includes('--json')
  const [name] = args.filter((arg) => !arg.startsWith('--'))
  const presets = (name === undefined ? presetNames() : [name]).map(readPreset)
  if (json) out(`${JSON.stringify(name === undefined ? presets : presets[0], null, 2)}\n`)
  else out(name === undefined ? listed(presets) : shown(presets[0] as Preset))
  return EXIT.ok
}

function listed(presets: readonly Preset[]): string {
  const width = Math.max(...presets.map(({ name }) => name.length))
  const rows = presets.map(({ name, title, values }) => `  ${name.padEnd(width)}  ${title}: ${values.map(({ id }) => id).join(', ')}`)
  return `${['dimensions', ...rows, '', "Use them with `...dimensions('phrasing')`, or in YAML with `phrasing: { preset: phrasing }`.", 'Show one with `datagen presets phrasing`.'].join('\n')}\n`
}

function shown({ name, title, values }: Preset): string {
  const width = Math.max(...values.map(({ id }) => id.length))
  const indent = ' '.repeat(width + 4)
  const blocks = values.map(({ id, guide = id, example, weight }) => {
    const lines = wrapped(weight === undefined ? guide : `${guide} (weight ${weight})`)
    const sample = example === undefined ? [] : wrapped(`“${example}”`)
    return [`  ${id.padEnd(width)}  ${lines[0]}`, ...[...lines.slice(1), ...sample].map((line) => `${indent}${line}`)].join('\n')
  })
  return `${name}: ${title}\n\n${blocks.join('\n\n')}\n`
}

function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > GUIDE_WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
