/** A build behind a proxy, as the environment names it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

const PASSWORD = 'canary-proxy-password'
let server: TestServer
let proxy: Server
let passed = 0
let refuses = false
const sockets = new Set<Socket>()

beforeAll(async () => {
  server = await startServer()
  proxy = createServer((incoming, response) => {
    if (refuses) return void response.writeHead(407).end()
    passed++
    const { pathname } = new URL(String(incoming.url))
    const forward = request({ host: '127.0.0.1', port: server.port, method: incoming.method, path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(forward)
  })
  proxy.on('connect', (_, socket: Socket) => {
    socket.on('error', () => {})
    sockets.add(socket)
    if (refuses) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    passed++
    const through = connect(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(through).pipe(socket)
    })
    through.on('error', () => {})
    sockets.add(through)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
}, 60_000)
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  proxy.closeAllConnections()
  proxy.close()
  await server.close()
})

const project = () => {
  const address = `http://me:${PASSWORD}@127.0.0.1:${(proxy.address() as AddressInfo).port}`
  return new Project(
    {
      'datagen.config.json': JSON.stringify({
        name: 'behind-a-proxy',
        concurrency: 1,
        // A name that only the proxy knows the way to.
        models: { m: { use: 'openai:m', baseUrl: 'http://model.test/v1' } },
        dimensions: { topic: ['csv', 'json'] },
        recipe: {
          steps: { answer: { ask: 'm', prompt: 'About {{ cell.topic }}.' } },
          example: {
            messages: [
              { role: 'user', content: '{{ cell.topic }}' },
              { role: 'assistant', content: '{{ steps.answer }}' },
            ],
          },
        },
      }),
    },
    { http_proxy: address },
  )
}

/** Every byte that a build left behind. */
function leftBehind(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => (statSync(path).isDirectory() ? leftBehind(path) : readFileSync(path, 'latin1')))
    .join('\n')
}

it('asks through it, and its password is nowhere', async () => {
  using at = project()
  const built = await at.run('build')
  expect([built.code, passed > 0, (await server.requests()).length]).toEqual([0, true, 2])
  expect(`${built.stdout}${built.stderr}${leftBehind(at.root)}`).not.toContain(PASSWORD)
})

it('ends at once when the proxy wants other credentials: exit 3, one call', async () => {
  refuses = true
  using at = project()
  const built = await at.run('build', '--json')
  const events = built.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect([
    built.code,
    events.filter(({ type }) => type === 'step-start').length,
    events.filter(({ type }) => type === 'step-retry').length,
  ]).toEqual([3, 1, 0])
  expect(events.find(({ type }) => type === 'stopping').message).toContain('wants credentials, or other ones (407): see HTTP_PROXY')
  expect(`${built.stdout}${built.stderr}${leftBehind(at.root)}`).not.toContain(PASSWORD)
})
