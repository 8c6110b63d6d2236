/** What is to be said of a judge: how many rows pass, and whether it can be trusted. Plain data, the same for every screen. */

/** What a judge said of examples whose worth is known. */
export interface ControlsReport {
  /**
   * `failing`: it does not tell good from bad, and turns no row down. `unproven`: not all are answered, or there are too few. `rehearsed`: the judge is
   * simulated, so what it says tells nothing.
   */
  readonly state: 'trusted' | 'failing' | 'unproven' | 'rehearsed'
  readonly good: number
  readonly bad: number
  /** Mean scores, from 0 to 1. */
  readonly goodMean: number
  readonly badMean: number
  /** Share of pairs of a good and a bad one in which the good one has the higher score, ties counting half. */
  readonly apart?: number
  readonly least: number
  /** Not answered yet. */
  readonly missing: number
  /** Without a verdict that can be used. */
  readonly unusable: number
  /** Bad ones that were found as good as the good ones. */
  readonly missed: readonly string[]
}

/** Rows that reach every level that the check wants, with the interval (95 %, Wilson) in which the true share lies. */
export interface PassRate {
  readonly rows: number
  readonly passed: number
  readonly low: number
  readonly high: number
}

/** How far a judge agrees with people about the same rows. */
export interface AgreementReport {
  /** Left out: whether the row passes, against whether it was accepted. */
  readonly criterion?: string
  readonly rows: number
  /** Share of equal verdicts. */
  readonly observed: number
  /** Cohen's kappa; for more than two levels weighted by the square of their distance. Left out where both always say the same one thing. */
  readonly kappa?: number
  /** The same without weights, where there are some. */
  readonly unweighted?: number
  /** 95 %, from resampled rows. */
  readonly low?: number
  readonly high?: number
}

/** One judge check. */
export interface JudgeReport {
  /** Id of the check. */
  readonly judge: string
  readonly all: PassRate
  readonly batches: readonly (PassRate & {
    readonly batch: string
    /** How far scores of the first quarter are above those of the last (Cliff's delta); left out for fewer than 80 rows. */
    readonly drift?: { readonly delta: number; readonly p: number; readonly first: number; readonly last: number }
  })[]
  /** Of a judge that compares: the share of pairs whose verdict depends on the order. */
  readonly position?: PassRate
  readonly controls?: ControlsReport
  readonly agreement: readonly AgreementReport[]
}
