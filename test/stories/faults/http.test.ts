/** Faults of HTTP, each against a real server: what becomes of the cell, how often it is asked, how long is waited, what is said. */
import dns, { type LookupAddress } from 'node:dns'
import { existsSync, readdirSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { failureOfNetwork } from '../../../src/generate/providers/network-failure.ts'
import { blackHole } from '../../rig/black-hole.ts'
import { type Certificate, selfSigned } from '../../rig/certificate.ts'
import { BIN, Project } from '../../rig/project.ts'
import { Rehearsal } from '../../rig/rehearsal.ts'
import { startServer, type TestServer } from '../../rig/server.ts'
import { HTTP_STORIES } from './http-stories.ts'
import { askedAbout, config, saidBy, tellAll } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

tellAll(() => server, HTTP_STORIES)

const topics = (count: number) => ({ dimensions: { topic: Array.from({ length: count }, (_, i) => `number ${i}`) } })
const status = (code: number, error: unknown, headers = {}) =>
  ({ kind: 'status', status: code, headers, body: JSON.stringify({ error }) }) as const

test('H1 a fifth of all refused: each refusal costs one try, and every cell has its row', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { ...topics(120), concurrency: 8 }) })
  await server.reset()
  const refusal = status(429, { code: 'rate_limit_exceeded' }, { 'retry-after-ms': '40' })
  await server.script({ rules: [{ fault: refusal, share: 0.2, name: 'refused' }] })
  const built = await at.build()
  const refused = (await server.totals()).faults['refused'] ?? 0
  expect(refused).toBeGreaterThan(10)
  expect([built.code, (await server.requests()).length, built.waits]).toEqual([0, 120 + refused, Array(refused).fill(40)])
})

test('H2 no more calls than were in flight follow the one that says the money is gone, and the next build goes on', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { ...topics(40), concurrency: 6 }) })
  await server.reset()
  await server.script({
    latencyMs: 5,
    rules: [{ fault: status(429, { code: 'insufficient_quota', type: 'insufficient_quota' }), nth: [12] }],
  })
  const built = await at.build()
  const first = (await server.requests()).length
  expect(built.code).toBe(3)
  expect(first).toBeLessThanOrEqual(12 + 6)
  // All but one were answered, and every answer is kept.
  expect(built.end?.counts).toMatchObject({ accepted: first - 1, failed: 1, pending: 40 - first })
  await server.reset()
  const again = await at.build()
  expect([again.code, (await server.requests()).length, again.end?.counts.accepted]).toEqual([0, 40 - (first - 1), 40])
})

// By the real clock: others wait for the first one for as long as half a minute.
test('H7 a wrong key costs one request, and not one for each that could be in flight', async () => {
  using at = new Project({ 'datagen.config.json': config(server.url, {}, { ...topics(120), concurrency: 16 }) })
  await server.reset()
  await server.script({ latencyMs: 20, rules: [{ fault: status(401, { message: 'Incorrect API key provided' }) }] })
  const built = await at.run('build', '--yes')
  expect([built.code, (await server.requests()).length]).toEqual([3, 1])
  expect(built.stderr).toContain('Incorrect API key provided')
})

test('H8 what a filter refused is asked again when its prompt is another, and when somebody says so', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, { price: { input: 1, output: 1 } }) })
  await server.reset()
  await server.script({ rules: [{ fault: status(400, { code: 'content_filter', message: 'no' }), contains: 'about bad' }] })
  const built = await at.build()
  const { requests, output: outputTokens } = (await server.totals()).billed
  expect([built.end?.counts.rejected, requests, built.end?.usage]).toMatchObject([1, 1, { outputTokens, estimated: false }])
  const asked = async (change: (text: string) => string, ...args: string[]) => {
    await server.reset()
    at.write('datagen.config.json', change(config(server.url, { price: { input: 1, output: 1 } })))
    const { code } = await at.build(...args)
    return [code, await askedAbout(server, 'bad')]
  }
  expect(await asked((text) => text)).toEqual([1, 0])
  expect(await asked((text) => text.replace('Write', 'Please write'))).toEqual([0, 1])
  expect(await asked((text) => text)).toEqual([1, 0])
  expect((await at.run('build', '--yes')).stderr).toMatch(/1 × prompt-filtered .*through: no\n.*datagen build --retry buys new answers/s)
  expect(await asked((text) => text, '--retry')).toEqual([0, 1])
})

