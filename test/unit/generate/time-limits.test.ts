/** Each part of a call has a limit and a name of its own; none of them cuts off an answer that takes long and comes. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ModelSpec, TimeLimitsMs } from '../../../src/config/dataset.ts'
import type { Provider } from '../../../src/generate/provider.ts'
import { createOpenAI } from '../../../src/generate/providers/openai.ts'
import { datasetOf } from '../config/dataset.ts'

const BODY = JSON.stringify({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
const opened: (Server | TcpServer)[] = []
const sockets = new Set<Socket>()
const providers: Provider[] = []

afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server | TcpServer): Promise<number> {
  opened.push(server)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function ask(baseUrl: string, limitsMs: TimeLimitsMs, timeoutMs = 60_000) {
  const spec: ModelSpec = {
    name: 'm',
    provider: 'openai',
    model: 'm',
    baseUrl,
    identity: 'x',
    params: {},
    structured: 'prompt',
    timeoutMs,
    limitsMs,
  }
  const provider = createOpenAI(spec, { connections: 2 })
  providers.push(provider)
  const call = { body: { model: 'm', messages: [] }, draw: { ordinal: 0, attempt: 0, epoch: 0 } }
  const reply = await provider.ask(call, new AbortController().signal)
  return reply.kind === 'failure' ? [reply.failure.kind, reply.failure.code, reply.failure.message] : [reply.kind]
}

test('a connection that does not come about', async () => {
  // Takes the connection and never says a word of TLS.
  const port = await listen(createTcp())
  expect(await ask(`https://127.0.0.1:${port}/v1`, { connect: 60, idle: 60_000 })).toEqual([
    'transient',
    'connect-timeout',
    `no connection to 127.0.0.1:${port} in time`,
  ])
})

test('a server that takes the request and says nothing, where a limit is set for that', async () => {
  const port = await listen(createServer(() => {}))
  expect(await ask(`http://127.0.0.1:${port}/v1`, { connect: 5_000, firstByte: 60, idle: 60_000 })).toEqual([
    'transient',
    'first-byte-timeout',
    `127.0.0.1:${port} sent nothing within \`firstByteSeconds\``,
  ])
})

test('an answer that stalls in the middle', async () => {
  const port = await listen(createServer((_, response) => void response.writeHead(200).write(BODY.slice(0, 9))))
  expect(await ask(`http://127.0.0.1:${port}/v1`, { connect: 5_000, idle: 60 })).toEqual([
    'transient',
    'idle-timeout',
    `the answer of 127.0.0.1:${port} stalled: nothing more came within \`idleSeconds\``,
  ])
})

test('silence before the first byte is no stall: a model that reasons for long is heard out', async () => {
  const port = await listen(createServer((_, response) => void setTimeout(() => response.writeHead(200).end(BODY), 400)))
  expect(await ask(`http://127.0.0.1:${port}/v1`, { connect: 5_000, idle: 60 })).toEqual(['response'])
})

test('the whole attempt has a limit of its own, whatever trickles in', async () => {
  const port = await listen(
    createServer((_, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(drip))
    }),
  )
  expect(await ask(`http://127.0.0.1:${port}/v1`, { connect: 5_000, idle: 60_000 }, 150)).toEqual([
    'transient',
    'timeout',
    `127.0.0.1:${port} did not answer within 0.15 s`,
  ])
})

test('left out, ten seconds are for the connection, half the time for silence within the answer, and none for the first byte', async () => {
  const limits = async (model: object) => {
    const { dataset } = await datasetOf({ models: { default: { use: 'openai:m', ...model } } })
    const spec = dataset.models.get('default') as ModelSpec
    return [spec.timeoutMs, spec.limitsMs]
  }
  expect(await limits({})).toEqual([600_000, { connect: 10_000, idle: 300_000 }])
  expect(await limits({ timeoutSeconds: 3600 })).toEqual([3_600_000, { connect: 10_000, idle: 1_800_000 }])
  expect(await limits({ limits: { connectSeconds: 1, firstByteSeconds: 2, idleSeconds: 3 } })).toEqual([
    600_000,
    { connect: 1_000, firstByte: 2_000, idle: 3_000 },
  ])
})
