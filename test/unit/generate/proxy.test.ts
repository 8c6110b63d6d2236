/** Proxies that the environment names: used for what they are named for, never with a secret in a message. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Provider, Reply } from '../../../src/generate/provider.ts'
import { createOpenAI } from '../../../src/generate/providers/openai.ts'
import type { ProxySettings } from '../../../src/generate/providers/transport.ts'

const BODY = JSON.stringify({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
const PASSWORD = 'hunter2-proxy-secret'
const sockets = new Set<Socket>()
const providers: Provider[] = []
let server: Server
let proxy: Server
/** What the proxy was asked for, as `METHOD target`. */
let asked: string[] = []
let credentials: (string | undefined)[] = []
/** What it does instead of its work. */
let refusal: 407 | 502 | 'reset' | undefined
let reached = 0

beforeAll(async () => {
  server = createServer((_, response) => {
    reached++
    response.writeHead(200, { 'content-type': 'application/json' }).end(BODY)
  })
  proxy = createServer((incoming, response) => {
    note(incoming)
    if (refusal === 'reset') return void incoming.socket.destroy()
    if (refusal) return void response.writeHead(refusal, { 'proxy-authenticate': 'Basic' }).end()
    const forward = request(
      { host: '127.0.0.1', port: portOf(server), method: incoming.method, path: new URL(String(incoming.url)).pathname },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    incoming.pipe(forward)
  })
  proxy.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming)
    sockets.add(socket)
    socket.on('error', () => {})
    if (refusal === 'reset') return void socket.destroy()
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal} No\r\nproxy-authenticate: Basic\r\n\r\n`)
    // Wherever it was to go: names that nobody has lead to the one server.
    const through = connect(portOf(server), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(through).pipe(socket)
    })
    sockets.add(through)
    through.on('error', () => {})
  })
  await Promise.all([server, proxy].map((one) => new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))))
})
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  asked = []
  credentials = []
  refusal = undefined
  reached = 0
})
afterAll(() => {
  server.closeAllConnections()
  proxy.closeAllConnections()
  server.close()
  proxy.close()
})

const portOf = (one: Server) => (one.address() as AddressInfo).port
function note({ method, url, headers }: IncomingMessage): void {
  asked.push(`${method} ${url}`)
  credentials.push(headers['proxy-authorization'])
}
const address = (user = '') => `http://${user}127.0.0.1:${portOf(proxy)}`

async function ask(baseUrl: string, settings: ProxySettings | undefined): Promise<Reply> {
  const limits = { connect: 5_000, idle: 5_000 }
  const spec = {
    name: 'm',
    provider: 'openai',
    model: 'm',
    baseUrl,
    identity: 'x',
    params: {},
    structured: 'prompt',
    timeoutMs: 20_000,
    limitsMs: limits,
  } as const
  const provider = createOpenAI(spec, { connections: 2, proxy: settings })
  providers.push(provider)
  const call = { body: { model: 'm', messages: [] }, draw: { ordinal: 0, attempt: 0, epoch: 0 } }
  return provider.ask(call, new AbortController().signal)
}
const failure = (reply: Reply) => (reply.kind === 'failure' ? [reply.failure.kind, reply.failure.code, reply.failure.message] : reply.kind)

test('HTTP_PROXY is used for http, and HTTPS_PROXY is not', async () => {
  expect((await ask('http://model.test/v1', { http: address() })).kind).toBe('response')
  expect([asked.length, reached]).toEqual([1, 1])
  expect(asked[0]).toMatch(/^(POST http:\/\/model\.test\/v1\/chat\/completions|CONNECT model\.test:80)$/)
  asked = []
  expect((await ask(`http://127.0.0.1:${portOf(server)}/v1`, { https: address() })).kind).toBe('response')
  expect(asked).toEqual([])
})

test('HTTPS_PROXY is asked for a tunnel: what goes through it the proxy cannot read', async () => {
  // The server at the other end speaks no TLS; that far it has come.
  const reply = await ask('https://model.test/v1', { https: address() })
  expect([asked, reached, reply.kind]).toEqual([['CONNECT model.test:443'], 0, 'failure'])
})

test.each(['model.test', '.test', '*', 'other.test, model.test'])('NO_PROXY=%s goes around it', async (none) => {
  // The name leads nowhere without the proxy.
  const [kind, code] = failure(await ask('http://model.test/v1', { http: address(), none })) as string[]
  expect([asked, kind, ['unknown-host', 'dns'].includes(code ?? '')]).toEqual([[], 'transient', true])
})

test.each(['127.0.0.1', 'localhost'])('this machine (%s) is never asked through a proxy', async (host) => {
  expect((await ask(`http://${host}:${portOf(server)}/v1`, { http: address(), https: address() })).kind).toBe('response')
  expect([asked, reached]).toEqual([[], 1])
})

test('credentials of the address go to the proxy, and to nobody else', async () => {
  expect((await ask('http://model.test/v1', { http: address(`me:${PASSWORD}@`) })).kind).toBe('response')
  expect(credentials).toEqual([`Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`])
})

test.each(['http', 'https'] as const)(
  'a proxy that wants credentials (407) is not tried again, and says so without a secret: %s',
  async (scheme) => {
    refusal = 407
    const reply = await ask(`${scheme}://model.test/v1`, { [scheme]: address(`me:${PASSWORD}@`) })
    const [kind, code, message] = failure(reply) as string[]
    expect([kind, code, asked.length]).toEqual(['fatal', 'proxy', 1])
    expect(message).toBe('the proxy on the way to model.test wants credentials, or other ones (407): see HTTP_PROXY and HTTPS_PROXY')
    expect(message).not.toContain(PASSWORD)
  },
)

test('a proxy that cannot reach the server is tried again', async () => {
  refusal = 502
  expect((failure(await ask('https://model.test/v1', { https: address(`me:${PASSWORD}@`) })) as string[]).slice(0, 2)).toEqual([
    'transient',
    'proxy',
  ])
})

test('a proxy that breaks the connection is tried again, and its address stays out of the message', async () => {
  refusal = 'reset'
  for (const scheme of ['http', 'https'] as const) {
    const [kind, , message] = failure(await ask(`${scheme}://model.test/v1`, { [scheme]: address(`me:${PASSWORD}@`) })) as string[]
    expect([kind, message?.includes(PASSWORD)]).toEqual(['transient', false])
  }
})

test('the scheme of an address may be left out; what is no address ends the build, and is not quoted', async () => {
  expect((await ask('http://model.test/v1', { http: `127.0.0.1:${portOf(proxy)}` })).kind).toBe('response')
  for (const http of [`me:${PASSWORD}@`, `ftp://${PASSWORD}@127.0.0.1`])
    expect(failure(await ask('http://model.test/v1', { http }))).toEqual([
      'fatal',
      'proxy',
      'HTTP_PROXY or HTTPS_PROXY is not the address of a proxy, for example http://proxy.example:8080',
    ])
})

test.each(['http', 'https'] as const)('a proxy that is not there is named, and not the host behind it: %s', async (scheme) => {
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
  const port = portOf(gone)
  await new Promise((resolve) => gone.close(resolve))
  expect(failure(await ask(`${scheme}://model.test/v1`, { [scheme]: `http://me:${PASSWORD}@127.0.0.1:${port}` }))).toEqual([
    'transient',
    'proxy-unreachable',
    `the proxy 127.0.0.1:${port}, on the way to model.test, cannot be reached: ECONNREFUSED`,
  ])
  const [, code, message] = failure(await ask(`${scheme}://model.test/v1`, { [scheme]: 'http://proxy.invalid' })) as string[]
  expect(code).toBe('proxy-unreachable')
  expect(message).toMatch(/^the proxy proxy\.invalid, on the way to model\.test, cannot be reached: (ENOTFOUND|EAI_AGAIN)$/)
})
