/**
 * What the verdicts come to. Nothing here depends on clocks or on the order of lines: of one person's lines about one thing the highest
 * revision counts; among people, a rejection beats an acceptance.
 */
import { canonicalText } from '../key/canonical.ts'
import { digestOf } from '../key/key.ts'
import { lineText } from './line-text.ts'
import {
  type Accept,
  type Approve,
  type Coordinates,
  type Edit,
  EXAMPLE_DIGITS,
  type Judgement,
  type Reject,
  rowName,
  slotOf,
  type Verdict,
} from './verdict.ts'

/** What counts for one example. */
export type Ruling =
  | {
      readonly kind: 'accept'
      readonly by: readonly string[] /** Checks that do not count against it. */
      readonly over: ReadonlySet<string>
    }
  | {
      readonly kind: 'reject'
      readonly by: readonly string[]
      readonly reason: string /** Who accepted it all the same. */
      readonly against: readonly string[]
    }

/** What one person said of an example by criteria. */
export interface Levels {
  readonly by: string
  readonly levels: { readonly [criterion: string]: number | string }
}

type Scored = Extract<Verdict, { example: string }> & { readonly scores: Levels['levels'] }

/** The edit that counts for a cell's sample. */
export interface Pin {
  readonly edit: Edit
  /** Others that have as much of a claim: none, unless two people edited at the same time. */
  readonly rivals: readonly Edit[]
  /** Two pins with one fingerprint make the same row. */
  readonly fingerprint: string
}

// 64 bits, as in the columns that know of rows.
const MARK_DIGITS = 16
const FINGERPRINT_DIGITS = 16

export class Reviews {
  /** Every line, sorted. */
  readonly lines: readonly Verdict[]
  readonly #rulings = new Map<string, Ruling>()
  /** By `rowName`. */
  readonly pins: ReadonlyMap<string, Pin>
  /** Fingerprints of rulings by the first digits of their example's digest: where they are equal, a row is judged as before. */
  readonly fingerprints: ReadonlyMap<string, string>
  readonly #byMark = new Map<string, Ruling>()
  /** Lines by what they are about; made when somebody asks. */
  #subjects: Map<string, Verdict[]> | undefined

