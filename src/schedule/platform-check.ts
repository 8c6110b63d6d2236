/** Rows of an output against the rules of the platform that its config names, as they are written. */
import type { Json } from '../../schema/json.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { safeText } from '../util/safe-text.ts'
import { type Code, severityOf } from '../validate/codes.ts'
import { checkFile } from '../validate/file.ts'
import type { RowFinding } from '../validate/findings.ts'
import type { Platform } from '../validate/platform.ts'
import { platformNamed } from '../validate/platforms.ts'
import { checkRow } from '../validate/row.ts'

/** What a platform has against a file, by code. */
export interface Objections {
  /** Absolute. */
  readonly path: string
  readonly platform: string
  readonly codes: readonly CodeObjections[]
}

interface CodeObjections {
  readonly code: Code
  readonly rows: number
  /** The first few: where, and what is wrong there. */
  readonly first: readonly (readonly [where: string, what: string])[]
  readonly hint?: string
}

const SHOWN_OF_A_CODE = 3
const LONGEST_WORDS = 200

/** Of one file. */
export class PlatformCheck {
  readonly #platform: Platform
  readonly #path: string
  readonly #shapes = new Map<string, number>()
  readonly #codes = new Map<Code, { rows: number; first: [string, string][]; hint?: string }>()
  #rows = 0

  constructor(platform: string, path: string) {
    const known = platformNamed(platform)
    if (!known) throw new Error(`datagen bug: there is no platform "${platform}"`)
    this.#platform = known
    this.#path = path
  }

  /** `line`: of the file, with what ends it. */
  row(line: string, cell: string): void {
    this.#rows++
    const { shape, findings } = checkRow(JSON.parse(line) as Json, this.#platform)
    if (shape !== undefined) this.#shapes.set(shape, (this.#shapes.get(shape) ?? 0) + 1)
    const met = new Set<Code>()
    for (const finding of findings) {
      this.#note(finding, `row ${this.#rows}, ${cell}`, !met.has(finding.code))
      met.add(finding.code)
    }
  }

  /** `aside`: a file that is not trained on, so it need not be as long as one that is. Undefined when there is nothing to object. */
  end(bytes: number, aside: boolean): Objections | undefined {
    const seen = { rows: this.#rows, packedBytes: bytes, layout: 'lines', packing: 'none', bom: false, blankLines: 0 } as const
    const whole = checkFile({ ...seen, shapes: this.#shapes }, this.#platform)
    for (const finding of whole) if (!aside || !TOO_SHORT.has(finding.code)) this.#note(finding, 'the file', false)
    if (this.#codes.size === 0) return undefined
    return {
      path: this.#path,
      platform: this.#platform.title,
      codes: [...this.#codes].map(([code, { rows, first, hint }]) => ({ code, rows, first, ...(hint === undefined ? {} : { hint }) })),
    }
  }

  #note({ code, path, message, hint }: RowFinding, where: string, isNewRow: boolean): void {
    const known = this.#codes.get(code) ?? { rows: 0, first: [], ...(hint === undefined ? {} : { hint }) }
    this.#codes.set(code, known)
    if (isNewRow) known.rows++
    const what = safeText(path === '' ? message : `${path}: ${message}`, { max: LONGEST_WORDS })
    if (known.first.length < SHOWN_OF_A_CODE) known.first.push([where, what])
  }
}

const TOO_SHORT: ReadonlySet<Code> = new Set(['E_MIN', 'W_FEW', 'E_SIZE'])

/** Whether the platform would refuse the file, or drop or garble some of it. */
export function refuses({ codes }: Objections): boolean {
  return codes.some(({ code }) => severityOf(code) === 'error')
}

/** One for each code, what is refused before what is only remarked. */
export function objectionNotices(all: readonly Objections[], root: string): Diagnostic[] {
  return all.flatMap(({ path, platform, codes }) => {
    const file = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
    return codes
      .map(({ code, rows, first, hint }): Diagnostic => {
        const severity = severityOf(code)
        const says = severity === 'error' ? 'would refuse' : 'takes, with a remark,'
        const count = rows === 0 ? '' : `, ${rows} ${rows === 1 ? 'row' : 'rows'}`
        return {
          code: `output/${code}`,
          severity,
          headline: `${platform} ${says} "${file}" (${code}${count})`,
          facts: first,
          ...(hint === undefined ? {} : { hint }),
        }
      })
      .sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'error' ? -1 : 1))
  })
}