test('H12, H14 what was no answer is kept to be looked at: a few of a kind, for its owner only, without a key, until garbage is collected', async () => {
  const key = 'canary-key-0123456789'
  const secrets = [Buffer.from(key).toString('base64'), 'other-secret-0123456789']
  const model = { apiKeyEnv: 'CANARY', price: { input: 1, output: 1 } }
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, model) }, { CANARY: key })
  await server.reset()
  const page = `<html>${secrets[0]} Authorization: Bearer ${secrets[1]} \u00ff${'x'.repeat(200_000)}`
  const html = {
    kind: 'body',
    body: page,
    type: 'text/html',
    headers: { via: 'proxy.example', 'set-cookie': secrets[1] as string },
  } as const
  await server.script({ rules: [{ fault: html, contains: 'about bad', times: 6 }] })
  const built = await at.build()
  const folder = join(at.root, '.datagen/failed-answers')
  const names = readdirSync(folder)
  expect([built.code, names.length, new Set(names.map((name) => statSync(join(folder, name)).mode & 0o777))]).toEqual([
    1,
    3,
    new Set([0o600]),
  ])
  const { diagnostic } = built.events.find((event) => event.type === 'notice') as Extract<(typeof built.events)[number], { type: 'notice' }>
  expect(diagnostic.facts?.map(([, file]) => file)).toEqual(names.map((name) => `.datagen/failed-answers/${name}`))
  const text = at.read(`.datagen/failed-answers/${names[0]}`)
  expect(text).toMatch(
    /^127\.0\.0\.1:\d+ answered 200: .*\ncontent-type: text\/html\n.*via: proxy\.example\ndatagen-cut: .*\n\n<html>\*\*\* .*\u00ffxxx/s,
  )
  expect(text.length).toBeLessThan(67_000)
  for (const secret of [key, ...secrets]) expect(`${text}${saidBy(built)}`).not.toContain(secret)
  expect((await at.run('cache', 'gc')).stdout).toMatch(/with 3 bodies that were no answer, \d+ KB/)
  expect([(await at.run('cache', 'gc', '--yes')).code, existsSync(folder)]).toEqual([0, false])
})

test('H24 with 256 open files and a concurrency of 2,000 no call fails for want of a file, and every answer is kept', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { ...topics(400), concurrency: 2_000 }) })
  await server.reset()
  await server.hold()
  const building = execa('sh', ['-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath, BIN, 'build', '--yes', '--json'], {
    cwd: at.root,
    env: { HOME: at.root, NO_COLOR: '1' },
    extendEnv: false,
    reject: false,
  })
  // The first of many goes alone.
  await server.untilHeld(1)
  await server.release(1)
  await server.untilHeld(256 - 64)
  const most = await server.held()
  await server.release()
  const { exitCode, stdout } = await building
  const events = stdout.split('\n').map((line) => JSON.parse(line) as Event)
  const failed = events.filter(({ type }) => type === 'step-retry').length
  const notices = events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic.headline] : []))
  expect([exitCode, most, failed, (await server.requests()).length]).toEqual([0, 192, 0, 400])
  expect(notices).toEqual(['192 calls at once instead of 2000: this process may have no more files and sockets open'])
  await server.reset()
  const again = await at.build()
  expect([again.code, again.end?.counts.accepted, (await server.requests()).length]).toEqual([0, 400, 0])
})

test('H23 connections that the server closes as the next request comes are asked again, and nothing is asked for nothing', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { ...topics(60), concurrency: 3 }) })
  await server.reset()
  await server.script({ rules: [{ fault: { kind: 'close-after' }, share: 0.2 }] })
  const built = await at.build()
  const closed = (await server.totals()).faults['close-after'] ?? 0
  expect(closed).toBeGreaterThan(5)
  // Whoever came too late was never read, so every request that was has its row.
  expect([built.code, built.end?.counts.accepted, (await server.requests()).length]).toEqual([0, 60, 60])
  expect(built.waits.length).toBeGreaterThan(0)
  expect(built.waits.length).toBeLessThanOrEqual(closed)
  // Nor is it waited for, or counted among the tries of a cell.
  expect(built.waits.filter((ms) => ms > 0)).toEqual([])
})

