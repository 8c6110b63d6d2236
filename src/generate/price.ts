/** What tokens cost: the config's word first, then the table of @pydantic/genai-prices, which is looked up offline. */
import type { ModelSpec } from '../config/dataset.ts'
import { PROVIDERS } from '../config/providers.ts'
import type { TokenUsage } from './envelope.ts'

/** US dollars for a million tokens, and where the numbers come from. */
export interface KnownPrice {
  readonly input: number
  readonly output: number
  readonly cachedInput?: number
  readonly source: 'config' | 'table' | 'local' | 'simulated'
}

/** The table carries no date of its own; its package version stands for one. */
export const PRICE_TABLE = '@pydantic/genai-prices 0.1.8'

/** Undefined when no price is known: unknown is never $0. Prices that rise with the prompt's length give their first tier. */
export async function priceOf(spec: ModelSpec): Promise<KnownPrice | undefined> {
  if (spec.price) return { ...spec.price, source: 'config' }
  if (spec.provider === 'simulated') return { input: 0, output: 0, source: 'simulated' }
  if (PROVIDERS[spec.provider]?.local) return { input: 0, output: 0, source: 'local' }
  const { calcPrice } = await import('@pydantic/genai-prices')
  // By address when it is not the provider's own: `openai:` at another base URL is somebody else's server with somebody else's prices.
  const own = spec.baseUrl === undefined || spec.baseUrl === PROVIDERS[spec.provider]?.baseUrl
  const where = own ? { providerId: spec.provider } : { providerApiUrl: spec.baseUrl as string }
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, spec.model, where)?.model_price
  const input = rate(found?.['input_mtok'])
  const output = rate(found?.['output_mtok'])
  if (input === undefined || output === undefined) return undefined
  const cachedInput = rate(found?.['cache_read_mtok'])
  return { input, output, ...(cachedInput === undefined ? {} : { cachedInput }), source: 'table' }
}

function rate(price: number | { readonly base: number } | undefined): number | undefined {
  return typeof price === 'object' ? price.base : price
}

/** US dollars, never negative; cached input costs as much as any other when no price for it is known. */
export function costOf(usage: TokenUsage, price: Pick<KnownPrice, 'input' | 'output' | 'cachedInput'>): number {
  const cached = Math.max(0, usage.cachedInput)
  const fresh = Math.max(0, usage.input - cached)
  return (fresh * price.input + cached * (price.cachedInput ?? price.input) + Math.max(0, usage.output) * price.output) / 1_000_000
}
