/** Whoever answers: replies that follow from request, draw and how often it was bought, faults by seed, and a bill of its own. */
import type { JsonObject } from '../../schema/json.ts'
import { costOf } from '../../src/generate/price.ts'
import type { Call, Failure, Provider, Reply } from '../../src/generate/provider.ts'
import { estimateTokens } from '../../src/generate/tokens.ts'
import { canonicalText } from '../../src/key/canonical.ts'
import { identify, keyOf } from '../../src/key/key.ts'
import { longestAnswer } from '../../src/schedule/bill.ts'
import type { Digest, Key } from '../../src/util/brand.ts'
import { FORBIDDEN, type Heard, nameOf } from '../laws/law-provider.ts'
import type { Random } from '../rig/random.ts'
import type { VirtualTime } from '../rig/virtual-clock.ts'
import type { SimProcess } from './process.ts'

/** US dollars for a million tokens. */
export const PRICE = { input: 50, output: 100 } as const

export interface ShopManners {
  /** Whether the same thing bought twice gives two answers. */
  readonly nonces: boolean
  /** Whether two writers may come upon the same words. */
  readonly echoes: boolean
  /** Share of the answers that cannot be used. */
  readonly useless: number
}

/** One call as the server knows it. */
export interface Sale {
  readonly n: number
  readonly process: SimProcess
  readonly key: Key
  /** Server, canonical body and draw. */
  readonly name: string
  readonly request: string
  readonly draw: Call['draw']
  /** Server and model. */
  readonly model: string
  /** Of the request, as datagen estimates them. */
  readonly tokens: number
  /** What the answer may cost at most, in US dollars. */
  readonly atMostUsd: number
  state: 'under way' | 'answered' | 'failed' | 'cut off' | 'lost'
  /** Present when it was billed. */
  heard?: Heard
  raw?: string
  usd: number
}

/** What one build meets. */
export interface Weather {
  readonly random: Random
  /** Share of calls that go wrong. */
  readonly faults: number
  /** Every call from this one on is refused for good. */
  readonly fatalAt?: number | undefined
  readonly slowest: number
  /** What the first calls meet, for a course that is given. */
  readonly script?: readonly Fate[] | undefined
}

export type Fate = 'answer' | 'rate-limit' | 'server-error' | 'reset' | 'lost' | 'hang' | 'html' | 'truncated' | 'no-choices' | 'refused'
const FATES = ['rate-limit', 'rate-limit', 'server-error', 'reset', 'lost', 'hang', 'html', 'truncated', 'no-choices', 'refused'] as const
const TIME_LIMIT_MS = 60_000

interface Known {
  readonly request: string
  readonly digest: Digest
  readonly tokens: number
  readonly model: string
}

export class Shop {
  readonly manners: ShopManners
  readonly sales: Sale[] = []
  readonly #time: VirtualTime
  readonly #bought = new Map<string, number>()
  readonly #known = new Map<string, Known>()
  onAsk: (sale: Sale) => void = () => {}
  onEnd: (sale: Sale, what: string, waitMs?: number) => void = () => {}

  constructor(time: VirtualTime, manners: ShopManners) {
    this.#time = time
    this.manners = manners
  }