describe('H20 a secure connection', () => {
  const yesterday = new Date(Date.now() - 86_400_000)
  const before = new Date(Date.now() - 2 * 86_400_000)
  const answer = '{"choices":[{"message":{"content":"answer 0123456789abcdef01234567"},"finish_reason":"stop"}]}'
  const good = (response: ServerResponse) => void response.end(answer)

  /** Builds against a server of its own; `heard` is how many requests it had. */
  async function meeting(
    certificate: Certificate,
    trusted: boolean,
    serve: (response: ServerResponse, nth: number, breakIt: () => void) => void,
  ) {
    let heard = 0
    let damage = () => {}
    const secure = createServer(certificate, (_, response) => serve(response, heard++, () => damage()))
    const front = createTcpServer((client) => {
      const server = connect(portOf(secure), '127.0.0.1')
      for (const socket of [client, server]) socket.on('error', () => {})
      server.on('close', () => client.end())
      client.pipe(server).pipe(client)
      // A record that nobody sent: the server answers it with an alert.
      damage = () => server.write(Buffer.from([23, 3, 3, 0, 32, ...Array(32).fill(7)]))
    })
    await Promise.all([secure, front].map((one) => new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))))
    const usual = getCACertificates('default')
    if (trusted) setDefaultCACertificates([...usual, certificate.cert])
    try {
      using at = new Rehearsal({ 'datagen.config.json': config(`https://127.0.0.1:${portOf(front)}/v1`) })
      const built = await at.build()
      expect(saidBy(built)).not.toMatch(/REJECT_UNAUTHORIZED/)
      return { heard, built }
    } finally {
      setDefaultCACertificates(usual)
      secure.closeAllConnections()
      for (const one of [secure, front]) one.close()
    }
  }

  test.each<[string, Certificate, boolean, RegExp]>([
    ['self-signed', selfSigned({ host: '127.0.0.1' }), false, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    ['expired', selfSigned({ host: '127.0.0.1', from: before, to: yesterday }), true, /CERT_HAS_EXPIRED/],
    ['of another host', selfSigned({ host: 'elsewhere.example' }), true, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('whose certificate is not to be trusted ends the build before a word is said: %s', async (_, certificate, trusted, says) => {
    const { heard, built } = await meeting(certificate, trusted, good)
    expect([built.code, heard, built.waits, built.end?.problems.map(({ code }) => code)]).toEqual([3, 0, [], ['tls']])
    expect(saidBy(built)).toMatch(says)
  })

  test('H19 whose answer is a redirect to a connection without one is not left', async () => {
    await server.reset()
    const { heard, built } = await meeting(selfSigned({ host: '127.0.0.1' }), true, (response) => {
      response.writeHead(307, { location: `${server.url}/chat/completions` }).end()
    })
    expect([built.code, heard, built.waits, await server.requests()]).toEqual([3, 1, [], []])
    expect(saidBy(built)).toMatch(/a redirect to 127\.0\.0\.1:\d+; redirects are not followed/)
  })

  test.each([
    ['ends the build when nobody was answered before', 0, [3, 1, 0]],
    ['fails its cell alone when others were', 1, [1, 2, 1]],
  ])('that breaks in the middle of an answer is not tried again, and %s', async (_, from, expected) => {
    const { heard, built } = await meeting(selfSigned({ host: '127.0.0.1' }), true, (response, nth, breakIt) => {
      if (nth < from) return good(response)
      response.writeHead(200, { 'content-length': answer.length })
      response.write(answer.slice(0, 9), () => setTimeout(breakIt, 5))
    })
    expect([built.code, heard, built.end?.counts.accepted]).toEqual(expected)
    expect([built.waits, built.end?.problems.map(({ code }) => code)]).toEqual([[], ['tls-broken']])
    expect(saidBy(built)).toMatch(/the secure connection to 127\.0\.0\.1:\d+ broke: ERR_SSL_.*BAD_RECORD_MAC/)
    // It may be on the bill.
    expect(built.end?.costs?.lost?.calls).toBe(1)
  })
})

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port

describe('H21 names', () => {
  const NAME = 'model.example'
  type Found = readonly LookupAddress[] | 'ENOTFOUND' | 'EAI_AGAIN'
  const V4: LookupAddress = { address: '127.0.0.1', family: 4 }
  afterEach(() => vi.restoreAllMocks())

  /** Builds against the name; the last of what is found is found from then on. */
  async function lookedUp(...found: Found[]) {
    let lookups = 0
    const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(as: (name: string, how: unknown, done: Done) => void): void }
    type Done = (error: Error | null, addresses?: readonly LookupAddress[]) => void
    lookup.mockImplementation((name, _, done) => {
      expect(name).toBe(NAME)
      const now = found[Math.min(lookups++, found.length - 1)] as Found
      setImmediate(() => (typeof now === 'string' ? done(Object.assign(new Error(now), { code: now })) : done(null, now)))
    })
    using at = new Rehearsal({ 'datagen.config.json': config(`http://${NAME}:${server.port}/v1`) })
    await server.reset()
    const built = await at.build()
    return { built, lookups, asked: (await server.requests()).length, said: saidBy(built) }
  }

  test('one that has no address ends the build at once, before any wait', async () => {
    const { built, lookups, asked, said } = await lookedUp('ENOTFOUND')
    expect([built.code, built.waits, lookups, asked]).toEqual([3, [], 1, 0])
    expect(said).toMatch(/model\.example:\d+ has no address \(DNS\)/)
  })

  test('one that cannot be looked up just now is tried again, until it can', async () => {
    const { built, lookups, asked, said } = await lookedUp('EAI_AGAIN', 'EAI_AGAIN', [V4])
    expect([built.code, built.waits, lookups, asked]).toEqual([0, [250, 500], 3, 2])
    expect(said).toMatch(/cannot be looked up just now \(DNS\)/)
  })

  test('of an address that leads nowhere and one that does, the other answers before long', async ({ skip }) => {
    await using hole = await blackHole('::1', server.port)
    if (!hole) return skip('this machine has no IPv6')
    const start = performance.now()
    const { built, asked } = await lookedUp([{ address: '::1', family: 6 }, V4])
    expect([built.code, built.waits, asked]).toEqual([0, [], 2])
    expect(performance.now() - start).toBeLessThan(4_000)
  })

  test('of several addresses that refuse the word of the first is told', async () => {
    const refused = (address: string) => Object.assign(new Error(address), { code: 'ECONNREFUSED' })
    const error = new AggregateError([refused('::1'), refused('127.0.0.1')])
    expect(failureOfNetwork(error, 'h')).toMatchObject({ kind: 'transient', code: 'connection-refused', message: 'nothing listens on h' })
  })
})
