/** What was measured of a dataset: plain data, the same for `--json`, a screen, a report page and a build's gate. */

/** The text a number is about: what the user's side says, what the assistant's says, or both as one. */
export type MeasuredView = 'prompt' | 'response' | 'whole'

export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skipped'

/** One thing that a check found. Row numbers count from 1, as in the file. Phrases are words of the data: treat them as hostile text. */
export interface MeasureFinding {
  /** Said by datagen, without words of the data. */
  readonly what: string
  readonly phrase?: string
  /** Some of the rows, the first ones. */
  readonly rows: readonly number[]
  /** How many rows there are in all, where that is known. */
  readonly count?: number
}

/** The conclusion of one check. */
export interface MeasureCheck {
  readonly id: string
  readonly view?: MeasuredView
  /** What it looks at, in words. */
  readonly looksAt: string
  readonly status: CheckStatus
  /** Undefined where it was skipped. */
  readonly value?: number
  readonly unit: 'share' | 'ratio' | 'count'
  /** At which side of these the check remarks; null where it never does. */
  readonly side: 'above' | 'below'
  readonly warn: number | null
  readonly fail: number | null
  /** Why the thresholds are where they are. */
  readonly reason: string
  /** Why it was skipped. */
  readonly skipped?: string
  readonly findings: readonly MeasureFinding[]
}

export interface MeasuredLengths {
  readonly mean: number
  readonly min: number
  readonly p05: number
  readonly p25: number
  readonly p50: number
  readonly p75: number
  readonly p95: number
  readonly max: number
  /** Rows with `from` up to but not including `to`. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly rows: number }[]
}

/** Of one view; what cannot be told is left out. */
export interface MeasuredText {
  readonly words: number
  readonly bytes: number
  readonly empty: number
  /** Different words. */
  readonly vocabulary: number
  /** In words. */
  readonly lengths: MeasuredLengths
  readonly duplicates: { readonly raw: number; readonly normalised: number; readonly groups: number; readonly largestGroup: number }
  readonly near?: {
    readonly method: 'exact' | 'minhash'
    readonly pairs: number
    readonly clusters: number
    readonly removable: number
    readonly largestCluster: number
  }
  readonly boilerplate: {
    readonly coverage: number
    readonly heavyShare: number
    readonly phrases: readonly { readonly phrase: string; readonly rows: number; readonly example: number }[]
  }
  readonly openings: {
    readonly top1Share: number
    readonly top10Share: number
    readonly top: readonly { readonly phrase: string; readonly rows: number; readonly example: number }[]
  }
  /** At 1 MB in hash order. */
  readonly compression: { readonly rows: number; readonly bytes: number; readonly gzip: number; readonly brotli: number }
  readonly distinct1: number
  /** Over all rows; left out where there are too many to count. */
  readonly distinct2?: number
  /** Over the first 100,000 words: the one to compare sets by. */
  readonly distinct2Budgeted: number
  readonly budgetReached: boolean
  readonly mattr50: number
  readonly languages: readonly { readonly language: string; readonly rows: number }[]
}

export interface MeasuredDimension {
  readonly name: string
  readonly values: readonly { readonly id: string; readonly rows: number; readonly target: number }[]
  readonly tv: number
  readonly p: number
}

export interface MeasuredCoverage {
  readonly cells: number
  readonly dimensions: readonly MeasuredDimension[]
  readonly tway: readonly {
    readonly t: number
    readonly covered: number
    readonly of: number
    readonly total: number
    readonly simple: number
    readonly missing: readonly (readonly (readonly [dimension: string, value: string])[])[]
  }[]
  /** The values are those that occur, because no config said which there should be. */
  readonly inferred: boolean
}

/** Everything that was measured. `schema` rises when a member changes its meaning, `definitions` when a measure does. */
export interface MeasureReport {
  readonly schema: 1
  readonly definitions: number
  readonly rows: number
  readonly status: 'pass' | 'warn' | 'fail'
  readonly shape: {
    readonly kinds: { readonly [kind: string]: number }
    readonly messages: { readonly [role: string]: number }
    readonly turns: readonly { readonly turns: number; readonly rows: number }[]
    readonly withSystem: number
    readonly systemPrompts: { readonly unique: number; readonly top: readonly { readonly text: string; readonly rows: number }[] }
    readonly withTools: number
    readonly toolCalls: number
    /** Of the last thing the user said. */
    readonly asks: { readonly question: number; readonly command: number; readonly statement: number }
    /** Rows whose answers have them. */
    readonly contains: {
      readonly code: number
      readonly list: number
      readonly header: number
      readonly table: number
      readonly json: number
    }
    readonly refusals: number
    readonly disclaimers: number
    readonly pairs?: {
      readonly rows: number
      readonly equal: number
      readonly chosenLonger: number
      readonly rejectedLonger: number
    }
    readonly labels?: { readonly good: number; readonly bad: number }
  }
  readonly prompt: MeasuredText
  readonly response: MeasuredText
  readonly whole: MeasuredText
  readonly drift?: {
    /** Mean words of an answer, and distinct-2 of equal amounts of text, in twenty windows from first to last row. */
    readonly lengths: readonly number[]
    readonly variety: readonly number[]
    readonly lengthDelta: number
    readonly lengthP: number
    readonly varietyP: number
  }
  readonly coverage?: MeasuredCoverage
  readonly contamination?: { readonly items: number; readonly halfCovered8: number; readonly any13: number }
  readonly checks: readonly MeasureCheck[]
  /** Words could not all be told apart, because there are more than fit: counts of words and phrases may be a little low. */
  readonly approximate: boolean
}