  /** The seam as one process has it, for one endpoint. */
  provider(process: SimProcess, server: string, weather: Weather): Provider {
    let calls = 0
    return {
      simulated: false,
      close: async () => {},
      ask: (call, signal) =>
        new Promise((resolve) => {
          process.demandLife()
          const sale = this.#open(process, server, call)
          const fate = this.#fate(weather, ++calls)
          this.onAsk(sale)
          process.step()
          const answer = (reply: Reply) => {
            signal.removeEventListener('abort', abort)
            process.wake(this.#time, () => {
              process.step()
              if (process.alive) resolve(reply)
            })
          }
          const ms = fate === 'hang' ? TIME_LIMIT_MS : 1 + weather.random() * weather.slowest
          const cancel = this.#time.after(ms, () => answer(this.#reply(sale, fate, call.body, weather)))
          const abort = () => {
            cancel()
            // The server may finish what nobody waits for.
            this.#cutOff(sale, weather.random.chance(0.5))
            this.#time.after(1, () => answer(failure('aborted', 'aborted')))
          }
          if (signal.aborted) abort()
          else signal.addEventListener('abort', abort, { once: true })
        }),
    }
  }

  /** Calls under way of processes that died: the server answers, and nobody hears it. */
  died(process: SimProcess): void {
    for (const sale of this.sales) if (sale.process === process && sale.state === 'under way') this.#cutOff(sale, true)
  }

  #cutOff(sale: Sale, billed: boolean): void {
    if (sale.state !== 'under way') return
    if (billed) this.#bill(sale)
    sale.state = 'cut off'
    this.onEnd(sale, billed ? 'cut off, billed' : 'cut off')
  }

  #open(process: SimProcess, server: string, call: Call): Sale {
    const { request, digest, tokens, model } = this.#identify(server, call.body)
    const { ordinal, attempt, epoch } = call.draw
    const sale: Sale = {
      n: this.sales.length,
      process,
      key: keyOf(digest, call.draw),
      name: nameOf(request, ordinal, attempt, epoch),
      request,
      draw: call.draw,
      model,
      tokens,
      atMostUsd: costOf({ input: tokens, output: longestAnswer({ ...PRICE, source: 'config' }), cachedInput: 0 }, PRICE),
      state: 'under way',
      usd: 0,
    }
    this.sales.push(sale)
    return sale
  }

  /** Bodies are asked again and again: each is looked at once. */
  #identify(server: string, body: JsonObject): Known {
    const text = `${server}|${JSON.stringify(body)}`
    let known = this.#known.get(text)
    if (!known) {
      const { digest, text: all } = identify({ kind: 'ask', provider: server, body })
      known = { request: `${server}|${canonicalText(body)}`, digest, tokens: estimateTokens(all), model: `${server}|${body['model']}` }
      this.#known.set(text, known)
    }
    return known
  }

  /** The request behind a digest, if it was ever asked. */
  requestOf(digest: Digest): string | undefined {
    for (const known of this.#known.values()) if (known.digest === digest) return known.request
    return undefined
  }

  #fate({ random, faults, fatalAt, script }: Weather, call: number): Fate | 'fatal' {
    const given = script?.[call - 1]
    if (given) return given
    if (call >= (fatalAt ?? Number.POSITIVE_INFINITY)) return 'fatal'
    return faults > 0 && random.chance(faults) ? random.pick(FATES) : 'answer'
  }

  #reply(sale: Sale, fate: Fate | 'fatal', body: JsonObject, { random }: Weather): Reply {
    switch (fate) {
      case 'answer':
        this.#bill(sale)
        sale.state = 'answered'
        this.onEnd(sale, `answered: ${sale.heard?.kind === 'text' ? sale.heard.text : 'unusable'}`)
        return raw(sale.raw as string)
      case 'lost':
        this.#bill(sale)
        sale.state = 'lost'
        this.onEnd(sale, 'reset after it was billed')
        return failure('transient', 'connection')
      default: {
        sale.state = 'failed'
        const waitMs = fate === 'rate-limit' && random.chance(0.6) ? 100 + random.below(20_000) : undefined
        this.onEnd(sale, fate, fate === 'rate-limit' ? (waitMs ?? 0) : undefined)
        return unpaid(fate, waitMs, body)
      }
    }
  }

  #bill(sale: Sale): void {
    const times = this.#bought.get(sale.name) ?? 0
    this.#bought.set(sale.name, times + 1)
    const { nonces, useless } = this.manners
    const seed = nonces && times > 0 ? `${sale.name}|${times}` : sale.name
    const digits = mix(seed, 1).toString(16).padStart(8, '0') + mix(seed, 2).toString(16).padStart(8, '0')
    const chance = mix(seed, 3)
    const bad = chance / 2 ** 32 < useless ? (['refusal', 'length', 'null', 'ansi'] as const)[chance % 4] : undefined
    const text = this.#say(`answer ${digits}`, sale.request.includes('"model":"writer'))
    sale.heard = bad ? { kind: 'rejected' } : { kind: 'text', text }
    const outputTokens = 1 + (mix(seed, 4) % 400)
    const message =
      bad === 'refusal' ? { content: null, refusal: 'no' } : { content: bad === 'null' ? null : bad === 'ansi' ? `${text}\u001b[2J` : text }
    const counted = mix(seed, 5) % 4 > 0
    sale.raw = JSON.stringify({
      id: `r${sale.n}`,
      model: 'scripted-1',
      choices: [{ index: 0, finish_reason: bad === 'length' ? 'length' : 'stop', message: { role: 'assistant', ...message } }],
      ...(counted ? { usage: { prompt_tokens: 10, completion_tokens: outputTokens } } : {}),
    })
    const said = estimateTokens(message.content ?? ('refusal' in message ? message.refusal : ''))
    sale.usd = costOf({ input: counted ? 10 : sale.tokens, output: counted ? outputTokens : said, cachedInput: 0 }, PRICE)
  }

  /** Which kind of answer it is follows from its own digits. */
  #say(text: string, writer: boolean): string {
    const digit = text.at(-1)
    if (digit === 'f') return `${text} ${FORBIDDEN}`
    if (digit === 'e') return `${text} and so on, and on, and on`
    return writer && this.manners.echoes && /[a-d]$/.test(text) ? `the same words ${/[ab]$/.test(text) ? 'here' : 'there'}` : text
  }
}

function unpaid(fate: Fate | 'fatal', waitMs: number | undefined, body: JsonObject): Reply {
  switch (fate) {
    case 'fatal':
      return failure('fatal', 'auth')
    case 'refused':
      return failure('refused', 'bad-request')
    case 'html':
      return raw('<html>sign in</html>')
    case 'truncated':
      return raw(JSON.stringify(body).slice(0, 20))
    case 'no-choices':
      return raw('{"choices":[]}')
    case 'rate-limit':
      return failure('transient', fate, waitMs)
    default:
      return failure('transient', fate === 'hang' ? 'timeout' : fate === 'reset' ? 'connection' : fate)
  }
}

function failure(kind: Failure['kind'], code: string, retryAfterMs?: number): Reply {
  return { kind: 'failure', failure: { kind, code, message: `scripted ${code}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }
}

function raw(text: string): Reply {
  return { kind: 'response', raw: new TextEncoder().encode(text) }
}

/** 32 bits of a text; equal texts, equal bits. */
function mix(text: string, salt: number): number {
  let h = Math.imul(salt, 0x9e3779b1) ^ 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
