/** Requests a minute, as a user sets them: one limit for all who ask a model with one key. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

const PER_MINUTE = 300
const GAP_MS = 60_000 / PER_MINUTE
const CATCH_UP_MS = 40

const config = () =>
  JSON.stringify({
    name: 'rates',
    concurrency: 16,
    models: {
      writer: { use: 'openai:m', baseUrl: server.url, requestsPerMinute: PER_MINUTE },
      judge: { use: 'openai:m', baseUrl: server.url },
    },
    dimensions: { topic: ['csv', 'json', 'xml', 'yaml'] },
    recipe: {
      steps: {
        answer: { ask: 'writer', prompt: 'Explain {{ cell.topic }}.' },
        verdict: { ask: 'judge', prompt: 'Is it good? {{ steps.answer }}' },
      },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }} {{ steps.verdict }}' },
        ],
      },
    },
  })

async function spent(): Promise<number> {
  using at = new Project({ 'datagen.config.json': config() })
  const built = await at.run('build', '--json')
  expect([built.code, (await server.requests()).length]).toEqual([0, 8])
  const times = built.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; at?: number })
    .flatMap(({ type, at: when }) => (type.startsWith('step-') && when !== undefined ? [when] : []))
  return Math.max(...times) - Math.min(...times)
}

it('a writer and a judge of one model share it', async () => {
  // Eight calls have seven gaps between them, at paces of their own they would have three and a bit.
  expect(await spent()).toBeGreaterThan(7 * GAP_MS - CATCH_UP_MS)
})
