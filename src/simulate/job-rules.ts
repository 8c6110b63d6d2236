/** How jobs of the Batch API go wrong: a part of a server's script. */

export interface JobRule {
  /** The nth jobs that are made, from 0; left out, all. */
  readonly nth?: readonly number[]
  /** So many looks find it still under way. @default 0 */
  readonly looks?: number
  /** It takes so long, instead. */
  readonly seconds?: number
  /** @default "completed" */
  readonly outcome?: 'completed' | 'expired'
  /** Of an expired or cancelled one, the share of requests that were answered. @default 0.5 */
  readonly answered?: number
  /** It fails at once, for this reason. */
  readonly problem?: string
  /** Results come in another order than the requests. */
  readonly shuffled?: boolean
  /** There are answers, and no file of them. */
  readonly noOutput?: boolean
  /** It stands in no list. */
  readonly hidden?: boolean
  /** It is made, and the answer to its creation is lost, or says that something went wrong. */
  readonly answer?: 'reset' | 'error'
  readonly lines?: readonly LineRule[]
}

/** What becomes of some requests of a job. */
export interface LineRule {
  /** Those whose line contains this text. */
  readonly contains?: string
  /** Every nth of them, beginning with the first. */
  readonly every?: number
  /**
   * `error`: a failure in the file of errors. `missing`: no result at all. `repeated`, `stranger`, `broken`: an answer, and a line that
   * should not be there. `empty`: a 200 that is no answer. `moved`: an answer of another model. `mixed`: the answer to the job's first
   * request. `cut`: an answer to a prompt of which ten tokens were read.
   */
  readonly what: LineFault
  readonly status?: number
  readonly code?: string
  readonly message?: string
  /** The name of the other model. */
  readonly model?: string
}

export const LINE_FAULTS = ['error', 'missing', 'repeated', 'stranger', 'broken', 'empty', 'moved', 'mixed', 'cut'] as const
export type LineFault = (typeof LINE_FAULTS)[number]

export function matches({ contains, every }: LineRule, at: number, text: string): boolean {
  return (every === undefined || at % every === 0) && (contains === undefined || text.includes(contains))
}
