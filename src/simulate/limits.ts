/** A server's limits: lets requests through, or refuses them in the manner of a provider. */
import type { ServerResponse } from 'node:http'
import { Buckets, type RateLimits } from './buckets.ts'
import type { Question, Said } from './said.ts'
import { type State, sendJson } from './state.ts'
import { MANNERS, type Style } from './styles.ts'

export interface LimitOptions extends RateLimits {
  readonly style: Style
}

/** A request that was let through. */
export interface Admitted {
  /** Says what is left, on the response that the answer will be. */
  readonly headers: { readonly [name: string]: string }
  /** The answer is known, and with it what it really took. */
  settle(said: Said): void
}

export class Limits {
  readonly #options: LimitOptions
  readonly #buckets: Buckets

  constructor(options: LimitOptions) {
    this.#options = options
    this.#buckets = new Buckets(options, MANNERS[options.style].periodMs)
  }

  /** Undefined when the request was refused, which it then has been told. */
  admit(question: Question, state: State, response: ServerResponse): Admitted | undefined {
    const manner = MANNERS[this.#options.style]
    const [now, date] = [state.clock.now(), state.clock.date()]
    const input = Math.ceil(question.raw.length / 4)
    const most = question.chat['max_completion_tokens'] ?? question.chat['max_tokens']
    const counted = input + (manner.countsMost && typeof most === 'number' ? most : 0)
    const refusal = this.#buckets.admit(now, counted)
    const headers = manner.headers(this.#buckets.levels(now), date)
    if (!refusal) {
      const settle = ({ input: asked, output }: Said) => {
        if (manner.countsMost && typeof most === 'number') return
        this.#buckets.correct(asked + output - counted)
      }
      return { headers, settle }
    }
    state.ledger.limited()
    const all = { ...headers, ...manner.refusedHeaders(refusal, date) }
    sendJson(response, manner.refusedBody(refusal, question.model), 429, all)
    return undefined
  }
}
