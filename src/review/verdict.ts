/** What people said about rows, as lines of `datagen.reviews.jsonl`: one verdict each. */
import type { Example } from '../../schema/config.ts'

/** A cell's value ids by dimension. */
export interface Coordinates {
  readonly [dimension: string]: string
}

interface Signed {
  /** Name of the reviewer. */
  readonly by: string
  /** Counts up each time somebody changes their mind, from 1: of two lines that cannot both count, the higher one does. */
  readonly revision: number
}

interface OfRow extends Signed {
  readonly cell: Coordinates
  readonly sample: number
}

/** About one example, wherever it comes up: the first 32 hex digits of its digest. */
interface OfExample extends OfRow {
  readonly example: string
  /** Levels that the reviewer gave by criterion of a rubric; from these the agreement with a judge can be computed. */
  readonly scores?: { readonly [criterion: string]: number | string }
}

/** The row is good. It silences warnings, and the checks that were against it when the reviewer saw it. */
export interface Accept extends OfExample {
  readonly verdict: 'accept'
  readonly over: readonly string[]
}

export interface Reject extends OfExample {
  readonly verdict: 'reject'
  readonly reason: string
}

/** For other people; changes nothing. */
export interface Comment extends OfExample {
  readonly verdict: 'comment'
  readonly text: string
}

/** Levels that a person gives by the criteria of a rubric; changes no row. */
export interface Score extends OfExample {
  readonly verdict: 'score'
  readonly scores: { readonly [criterion: string]: number | string }
}

/** The row is this, whatever its recipe makes: pinned to the cell's sample. */
export interface Edit extends OfRow {
  readonly verdict: 'edit'
  readonly edited: Example
  /** Digest of the example it took the place of. */
  readonly was: string
  /** Of each step that was asked by then: the first digits of its key. */
  readonly keys: { readonly [step: string]: string }
}

/** A batch is good as it is: the digest of its accepted rows, as in `datagen.lock`. */
export interface Approve extends Signed {
  readonly verdict: 'approve'
  readonly batch: string
  readonly rows: string
  readonly accepted: number
}

export type Judgement = Accept | Reject
export type Verdict = Judgement | Comment | Score | Edit | Approve

/** Digits of an example's digest that a line holds. */
export const EXAMPLE_DIGITS = 32
/** Digits of a key: enough to tell two requests of one cell apart. */
export const KEY_DIGITS = 16

/** Identity of a cell's sample, whatever the order of its dimensions. */
export function rowName({ cell, sample }: Pick<OfRow, 'cell' | 'sample'>): string {
  const parts = Object.entries(cell).map(([name, id]) => `${encodeURIComponent(name)}=${encodeURIComponent(id)}`)
  return `${parts.sort().join('&')}#${sample}`
}

/** What a line is about. Two lines about one thing by one person cannot both count. */
export function slotOf(line: Verdict): string {
  switch (line.verdict) {
    case 'accept':
    case 'reject':
      return `judgement ${line.example}`
    case 'comment':
    case 'score':
      return `${line.verdict} ${line.example}`
    case 'edit':
      return `edit ${rowName(line)}`
    case 'approve':
      return `approve ${line.batch}`
  }
}