  constructor(lines: readonly Verdict[]) {
    this.lines = lines
    const judged = groups(
      lines.filter((line): line is Judgement => line.verdict === 'accept' || line.verdict === 'reject'),
      slotOf,
    )
    for (const group of judged.values()) this.#rulings.set((group[0] as Judgement).example, rulingOf(counting(group, strictness)))
    const pins = groups(
      lines.filter((line): line is Edit => line.verdict === 'edit'),
      rowName,
    )
    this.pins = new Map([...pins].map(([name, edits]) => [name, pinOf(edits)]))
    this.fingerprints = new Map([...this.#rulings].map(([example, ruling]) => [example.slice(0, MARK_DIGITS), fingerprintOf(ruling)]))
    for (const [example, ruling] of this.#rulings) this.#byMark.set(example.slice(0, MARK_DIGITS), ruling)
  }

  /** By the example's digest; further digits do not matter. */
  ruling(example: string): Ruling | undefined {
    // An example that nobody spoke of is the usual case.
    return this.#rulings.size === 0 ? undefined : this.#rulings.get(example.slice(0, EXAMPLE_DIGITS))
  }

  /** By the two words that columns keep of an example's digest. */
  rulingOfMark(high: number, low: number): Ruling | undefined {
    if (this.#byMark.size === 0) return undefined
    return this.#byMark.get(`${hex(high)}${hex(low)}`)
  }

  /** Digests of examples that people accepted or rejected. */
  get examples(): Iterable<string> {
    return this.#rulings.keys()
  }

  /** Examples that people judge differently. */
  get disputed(): { readonly example: string; readonly ruling: Ruling & { kind: 'reject' } }[] {
    return [...this.#rulings].flatMap(([example, ruling]) =>
      ruling.kind === 'reject' && ruling.against.length > 0 ? [{ example, ruling }] : [],
    )
  }

  /** The newest of each person. */
  approvals(batch: string): readonly Approve[] {
    const all = this.lines.filter((line): line is Approve => line.verdict === 'approve' && line.batch === batch)
    return counting(all, () => 0)
  }

  /** Levels that people gave by example, one entry for each person. Those of a line of their own count before those beside another verdict. */
  get levels(): ReadonlyMap<string, readonly Levels[]> {
    const scored = this.lines.filter((line): line is Scored => 'scores' in line && line.scores !== undefined)
    const byPerson = groups(
      [...groups(scored, slotOf).values()].flatMap((group) => counting(group, () => 0)),
      ({ by, example }) => `${by}\n${example}`,
    )
    const merged = [...byPerson.values()].map((own) => {
      const last = own.toSorted((a, b) => Number(a.verdict === 'score') - Number(b.verdict === 'score') || (a.verdict < b.verdict ? -1 : 1))
      const { by, example } = last[0] as Scored
      return { by, example, levels: Object.assign({}, ...last.map(({ scores }) => scores)) as Levels['levels'] }
    })
    return groups(merged, ({ example }) => example)
  }

  /** The rejections that count, one for each person and example. */
  get rejections(): readonly Reject[] {
    const judged = groups(
      this.lines.filter((line): line is Judgement => line.verdict === 'accept' || line.verdict === 'reject'),
      slotOf,
    )
    return [...judged.values()].flatMap((group) => counting(group, strictness)).filter((line): line is Reject => line.verdict === 'reject')
  }

  /** Lines about an example, or about a cell's sample, sorted. */
  about(example: string | undefined, row: { readonly cell: Coordinates; readonly sample: number }): readonly Verdict[] {
    if (this.lines.length === 0) return []
    this.#subjects ??= groups(
      this.lines.filter(({ verdict }) => verdict !== 'approve'),
      (line) => (line.verdict === 'edit' ? rowName(line) : (line as Judgement).example),
    )
    return [...(this.#subjects.get(example ?? '') ?? []), ...(this.#subjects.get(rowName(row)) ?? [])]
  }
}

export const NO_REVIEWS = new Reviews([])

function groups<Line>(lines: readonly Line[], name: (line: Line) => string): Map<string, Line[]> {
  const found = new Map<string, Line[]>()
  for (const line of lines) {
    const group = found.get(name(line))
    if (group) group.push(line)
    else found.set(name(line), [line])
  }
  return found
}

function strictness(line: Verdict): number {
  return line.verdict === 'reject' ? 1 : 0
}

/**
 * The line of each person that counts: the highest revision; of those with one revision, which only a merge can bring about, the stricter;
 * of those, the last by its text, so that every copy of the file comes to the same.
 */
function counting<Line extends Verdict>(lines: readonly Line[], strict: (line: Line) => number): Line[] {
  return [...groups(lines, ({ by }) => by).values()].map((own) =>
    own.reduce((best, line) => {
      const order = line.revision - best.revision || strict(line) - strict(best) || (lineText(line) > lineText(best) ? 1 : -1)
      return order > 0 ? line : best
    }),
  )
}

function rulingOf(lines: readonly Judgement[]): Ruling {
  const sorted = [...lines].sort((a, b) => (a.by < b.by ? -1 : 1))
  const rejects = sorted.filter((line): line is Reject => line.verdict === 'reject')
  const accepts = sorted.filter((line): line is Accept => line.verdict === 'accept')
  const names = (all: readonly Judgement[]) => all.map(({ by }) => by)
  if (rejects.length === 0) return { kind: 'accept', by: names(accepts), over: new Set(accepts.flatMap(({ over }) => over)) }
  const reason = [...new Set(rejects.map((line) => line.reason))].join('; ')
  return { kind: 'reject', by: names(rejects), reason, against: names(accepts) }
}

function fingerprintOf(ruling: Ruling): string {
  const what = ruling.kind === 'accept' ? ['accept', ...[...ruling.over].sort()] : ['reject', ruling.reason]
  return digestOf(JSON.stringify(what)).slice(0, FINGERPRINT_DIGITS)
}

/** The highest revision, whoever made it: it was made by somebody who saw the others. */
function pinOf(edits: readonly Edit[]): Pin {
  const top = Math.max(...edits.map(({ revision }) => revision))
  const texts = new Map<string, Edit>()
  // The same text by two people is no contradiction.
  const newest = edits.filter(({ revision }) => revision === top).sort((a, b) => (lineText(a) > lineText(b) ? 1 : -1))
  for (const edit of newest) texts.set(canonicalText(edit.edited), edit)
  const [edit, ...rivals] = [...texts.values()].sort((a, b) => (lineText(a) > lineText(b) ? -1 : 1)) as [Edit, ...Edit[]]
  return { edit, rivals, fingerprint: digestOf(lineText(edit)).slice(0, FINGERPRINT_DIGITS) }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}
