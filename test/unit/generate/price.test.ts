/** Tokens and money. */
import { readFileSync } from 'node:fs'
import { calcPrice, findProvider } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { costOf, type KnownPrice, mostOf, PRICE_TABLE, priceOf } from '../../../src/generate/price.ts'
import { countTokens, estimateTokens } from '../../../src/generate/tokens.ts'

const spec = (changes: Partial<ModelSpec>): ModelSpec => ({
  name: 'm',
  provider: 'openai',
  model: 'gpt-5-mini',
  identity: 'openai',
  params: {},
  structured: 'json_schema',
  timeoutMs: 1_000,
  ...changes,
})

const NOW = new Date('2026-11-27T02:00:00Z')

describe('prices', () => {
  test('the config has the last word', async () => {
    expect(await priceOf(spec({ price: { input: 1, output: 2, date: '2026-11-01' } }), NOW)).toEqual({
      input: 1,
      output: 2,
      date: '2026-11-01',
      source: 'config',
    })
  })

  test('well-known models are in the table, also under the provider’s own address', async () => {
    const expected = { input: 0.25, output: 2, cachedInput: 0.025, source: 'table', window: 400_000, date: PRICE_TABLE.date }
    expect(await priceOf(spec({}), NOW)).toEqual(expected)
    expect(await priceOf(spec({ baseUrl: 'https://api.openai.com/v1' }), NOW)).toEqual(expected)
  })

  test('a prompt beyond the start of a tier pays its price for the whole call', async () => {
    const price = await priceOf(spec({ provider: 'gemini', model: 'gemini-2.5-pro' }), NOW)
    const cost = (input: number) => costOf({ input, output: 1_000, cachedInput: 0 }, price as KnownPrice)
    expect(cost(200_000)).toBeCloseTo(0.2 * 1.25 + 0.01, 12)
    expect(cost(200_001)).toBeCloseTo(0.200001 * 2.5 + 0.015, 12)
  })

  test('a price that changed on a day is the one of the day', async () => {
    const on = async (day: string) => (await priceOf(spec({ model: 'o3' }), new Date(day)))?.input
    expect([await on('2025-06-09T12:00:00Z'), await on('2025-06-10T12:00:00Z')]).toEqual([10, 2])
  })

  test('a price that depends on the hour is the one of the answer, and the dearest is reserved', async () => {
    const price = (await priceOf(spec({ provider: 'deepseek', model: 'deepseek-v4-pro' }), NOW)) as KnownPrice
    const usage = { input: 1_000_000, output: 0, cachedInput: 0 }
    const cheap = costOf(usage, price, { at: new Date('2026-11-27T05:00:00Z') })
    const dear = costOf(usage, price, { at: new Date('2026-11-27T02:00:00Z') })
    expect([cheap, dear]).toEqual([0.66, 1.32])
    const night = (await priceOf(spec({ provider: 'deepseek', model: 'deepseek-v4-pro' }), new Date('2026-11-27T05:00:00Z'))) as KnownPrice
    expect([night.input, mostOf(usage, night)]).toEqual([0.66, 1.32])
  })

  test('a shorthand at its own address is looked up by its name', async () => {
    const gemini = { provider: 'gemini', model: 'gemini-2.5-flash', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' }
    expect((await priceOf(spec(gemini), NOW))?.source).toBe('table')
  })

  test("somebody else's server, an unknown model, an unknown provider and a dearer tier have no known price", async () => {
    const unknown = [
      { baseUrl: 'http://127.0.0.1:8000/v1' },
      { model: 'no-such-model-1' },
      { provider: 'acme' },
      { params: { service_tier: 'priority' } },
    ]
    for (const changes of unknown) expect(await priceOf(spec(changes), NOW)).toBe(undefined)
  })

  test('the simulated provider and local servers are free', async () => {
    expect(await priceOf(spec({ provider: 'simulated' }), NOW)).toEqual({ input: 0, output: 0, source: 'simulated' })
    expect(await priceOf(spec({ provider: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1' }), NOW)).toEqual({
      input: 0,
      output: 0,
      source: 'local',
    })
  })

  test('the table is named by the version that is installed', () => {
    const { name, version } = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'))
    expect({ name, version }).toEqual({ name: PRICE_TABLE.name, version: PRICE_TABLE.version })
  })
})

describe('costs', () => {
  const price = { input: 2, output: 8, cachedInput: 0.5, cacheWrite: 2.5, reasoning: 4 }
  const usage = { input: 1_000_000, output: 500_000, cachedInput: 400_000, cacheWrite: 100_000, reasoning: 200_000 }
  test('what was cached, written and thought are parts with prices of their own', () => {
    expect(costOf(usage, price)).toBeCloseTo(0.5 * 2 + 0.4 * 0.5 + 0.1 * 2.5 + 0.3 * 8 + 0.2 * 4, 10)
  })
  test('without one they cost as much as any other', () => {
    expect(costOf(usage, { input: 2, output: 8 })).toBeCloseTo(2 + 4, 12)
  })
  test('the Batch API asks half, or the share that is given', () => {
    expect(costOf(usage, price, { batch: true })).toBeCloseTo(costOf(usage, price) / 2, 12)
    expect(costOf(usage, { ...price, batch: 0.6 }, { batch: true })).toBeCloseTo(costOf(usage, price) * 0.6, 12)
  })
  test('never negative, whatever the server says', () => {
    expect(costOf({ input: 5, output: -3, cachedInput: 50 }, { input: 2, output: 8, cachedInput: 0 })).toBe(0)
    expect(costOf({ input: 10, output: 1, cachedInput: 8, cacheWrite: 9, reasoning: 7 }, price)).toBeCloseTo(
      (8 * 0.5 + 2 * 2.5 + 4) / 1e6,
      15,
    )
  })

  // Embeddings answer in no tokens, and what is paid for by the image or the minute in none that are counted here.
  const models = ['openai', 'anthropic', 'gemini', 'deepseek', 'perplexity', 'groq', 'mistral', 'x-ai'].flatMap((provider) =>
    (findProvider({ providerId: provider })?.models ?? []).map(({ id }) => ({ provider, model: id })),
  )
  const tokens = (most: number) => fc.integer({ min: 0, max: most })
  const used = fc
    .record({
      input: tokens(400_000),
      output: tokens(50_000),
      cached: fc.double({ min: 0, max: 1, noNaN: true }),
      write: fc.boolean(),
      thought: tokens(50_000),
    })
    .map(({ input, output, cached, write, thought }) => {
      const cachedInput = Math.floor(input * cached)
      return { input, output, cachedInput, cacheWrite: write ? input - cachedInput : 0, reasoning: Math.min(thought, output) }
    })

  test('are what the table itself makes of every model of it, and never more than was reserved', async () => {
    expect(models.length).toBeGreaterThan(200)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...models), used, fc.integer({ min: 0, max: 23 }), async ({ provider, model }, usage, hour) => {
        const at = new Date(Date.UTC(2026, 10, 27, hour, 30))
        const price = await priceOf(spec({ provider, model }), NOW)
        const table = calcPrice(
          {
            input_tokens: usage.input,
            output_tokens: usage.output,
            cache_read_tokens: usage.cachedInput,
            cache_write_tokens: usage.cacheWrite,
            output_reasoning_tokens: usage.reasoning,
          },
          model,
          { providerId: provider, timestamp: at },
        )
        // Models that are paid for by the image, the minute or the page have no price for tokens.
        if (!price) {
          expect([table?.model_price['input_mtok'], table?.model_price['output_mtok']]).toContain(undefined)
          return
        }
        expect(costOf(usage, price, { at })).toBeCloseTo(table?.total_price as number, 10)
        expect(mostOf(usage, price)).toBeGreaterThanOrEqual(costOf(usage, price, { at }) - 1e-12)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('tokens', () => {
  test('are counted by o200k_base', async () => {
    expect(await Promise.all(['', 'hello world', 'tiktoken is great!'].map(countTokens))).toEqual([0, 2, 6])
  })
  test('special tokens in a text are plain text', async () => {
    expect(await countTokens('<|endoftext|>')).toBeGreaterThan(1)
  })
  test('one long repeated text takes no time', async () => {
    const began = performance.now()
    await countTokens('a'.repeat(200_000))
    expect(performance.now() - began).toBeLessThan(5_000)
  })
  test('the estimate is within a third of the count for prose and code', async () => {
    for (const text of [
      readFileSync('src/generate/retry.ts', 'utf8'),
      'The quick brown fox jumps over the lazy dog, and then it sleeps for a while in the warm sun. '.repeat(5),
    ]) {
      expect(Math.abs(estimateTokens(text) / (await countTokens(text)) - 1)).toBeLessThan(0.34)
    }
    expect([estimateTokens(''), estimateTokens('a'), estimateTokens('漢字')]).toEqual([0, 1, 2])
  })
})
