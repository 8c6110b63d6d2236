/** Slow calls made twice over real HTTP: nobody waits for the calls that hang, and the bill is the server's. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Rehearsal } from '../rig/rehearsal.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

const CELLS = 60
const PRICE = { input: 3, output: 15 }
/** An answer that takes a second here was never going to come. */
const AFTER_SECONDS = 1
const HUNG = ['topic-50.', 'topic-55.']

const config = (hedge: object) =>
  JSON.stringify({
    name: 'hedging',
    concurrency: 8,
    models: { default: { use: 'openai:m', baseUrl: server.url, price: PRICE, maxTokens: 200, timeoutSeconds: 60, hedge } },
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

it('two calls in sixty hang: both are made once more, and everything else once', async () => {
  await server.script({ latencyMs: 20, rules: HUNG.map((contains) => ({ fault: { kind: 'hang' }, contains, times: 1 })) })
  using at = new Rehearsal({ 'datagen.config.json': config({ afterSeconds: AFTER_SECONDS }) })
  const began = performance.now()
  const { code, end, events } = await at.build('--budget', '5')
  expect(performance.now() - began).toBeLessThan(30_000)

  const { requests, billed, lost } = await server.totals()
  expect([code, end?.counts.accepted, end?.calls, requests, billed.requests, lost.requests]).toEqual([
    0,
    CELLS,
    CELLS + 2,
    CELLS + 2,
    CELLS + 2,
    2,
  ])
  const asked = (await server.requests()).map(({ body }) => HUNG.find((topic) => body.includes(topic)) ?? 'another')
  expect(HUNG.map((topic) => asked.filter((one) => one === topic).length)).toEqual([2, 2])

  // To the token, what arrived; of what did not, no less than was billed.
  expect([end?.usage.inputTokens, end?.usage.outputTokens]).toEqual([billed.input - lost.input, billed.output - lost.output])
  const { costs } = end ?? {}
  expect(costs?.hedges).toEqual({ calls: 2, won: 2, atMostUsd: costs?.lost?.atMostUsd })
  expect([costs?.lost?.calls, costs?.useless]).toEqual([2, undefined])
  expect(costs?.lost?.atMostUsd).toBeGreaterThanOrEqual((lost.input * PRICE.input + lost.output * PRICE.output) / 1e6)

  const hedges = events.filter((event) => event.type === 'step-hedge' || event.type === 'step-hedge-end')
  expect(hedges.map((event) => (event.type === 'step-hedge' ? event.reason : event.outcome)).sort()).toEqual([
    expect.stringMatching(/^no answer after 1\.\d s$/),
    expect.stringMatching(/^no answer after 1\.\d s$/),
    'won',
    'won',
  ])
  expect(at.lines('data/train.jsonl')).toHaveLength(CELLS)
  const status = (await at.run('status', '--costs')).stdout.replaceAll(/\s+/g, ' ')
  expect(status).toMatch(/2 slow calls were made twice, and the second came first 2 times: \$[\d.]+ at most for the others/)

  // No part of any key.
  at.write('datagen.config.json', config({ atMost: 0.1 }))
  expect((await at.build()).end?.calls).toBe(0)
})
