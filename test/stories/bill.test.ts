/** What datagen says it used is what the server billed, to the token, whatever happened on the way. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

const PRICE = { input: 3, output: 15 }
const CELLS = 12

const config = () =>
  JSON.stringify({
    name: 'bill',
    concurrency: 4,
    models: { default: { use: 'openai:m', baseUrl: server.url, price: PRICE } },
    dimensions: { topic: Array.from({ length: CELLS }, (_, i) => `topic-${i}`) },
    recipe: {
      steps: { answer: { ask: 'default', prompt: 'Explain {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })

it('refusals, broken connections and answers that are no use among them', async () => {
  await server.script({
    rules: [
      { fault: { kind: 'status', status: 429, headers: { 'retry-after-ms': '50' } }, nth: [1, 5] },
      { fault: { kind: 'status', status: 503 }, nth: [2] },
      { fault: { kind: 'reset', when: 'before-headers' }, nth: [3] },
      // Billed, kept, and asked for once more as another attempt. By topic, not by arrival: two on one cell would use up its attempts.
      { fault: { kind: 'length' }, contains: 'topic-8.', times: 1 },
      { fault: { kind: 'length' }, contains: 'topic-9.', times: 1 },
      { fault: { kind: 'refusal' }, contains: 'topic-10.', times: 1 },
    ],
  })
  using at = new Project({ 'datagen.config.json': config() })
  const built = await at.run('build', '--json')
  const end = JSON.parse(built.stdout.trimEnd().split('\n').at(-1) as string)
  const ledger = (await server.requests()).flatMap(({ answer }) => (answer === undefined ? [] : [JSON.parse(answer).usage]))
  const input = ledger.reduce((sum, usage) => sum + usage.prompt_tokens, 0)
  const output = ledger.reduce((sum, usage) => sum + usage.completion_tokens, 0)
  // Three answers were no use and four calls had none.
  expect([built.code, ledger.length, end.calls, end.counts.accepted]).toEqual([0, CELLS + 3, CELLS + 3 + 4, CELLS])
  expect([end.usage.inputTokens, end.usage.outputTokens, end.usage.estimated]).toEqual([input, output, false])
  expect(end.usage.usd).toBeCloseTo((input * PRICE.input + output * PRICE.output) / 1e6, 12)
})

it('what was cached, thought, and billed for no answer at all, by step and in the budget', async () => {
  const usage = (prompt: number, cached: number, written: number, completion: number, reasoning: number) => ({
    prompt_tokens: prompt,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: reasoning },
  })
  const cut = `{"usage":${JSON.stringify(usage(100, 0, 0, 7, 0))},"choices":[{"message":{"content":"it be`
  await server.script({
    rules: [
      // Each only once: the next try is answered.
      { fault: { kind: 'fields', fields: { choices: [], usage: usage(100, 0, 0, 50, 50) } }, contains: 'topic-1.', times: 1 },
      { fault: { kind: 'body', body: cut, type: 'application/json' }, contains: 'topic-2.', times: 1 },
      { fault: { kind: 'reset', when: 'after-headers' }, contains: 'topic-3.', times: 1 },
      { fault: { kind: 'usage', usage: usage(1_000, 400, 100, 60, 40) } },
    ],
  })
  const price = { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 4, date: '2026-11-01' }
  const dataset = { ...JSON.parse(config()), dimensions: { topic: ['topic-0', 'topic-1', 'topic-2', 'topic-3'] } }
  dataset.models.default = { ...dataset.models.default, price, maxTokens: 100 }
  using at = new Project({ 'datagen.config.json': JSON.stringify(dataset) })
  const built = await at.run('build', '--json', '--budget', '1')
  const end = JSON.parse(built.stdout.trimEnd().split('\n').at(-1) as string)
  const one = (500 * 3 + 400 * 0.3 + 100 * 4 + 60 * 15) / 1e6
  const useless = (200 * 3 + 57 * 15) / 1e6
  expect([built.code, end.calls, end.counts.accepted]).toEqual([0, 7, 4])
  expect(end.usage).toEqual({
    inputTokens: 4 * 1_000 + 200,
    outputTokens: 4 * 60 + 57,
    cachedTokens: 1_600,
    cacheWriteTokens: 400,
    reasoningTokens: 4 * 40 + 50,
    estimated: false,
    usd: expect.closeTo(4 * one + useless, 12),
  })
  expect(end.costs.useless).toEqual({
    calls: 2,
    inputTokens: 200,
    outputTokens: 57,
    reasoningTokens: 50,
    usd: expect.closeTo(useless, 12),
    unpriced: 0,
  })
  expect(end.costs.lost).toEqual({ calls: 1, atMostUsd: expect.any(Number) })
  expect(end.costs.byStep).toEqual([expect.objectContaining({ step: 'answer', calls: 6, usd: expect.closeTo(4 * one + useless, 12) })])
  // The live sum is the last one.
  const told = built.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { usage?: { usd: number }; type: string })
  const live = told.filter(({ type }) => type !== 'run-end').reduce((sum, event) => sum + (event.usage?.usd ?? 0), 0)
  expect(live).toBeCloseTo(4 * one + useless, 12)

  // Nothing is bought twice, and what that saves is what the answers had cost: not what the useless calls had.
  at.write('datagen.config.json', JSON.stringify({ ...dataset, outputs: { all: { format: 'openai-chat', path: 'data/all.jsonl' } } }))
  const again = await at.run('build', '--json')
  const second = JSON.parse(again.stdout.trimEnd().split('\n').at(-1) as string)
  expect([second.calls, second.savedUsd]).toEqual([0, expect.closeTo(4 * one, 12)])
  const status = await at.run('status', '--costs')
  expect(status.stdout).toContain('spent   $0.01 in 2 runs; kept answers saved $0.01')
  expect(status.stdout).toContain('2 calls brought no answer and were billed all the same: $0.0015 of it')
  expect(status.stdout).toContain('1 answer was lost on the way: at most $')
  expect(status.stdout).toContain('$3.00 in, $0.30 cached, $4.00 into the cache, $15.00 out for a million tokens, of 2026-11-01 (config)')
})
