/** The keep-alive race under load, measured: connections that close as the next request goes out on them (H23). */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/config/dataset.ts'
import type { Call, Failure, Provider } from '../../../src/generate/provider.ts'
import { createOpenAI } from '../../../src/generate/providers/openai.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import { askWithRetry } from '../../../src/generate/retry.ts'
import { instantClock } from '../../rig/instant-clock.ts'

const ANSWER = JSON.stringify({ id: 'x', model: 'm', choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }] })
const call: Call = { body: { model: 'm', messages: [] }, draw: { ordinal: 0, attempt: 0, epoch: 0 } }
const never = new AbortController().signal

/** What a request meets, by how many there were on its connection before and on all that have served. */
type Fate = (before: number, nth: number) => 'answered' | 'reset' | 'closed'

async function serving(fate: Fate, use: (provider: Provider, served: () => number) => Promise<void>) {
  let answered = 0
  let further = 0
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    let text = ''
    let served = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const [head = '', body] = text.split('\r\n\r\n')
      if (body === undefined || body.length < Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) return
      text = ''
      const end = fate(served, served === 0 ? 0 : further++)
      if (end === 'reset') return void socket.resetAndDestroy()
      if (end === 'closed') return void socket.destroy()
      served++
      answered++
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${ANSWER.length}\r\n\r\n${ANSWER}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const spec = { name: 'm', provider: 'openai', model: 'm', baseUrl, params: {}, timeoutMs: 5_000 } as unknown as ModelSpec
  const provider = createOpenAI(spec, { connections: 40 })
  try {
    await use(provider, () => answered)
  } finally {
    await provider.close()
    for (const socket of open) socket.destroy()
    server.close()
  }
}

const asking = (provider: Provider, onRetry: (failure: Failure, waitMs: number) => void, maxTries = 1) =>
  askWithRetry(provider, call, {
    clock: instantClock(),
    random: () => 0.5,
    signal: never,
    pace: new Pace(instantClock()),
    maxTries,
    onRetry,
  })

test('of 1,200 calls over 40 connections that close by chance, all are answered at their first try that counts, and each once', async () => {
  // Every twelfth request on a connection that has served comes too late, in either way.
  const fate: Fate = (before, nth) => (before > 0 && nth % 12 === 0 ? 'reset' : before > 0 && nth % 12 === 6 ? 'closed' : 'answered')
  await serving(fate, async (provider, answered) => {
    const retried: [string, number][] = []
    let failed = 0
    const lane = async () => {
      for (let i = 0; i < 30; i++) if ((await asking(provider, ({ code }, ms) => retried.push([code, ms]))).kind === 'failure') failed++
    }
    await Promise.all(Array.from({ length: 40 }, lane))
    expect(retried.length).toBeGreaterThan(150)
    expect(new Set(retried.map(([code, ms]) => `${code} ${ms}`))).toEqual(new Set(['idle-closed 0']))
    // The promise is at most one in a thousand.
    expect([failed, answered()]).toEqual([0, 1_200])
  })
})

test('on a connection that never served it is a lost one, and a try', async () => {
  await serving(
    () => 'reset',
    async (provider, answered) => {
      const codes: string[] = []
      const asked = await asking(provider, ({ code }) => codes.push(code), 2)
      expect([asked.kind, asked.tries, codes, answered()]).toEqual(['failure', 2, ['connection-lost'], 0])
    },
  )
})

test('a server that does it again and again takes tries all the same', async () => {
  const failure: Failure = { kind: 'transient', code: 'idle-closed', message: '' }
  const dead: Provider = { simulated: false, close: async () => {}, ask: async () => ({ kind: 'failure', failure }) }
  const waits: number[] = []
  const asked = await asking(dead, (_, ms) => waits.push(ms), 3)
  expect([asked.kind, asked.tries, waits]).toEqual(['failure', 11, [0, 0, 0, 0, 0, 0, 0, 0, 250, 500]])
})
