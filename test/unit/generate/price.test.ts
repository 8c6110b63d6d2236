/** Tokens and money. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import { costOf, PRICE_TABLE, priceOf } from '../../../src/generate/price.ts'
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

describe('prices', () => {
  test('the config has the last word', async () => {
    expect(await priceOf(spec({ price: { input: 1, output: 2 } }))).toEqual({ input: 1, output: 2, source: 'config' })
  })

  test('well-known models are in the table, also under the provider’s own address', async () => {
    const expected = { input: 0.25, output: 2, cachedInput: 0.025, source: 'table' }
    expect(await priceOf(spec({}))).toEqual(expected)
    expect(await priceOf(spec({ baseUrl: 'https://api.openai.com/v1' }))).toEqual(expected)
  })

  test('prices in tiers give the first', async () => {
    expect(await priceOf(spec({ provider: 'google', model: 'gemini-2.5-pro' }))).toEqual({
      input: 1.25,
      output: 10,
      cachedInput: 0.125,
      source: 'table',
    })
  })

  test('a shorthand at its own address is looked up by its name', async () => {
    const gemini = { provider: 'gemini', model: 'gemini-2.5-flash', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' }
    expect((await priceOf(spec(gemini)))?.source).toBe('table')
  })

  test("somebody else's server, an unknown model and an unknown provider have no known price", async () => {
    expect(await priceOf(spec({ baseUrl: 'http://127.0.0.1:8000/v1' }))).toBe(undefined)
    expect(await priceOf(spec({ model: 'no-such-model-1' }))).toBe(undefined)
    expect(await priceOf(spec({ provider: 'acme' }))).toBe(undefined)
  })

  test('the simulated provider and local servers are free', async () => {
    expect(await priceOf(spec({ provider: 'simulated' }))).toEqual({ input: 0, output: 0, source: 'simulated' })
    expect(await priceOf(spec({ provider: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1' }))).toEqual({
      input: 0,
      output: 0,
      source: 'local',
    })
  })

  test('the table is named by the version that is installed', () => {
    const { name, version } = JSON.parse(readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'))
    expect(PRICE_TABLE).toBe(`${name} ${version}`)
  })
})

describe('costs', () => {
  const price = { input: 2, output: 8, cachedInput: 0.5 }
  test('cached input is part of the input', () => {
    expect(costOf({ input: 1_000_000, output: 500_000, cachedInput: 400_000 }, price)).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8, 10)
  })
  test('without a price of its own it costs as much as any other', () => {
    expect(costOf({ input: 10, output: 0, cachedInput: 10 }, { input: 2, output: 8 })).toBeCloseTo(20e-6, 12)
  })
  test('never negative', () => {
    expect(costOf({ input: 5, output: -3, cachedInput: 50 }, { input: 2, output: 8, cachedInput: 0 })).toBe(0)
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
