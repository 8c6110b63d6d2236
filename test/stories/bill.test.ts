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
