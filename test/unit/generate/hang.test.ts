/** One request in a thousand that never gets an answer costs its own deadline, and nobody else anything. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOpenAI } from '../../../src/generate/providers/openai.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import { askWithRetry } from '../../../src/generate/retry.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { startServer, type TestServer } from '../../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ script: { latencyMs: 5, rules: [{ fault: { kind: 'hang' }, nth: [500], times: 1 }] } })
}, 60_000)
afterAll(() => server.close())

const DEADLINE_MS = 5_000
const CALLS = 1_000
const AT_ONCE = 32

test('the others are done before its deadline, and it has its answer soon after', async () => {
  const provider = createOpenAI(
    {
      name: 'm',
      provider: 'openai',
      model: 'm',
      baseUrl: server.url,
      identity: 'm',
      params: {},
      structured: 'prompt',
      timeoutMs: DEADLINE_MS,
    },
    { connections: AT_ONCE },
  )
  const pace = new Pace(systemClock)
  const signal = new AbortController().signal
  const codes: string[] = []
  const ended: { at: number; tries: number; ms: number }[] = []
  let next = 0
  let hungAt = 0
  const slot = async () => {
    for (let i = next++; i < CALLS; i = next++) {
      const began = performance.now()
      const asked = await askWithRetry(
        provider,
        { body: { model: 'm', messages: [{ role: 'user', content: `question ${i}` }] }, draw: { ordinal: i, attempt: 0, epoch: 0 } },
        { clock: systemClock, random: () => 0.1, signal, pace, onRetry: ({ code }) => void codes.push(code) },
      )
      if (asked.kind === 'failure') throw new Error(asked.failure.message)
      if (asked.tries > 1) hungAt = began
      ended.push({ at: performance.now(), tries: asked.tries, ms: asked.ms })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, slot))
  await provider.close()
  const last = ended.at(-1) as (typeof ended)[0]
  const others = ended.filter(({ tries }) => tries === 1)
  expect([ended.length, others.length, codes]).toEqual([CALLS, CALLS - 1, ['timeout']])
  expect(last.tries).toBe(2)
  expect(Math.max(...others.map(({ at }) => at))).toBeLessThan(hungAt + DEADLINE_MS)
  expect(last.at - hungAt).toBeLessThan(DEADLINE_MS + 1_000)
  // Of its second try alone: neither the first nor the wait between them is the model's time.
  expect(last.ms).toBeLessThan(1_000)
}, 30_000)
