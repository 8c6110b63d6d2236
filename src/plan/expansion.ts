/** What becomes of a batch that waits for others: the rounds of items planned for it, and what its prompts may see of them. */
import type { BatchSpec } from '../config/dataset.ts'

/** Batches by name; one that is missing has not been decided about yet. */
export type Expansions = ReadonlyMap<string, Expansion>

export interface Expansion {
  /** Planned beside the rows that the config alone decides. */
  readonly rounds: readonly Round[]
  /** No further round will come. */
  readonly settled: boolean
  readonly lessons?: Lessons
}

/** Items planned together: rows of the full product, ascending, each with the draw of its cell. */
export interface Round {
  readonly rows: Uint32Array
  readonly draws: Uint16Array
}

/** What the prompts of a batch see of those before it, fixed when those were complete. */
export interface Lessons {
  /** How accepted rows near this one begin. */
  readonly covered: (row: number) => readonly string[]
  /** What reviewers found wrong. */
  readonly remarks: readonly string[]
  /** Equal digests, equal lessons. */
  readonly digest: string
}

export const NOTHING_EXPANDED: Expansions = new Map()

/** Whether which items a batch has, or what they ask, depends on how others come out, or on how its own first ones do. */
export function maySettleLater({ gaps, acceptedExactly, avoid, remarks }: BatchSpec): boolean {
  return gaps !== undefined || acceptedExactly !== undefined || avoid !== undefined || remarks
}
