/** A row as the review screen shows it. */

export interface Card {
  /** For people: `csv × beginner`. */
  readonly label: string
  readonly batch: string
  readonly cell: readonly (readonly [dimension: string, value: string])[]
  /** What became of the row in the last look at it. */
  readonly accepted: boolean
  readonly findings: readonly { readonly check: string; readonly severity: 'reject' | 'warn'; readonly message: string }[]
  /** What judges said, as text. */
  readonly scores: readonly (readonly [check: string, value: string])[]
  readonly verdicts: readonly CardVerdict[]
  readonly editedBy?: string
  /** Why its edit no longer stands on what it was made from. */
  readonly conflict?: string
  readonly messages: readonly CardMessage[]
}

export interface CardVerdict {
  readonly by: string
  readonly verdict: 'accept' | 'reject' | 'comment' | 'edit'
  /** Reason or comment. */
  readonly text?: string
}

export interface CardMessage {
  /** `user`; of the other side of a preference, `rejected assistant`. */
  readonly role: string
  readonly content: string
}
