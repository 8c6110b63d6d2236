/** Which prices a sum of money was made with, in words: numbers that are a year old look like those of today. */
import type { UsedModel, UsedPrice } from '../events/event.ts'
import { list } from './format.ts'

/** `prices of 2026-09-23`; undefined where nothing has a price that could age. */
export function priceDates(models: readonly UsedModel[]): string | undefined {
  const paid = models.flatMap(({ price }) => (price && isPaid(price) ? [price] : []))
  if (paid.length === 0) return undefined
  const dates = [...new Set(paid.flatMap(({ date }) => date ?? []))].sort()
  const undated = paid.some(({ date }) => date === undefined)
  if (dates.length === 0) return 'prices of the config'
  return `prices of ${list([...dates, ...(undated ? ['the config'] : [])])}`
}

/** `$0.25 in, $0.025 cached, $2.00 out for a million tokens, of 2026-09-23 (@pydantic/genai-prices 0.1.8)`. */
export function priceText({ input, cachedInput, cacheWrite, reasoning, output, source, date, table }: UsedPrice): string {
  if (source === 'simulated') return 'free: simulated'
  if (source === 'local') return 'free: your own machine'
  const parts: [usd: number | undefined, what: string][] = [
    [input, 'in'],
    [cachedInput, 'cached'],
    [cacheWrite, 'into the cache'],
    [reasoning, 'thought'],
    [output, 'out'],
  ]
  const rates = parts.flatMap(([usd, what]) => (usd === undefined ? [] : [`${rate(usd)} ${what}`])).join(', ')
  return `${rates} for a million tokens${date === undefined ? '' : `, of ${date}`} (${table ?? 'config'})`
}

/** As it was said: half a cent is half of a price. */
function rate(usd: number): string {
  const [, decimals = ''] = String(Number(usd.toPrecision(6))).split('.')
  return `$${usd.toFixed(Math.max(2, Math.min(8, decimals.length)))}`
}

function isPaid({ source }: UsedPrice): boolean {
  return source === 'config' || source === 'table'
}
