/** What texts of rows were measured to be, by the rows and the limits: remembered between builds, because measuring reads every row. */
import type { MeasureCheck } from '../events/measures.ts'

/** Measures beyond a limit, by the digest of what they were made from. */
export type RememberedMeasures = readonly (readonly [digest: string, beyond: readonly MeasureCheck[]])[]

// What is told of a measure needs no more.
const MOST_FINDINGS = 5

export class MeasureMemo {
  readonly #known: ReadonlyMap<string, readonly MeasureCheck[]>
  /** Of this build: what nothing asked for any more is forgotten. */
  readonly #used = new Map<string, readonly MeasureCheck[]>()

  constructor(remembered: RememberedMeasures = []) {
    this.#known = new Map(remembered)
  }

  /** What is beyond its limits, measured if it has to be. */
  of(digest: string, measure: () => readonly MeasureCheck[]): readonly MeasureCheck[] {
    const beyond = this.#used.get(digest) ?? this.#known.get(digest) ?? trimmed(measure())
    this.#used.set(digest, beyond)
    return beyond
  }

  remembered(): RememberedMeasures {
    return [...this.#used]
  }
}

function trimmed(checks: readonly MeasureCheck[]): MeasureCheck[] {
  return checks
    .filter(({ status }) => status === 'warn' || status === 'fail')
    .map((check) => ({ ...check, findings: check.findings.slice(0, MOST_FINDINGS).map((one) => ({ ...one, rows: one.rows.slice(0, 1) })) }))
}
