/** Servers with a bill of their own: what each call truly took and cost is theirs to say, and not always told. */
import { answerLimit } from '../../src/config/answer-limit.ts'
import { costOf, type KnownPrice } from '../../src/generate/price.ts'
import type { Call, Failure, Provider, Reply } from '../../src/generate/provider.ts'
import { mostTokens } from '../../src/generate/tokens.ts'
import type { TokenUsage } from '../../src/generate/usage.ts'
import { canonicalText } from '../../src/key/canonical.ts'
import { longestAnswer } from '../../src/schedule/bill.ts'
import type { Random } from '../rig/random.ts'
import type { VirtualTime } from '../rig/virtual-clock.ts'

/** How often things go wrong, from 0 to 1. */
export interface Manners {
  readonly faults: number
  /** Of the answers, such as come without usage. */
  readonly silent: number
  readonly slowestMs: number
}

export class Bank {
  readonly #time: VirtualTime
  readonly #random: Random
  readonly #manners: Manners
  /** All that was billed, and the part of it that datagen was told. */
  billedUsd = 0
  toldUsd = 0
  calls = 0
  #n = 0

  constructor(time: VirtualTime, random: Random, manners: Manners) {
    this.#time = time
    this.#random = random
    this.#manners = manners
  }

  /** `thinks`: of its answers, from 0 to 1; as long as it may. */
  provider(price: KnownPrice, thinks: number): Provider {
    return {
      simulated: false,
      close: async () => {},
      ask: (call, signal) =>
        new Promise((resolve) => {
          this.calls++
          let open = true
          const end = (reply: Reply) => {
            if (!open) return
            open = false
            cancel()
            signal.removeEventListener('abort', abort)
            resolve(reply)
          }
          const cancel = this.#time.after(1 + this.#random() * this.#manners.slowestMs, () => end(this.#reply(call, price, thinks)))
          const abort = () => {
            // The server finishes what nobody waits for.
            this.#bill(this.#usage(call, 'x'.repeat(50), price, thinks), price, false)
            end(failure('aborted', 'aborted'))
          }
          if (signal.aborted) abort()
          else signal.addEventListener('abort', abort, { once: true })
        }),
    }
  }

  #reply(call: Call, price: KnownPrice, thinks: number): Reply {
    const random = this.#random
    const content = `answer ${'word '.repeat(random.below(20))}${++this.#n}`
    const silent = random.chance(this.#manners.silent)
    const usage = this.#usage(call, content, price, thinks)
    const paid = (told: boolean) => this.#bill(usage, price, told)
    const body = (choices: unknown[], told: boolean) =>
      raw(JSON.stringify({ id: `c${this.#n}`, model: 'm', ...(told ? { usage: wire(usage) } : {}), choices }))
    const choice = (message: object, finish: string) => [{ index: 0, finish_reason: finish, message: { role: 'assistant', ...message } }]
    if (random.chance(this.#manners.faults)) {
      switch (random.below(12)) {
        case 0:
          return failure('transient', 'rate-limit')
        case 1:
          return failure('transient', 'server-error')
        case 2:
          paid(false)
          return failure('transient', random.pick(LOST))
        case 3:
          paid(false)
          return failure('refused', random.pick(['answer-too-large', 'tls-broken']))
        case 4:
          paid(true)
          return body([], true)
        case 5:
          paid(false)
          return body([], false)
        case 6: {
          paid(true)
          const text = Buffer.from(JSON.stringify({ usage: wire(usage), choices: choice({ content }, 'stop') }))
          return { kind: 'response', raw: text.subarray(0, text.length - 9) }
        }
        case 7:
          paid(false)
          return raw(JSON.stringify({ choices: choice({ content }, 'stop') }).slice(0, 40))
        case 8:
          paid(true)
          return body(choice({ content: null, refusal: 'no' }, 'stop'), true)
        case 9:
          // Azure bills the prompts that its filter refuses, and says nothing of it.
          this.#bill({ ...usage, output: 0, reasoning: 0 }, price, false)
          return raw(JSON.stringify({ error: { code: 'content_filter', message: 'filtered' } }))
        default:
          return failure('refused', 'bad-request')
      }
    }
    paid(!silent)
    return body(choice({ content }, 'stop'), !silent)
  }

  /** No more than a server can count: a token for each byte of the prompt, and as many of the answer as were allowed, or as a model has in it. */
  #usage({ body }: Call, content: string, price: KnownPrice, thinks: number): TokenUsage {
    const random = this.#random
    // Often all that is possible: only then does a bound show that it is one.
    const upTo = (most: number) => (random.chance(0.4) ? most : 1 + random.below(most))
    const input = upTo(mostTokens(canonicalText(body)))
    const most = answerLimit(body) ?? longestAnswer(price)
    const said = Math.min(most, upTo(mostTokens(content)))
    const reasoning = random.chance(thinks) ? upTo(most - said + 1) - 1 : 0
    const cachedInput = random.chance(0.5) ? upTo(input + 1) - 1 : 0
    const cacheWrite = random.chance(0.3) ? upTo(input - cachedInput + 1) - 1 : 0
    return { input, output: said + reasoning, cachedInput, cacheWrite, reasoning }
  }

  #bill(usage: TokenUsage, price: KnownPrice, told: boolean): void {
    const usd = costOf(usage, price)
    this.billedUsd += usd
    if (told) this.toldUsd += usd
  }
}

function wire({ input, output, cachedInput, cacheWrite = 0, reasoning = 0 }: TokenUsage) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cachedInput, cache_write_tokens: cacheWrite },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

/** Of answers that were made and did not arrive. */
const LOST = [
  ...['connection-lost', 'idle-closed', 'timeout', 'first-byte-timeout', 'idle-timeout', 'network'],
  ...['incomplete-stream', 'bad-stream', 'not-ended', 'invalid-utf8', 'bad-encoding'],
] as const

function failure(kind: Failure['kind'], code: string): Reply {
  return { kind: 'failure', failure: { kind, code, message: `planted ${code}` } }
}

function raw(text: string): Reply {
  return { kind: 'response', raw: Buffer.from(text) }
}
