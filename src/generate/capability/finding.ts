/** What is known of how a server takes a field of a request. */

export interface Finding {
  /** As it is called on the wire. */
  readonly field: string
  /**
   * honoured: an answer shows it; accepted: not refused, and one answer cannot show more; ignored: an answer shows that it did
   * nothing; refused: requests with it fail.
   */
  readonly verdict: Verdict
  /** What shows it, as a clause. */
  readonly because?: string
}

export type Verdict = 'honoured' | 'accepted' | 'ignored' | 'refused'

/** Findings about one use, with when and how they came about. */
export interface Known {
  readonly findings: readonly Finding[]
  /** ISO time. */
  readonly time: string
  /** `build`: the first answer of a build; `probe`: questions of their own. */
  readonly by: 'build' | 'probe'
}
