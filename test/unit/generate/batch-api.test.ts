import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createBatchApi } from '../../../src/generate/providers/batch-api.ts'
import { keyed } from '../../rig/credentials.ts'

test('every request about jobs has the key and the headers of one’s own, and a secret that comes back is taken out', async () => {
  const hidden = 'hidden-in-a-header-0123'
  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push([request.headers.authorization, request.headers['x-gateway']])
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: `who is ${hidden}?` } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const api = createBatchApi({
    baseUrl,
    provider: 'openai',
    credentials: keyed('sk-plain-0123456789', { 'x-gateway': hidden }),
    timeoutMs: 5_000,
  })
  const { signal } = new AbortController()
  try {
    const served = [
      await api.look('b', signal),
      await api.cancel('b', signal),
      await api.list(undefined, signal),
      await api.read('f', async () => {}, signal),
    ]
    expect(served.map((one) => one.kind === 'failure' && one.failure.message.replace(/^\S+ /, ''))).toEqual(
      Array(4).fill('answered 400: who is ***?'),
    )
    expect(seen).toEqual(Array(4).fill(['Bearer sk-plain-0123456789', hidden]))
  } finally {
    await api.close()
    server.close()
  }
})
