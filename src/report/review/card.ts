/** A row as the review screen shows it. */

export interface Card {
  /** For people: `csv × beginner`. */
  readonly label: string
  readonly batch: string
  readonly cell: readonly (readonly [dimension: string, value: string])[]
  /** What became of the row in the last look at it. */
  /** Undefined where only a judge is against it, and what judges said is kept back. */
  readonly accepted: boolean | undefined
  readonly findings: readonly { readonly check: string; readonly severity: 'reject' | 'warn'; readonly message: string }[]
  /** What judges said, as text. */
  readonly scores: readonly (readonly [check: string, value: string])[]
  /** What the reviewer may give levels by. */
  readonly questions?: readonly CardQuestion[]
  /** What judges said is kept back until the reviewer has spoken. */
  readonly blind?: boolean
  readonly verdicts: readonly CardVerdict[]
  readonly editedBy?: string
  /** Why its edit no longer stands on what it was made from. */
  readonly conflict?: string
  readonly messages: readonly CardMessage[]
}

/** A criterion of a judge, for people. */
export interface CardQuestion {
  readonly id: string
  readonly guide: string
  /** What the cell asked for, where it is about a dimension. */
  readonly about?: string
  /** From worst to best. */
  readonly levels: readonly { readonly id: string; readonly guide: string }[]
  /** Place of the level that the reviewer gave. */
  readonly given?: number
}

export interface CardVerdict {
  readonly by: string
  readonly verdict: 'accept' | 'reject' | 'comment' | 'score' | 'edit'
  /** Reason, comment or levels. */
  readonly text?: string
}

export interface CardMessage {
  /** `user`; of the other side of a preference, `rejected assistant`. */
  readonly role: string
  readonly content: string
}
