/** What tokens cost: the config's word first, then the table of @pydantic/genai-prices, which is looked up offline. */
import type { ModelSpec } from '../config/dataset.ts'
import { LOCAL, PROVIDERS } from '../config/providers.ts'
import type { TokenUsage } from './usage.ts'

/** US dollars for a million tokens; in tiers where they rise with the length of the prompt. */
export type Rate = number | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }

/** What is left out costs as much as what it is a part of. */
export interface Rates {
  readonly input: Rate
  readonly output: Rate
  readonly cachedInput?: Rate
  readonly cacheWrite?: Rate
  readonly reasoning?: Rate
  /** US dollars for a call, whatever its length. */
  readonly call?: number
}

/** Rates, and where they come from. */
export interface KnownPrice extends Rates {
  readonly source: 'config' | 'table' | 'local' | 'simulated'
  /** The day the numbers are of, as yyyy-mm-dd, where that is known. */
  readonly date?: string
  /** Share of it that is billed for what goes through the Batch API. @default 0.5 */
  readonly batch?: number
  /** Tokens that a prompt and its answer have room for together, where that is known. */
  readonly window?: number
  /** What else may hold when an answer comes: other hours, a price that changes tomorrow. */
  readonly others?: readonly Rates[]
  /** The rates at a moment, where they change with it. */
  readonly at?: (when: Date) => Rates
}

/** The table carries no date of its own; the day its package was published stands for one. A test holds it to the version installed. */
export const PRICE_TABLE = { name: '@pydantic/genai-prices', version: '0.1.8', date: '2026-09-23' } as const

// As OpenAI documents it for its Batch API; whoever offers the same interface bills the same share.
const BATCH_SHARE = 0.5

// Other prices for those who want an answer first, or have bought room of their own, are in no table.
const TABLE_TIERS: ReadonlySet<unknown> = new Set([undefined, 'auto', 'default', 'standard', 'standard_only', 'flex'])

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Undefined when no price is known: unknown is never $0. */
export async function priceOf(spec: ModelSpec, now: Date): Promise<KnownPrice | undefined> {
  if (spec.price) return { ...spec.price, source: 'config' }
  if (spec.provider === 'simulated') return { input: 0, output: 0, source: 'simulated' }
  if (spec.provider === LOCAL || PROVIDERS[spec.provider]?.local) return { input: 0, output: 0, source: 'local' }
  if (!TABLE_TIERS.has(spec.params['service_tier']) || isOnThisMachine(spec.baseUrl)) return undefined
  const { look, window } = await tableOf(spec)
  const rates = look(now)
  if (!rates) return undefined
  const others = soon(look, now)
  return {
    ...rates,
    source: 'table',
    date: PRICE_TABLE.date,
    ...(window === undefined ? {} : { window }),
    ...(others.length > 0 ? { others, at: (when: Date) => look(when) ?? rates } : {}),
  }
}

/** No table has a price for it, and loading one takes as long as a tenth of a start. */
function isOnThisMachine(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && URL.canParse(baseUrl) && LOOPBACK.has(new URL(baseUrl).hostname)
}

type Look = (when: Date) => Rates | undefined

async function tableOf(spec: ModelSpec): Promise<{ readonly look: Look; readonly window: number | undefined }> {
  const { calcPrice } = await import('@pydantic/genai-prices')
  // By address when it is not the provider's own: `openai:` at another base URL is somebody else's server with somebody else's prices.
  const own = spec.baseUrl === undefined || spec.baseUrl === PROVIDERS[spec.provider]?.baseUrl
  const where = own ? { providerId: spec.provider } : { providerApiUrl: spec.baseUrl as string }
  const find = (timestamp?: Date) =>
    calcPrice({ input_tokens: 0, output_tokens: 0 }, spec.model, { ...where, ...(timestamp ? { timestamp } : {}) })
  const look: Look = (timestamp) => {
    const found = find(timestamp)?.model_price
    if (!found) return undefined
    // Embeddings have no answer to pay for.
    const { input_mtok: input, output_mtok: output = isOutputFree(found) ? 0 : undefined } = found
    if (input === undefined || output === undefined) return undefined
    const perThousand = found['requests_kcount']
    return {
      input,
      output,
      ...named('cachedInput', found['cache_read_mtok']),
      ...named('cacheWrite', found['cache_write_mtok']),
      ...named('reasoning', found['output_reasoning_mtok']),
      ...(typeof perThousand === 'number' ? { call: perThousand / 1000 } : {}),
    }
  }
  return { look, window: find()?.model.context_window }
}

