/** The whole exit contract: what each code means, for people and for CI. */
export const EXIT = {
  /** Done, or up to date. */
  ok: 0,
  /** Built, but cells or checks failed. */
  incomplete: 1,
  /** Usage or config error: nothing started. */
  usage: 2,
  /** Provider or infrastructure: authentication, quota, network. */
  provider: 3,
  /** Stopped by a budget or a call limit. */
  limit: 4,
  /** Another build holds the lock. */
  locked: 5,
  /** Store or disk. */
  store: 6,
  /** `plan --check` or `--frozen`: something would be bought. */
  pending: 10,
  /** Interrupted by Ctrl-C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT] | 70
