/** Three ways to ask a server so many questions, so many at once: the engine, the bare `openai` package, and bare undici. */
import { Agent, request } from 'undici'
import { createProvider } from '../../src/generate/providers/create.ts'
import type { PaceOptions } from '../../src/generate/rate/pace.ts'
import { systemClock } from '../../src/util/clock.ts'
import { keyed } from '../rig/credentials.ts'
import { buildRate, promptOf } from './engine.ts'

async function inLanes(total: number, concurrency: number, one: (n: number) => Promise<unknown>): Promise<number> {
  let n = 0
  const started = performance.now()
  const lane = async () => {
    while (n < total) await one(n++)
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return (total * 1000) / (performance.now() - started)
}

export async function sdkRate(url: string, requests: number, concurrency: number): Promise<number> {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 })
  return inLanes(requests, concurrency, (n) =>
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: promptOf(n) }] }),
  )
}

export async function engineRate(url: string, requests: number, concurrency: number, limit?: PaceOptions): Promise<number> {
  const spec = {
    name: 'm',
    provider: 'openai',
    model: 'm',
    baseUrl: url,
    identity: url,
    params: {},
    structured: 'json_schema',
    timeoutMs: 60_000,
  } as const
  const provider = await createProvider(spec, { credentials: keyed('none'), clock: systemClock, connections: concurrency })
  try {
    return (await buildRate(requests, concurrency, url, provider, limit)).whole
  } finally {
    await provider.close()
  }
}

/** The least that a client can do: what the server gives at most. */
export async function bareRate(url: string, requests: number, concurrency: number): Promise<number> {
  const dispatcher = new Agent({ connections: concurrency })
  try {
    return await inLanes(requests, concurrency, async (n) => {
      const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: promptOf(n) }] })
      const answer = await request(`${url}/chat/completions`, { method: 'POST', body, dispatcher })
      await answer.body.arrayBuffer()
    })
  } finally {
    await dispatcher.close()
  }
}