function isOutputFree(prices: object): boolean {
  return !Object.keys(prices).some((name) => name.startsWith('output'))
}

function named<Name extends string>(name: Name, rate: Rate | undefined): { readonly [N in Name]?: Rate } {
  return rate === undefined ? {} : ({ [name]: rate } as { readonly [N in Name]: Rate })
}

const HALF_HOUR_MS = 30 * 60_000
const SOON_MS = 48 * 60 * 60_000 // longer than builds take

/** Rates that hold at another time within the next two days. */
function soon(look: Look, now: Date): Rates[] {
  const seen = new Set([JSON.stringify(look(now))])
  const others: Rates[] = []
  for (let ms = HALF_HOUR_MS; ms <= SOON_MS; ms += HALF_HOUR_MS) {
    const rates = look(new Date(now.getTime() + ms))
    const name = JSON.stringify(rates)
    if (rates && !seen.has(name)) others.push(rates)
    seen.add(name)
  }
  return others
}

export interface CostOptions {
  /** It went through the Batch API. */
  readonly batch?: boolean
  /** When it was answered: some providers ask more at certain hours. */
  readonly at?: Date
}

/** A price as far as a cost needs it. */
export type Priced = Rates & Pick<KnownPrice, 'batch' | 'others' | 'at'>

/**
 * US dollars, never negative: (input − cached − written) · input + cached · cachedInput + written · cacheWrite +
 * (output − reasoning) · output + reasoning · reasoning, each term at least 0.
 */
export function costOf(usage: TokenUsage, price: Priced, { batch, at }: CostOptions = {}): number {
  const rates = (at && price.at?.(at)) ?? price
  const prompt = some(usage.input)
  const cached = Math.min(some(usage.cachedInput), prompt)
  const written = Math.min(some(usage.cacheWrite), prompt - cached)
  const answer = some(usage.output)
  const reasoning = Math.min(some(usage.reasoning), answer)
  const of = (rate: Rate) => some(perMillion(rate, prompt))
  const tokens =
    (prompt - cached - written) * of(rates.input) +
    cached * of(rates.cachedInput ?? rates.input) +
    written * of(rates.cacheWrite ?? rates.input) +
    (answer - reasoning) * of(rates.output) +
    reasoning * of(rates.reasoning ?? rates.output)
  return (tokens / 1_000_000 + some(rates.call)) * shareOf(price, batch)
}

/** The most that so many tokens can come to, whatever part of them is cached, written or thought, and whenever the answer comes. */
export function mostOf(usage: { readonly input: number; readonly output: number }, price: Priced, { batch }: CostOptions = {}): number {
  let most = 0
  for (const rates of [price, ...(price.others ?? [])]) {
    // Fewer tokens may lie in a lower tier, which need not be the cheaper one.
    const of = (...some: (Rate | undefined)[]) =>
      Math.max(0, ...some.flatMap((rate) => (rate === undefined ? [] : reachable(rate, usage.input))))
    const tokens =
      some(usage.input) * of(rates.input, rates.cachedInput, rates.cacheWrite) + some(usage.output) * of(rates.output, rates.reasoning)
    most = Math.max(most, tokens / 1_000_000 + some(rates.call))
  }
  return most * shareOf(price, batch)
}

/** Of short prompts. */
export function firstTier(rate: Rate): number {
  return typeof rate === 'number' ? rate : rate.base
}

/** A tier holds for the whole of a call whose prompt is longer than its start. */
function perMillion(rate: Rate, prompt: number): number {
  if (typeof rate === 'number') return rate
  let price = rate.base
  for (const tier of rate.tiers) if (prompt > tier.start) price = tier.price
  return price
}

function reachable(rate: Rate, prompt: number): number[] {
  return typeof rate === 'number' ? [rate] : [rate.base, ...rate.tiers.flatMap(({ start, price }) => (prompt > start ? [price] : []))]
}

function shareOf({ batch: share = BATCH_SHARE }: Priced, batch: boolean | undefined): number {
  return batch ? some(share) : 1
}

/** What a broken number says is nothing. */
function some(value: number | undefined): number {
  return value !== undefined && value > 0 ? value : 0
}
