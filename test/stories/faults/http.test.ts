/** Faults of HTTP, each against a real server: what becomes of the cell, how often it is asked, how long is waited, what is said. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failureOfNetwork } from '../../../src/generate/providers/network-failure.ts'
import { type Certificate, selfSigned } from '../../rig/certificate.ts'
import { Project } from '../../rig/project.ts'
import { Rehearsal } from '../../rig/rehearsal.ts'
import { startServer, type TestServer } from '../../rig/server.ts'
import { HTTP_STORIES } from './http-stories.ts'
import { askedAbout, config, saidBy, tell } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())

test.each(HTTP_STORIES)('$id $name', async (story) => {
  await tell(server, story)
})

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

test('H7 a wrong key costs one request, and not one for each that could be in flight', async () => {
  const many = JSON.parse(config(server.url, {}, { ...topics(120), concurrency: 16 }))
  using at = new Project({ 'datagen.config.json': JSON.stringify(many) })
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

describe('H20 a certificate that is not to be trusted ends the build before a word is said', () => {
  const yesterday = new Date(Date.now() - 86_400_000)
  const before = new Date(Date.now() - 2 * 86_400_000)
  test.each<[string, Certificate, boolean, RegExp]>([
    ['self-signed', selfSigned({ host: '127.0.0.1' }), false, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    ['expired', selfSigned({ host: '127.0.0.1', from: before, to: yesterday }), true, /CERT_HAS_EXPIRED/],
    ['of another host', selfSigned({ host: 'elsewhere.example' }), true, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])('%s', async (_, certificate, trusted, says) => {
    let heard = 0
    const secure = createServer(certificate, (_request, response) => {
      heard++
      response.end('{}')
    })
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    const usual = getCACertificates('default')
    if (trusted) setDefaultCACertificates([...usual, certificate.cert])
    try {
      const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/v1`
      using at = new Rehearsal({ 'datagen.config.json': config(url) })
      const built = await at.build()
      expect([built.code, heard, built.waits]).toEqual([3, 0, []])
      expect(saidBy(built)).toMatch(says)
      expect(`${saidBy(built)}${built.stderr}`).not.toMatch(/REJECT_UNAUTHORIZED/)
    } finally {
      setDefaultCACertificates(usual)
      secure.close()
    }
  })

  test('and one that is, is', async () => {
    const certificate = selfSigned({ host: '127.0.0.1' })
    const secure = createServer(certificate, (_, response) => {
      response.end('{"choices":[{"message":{"content":"answer 0123456789abcdef01234567"},"finish_reason":"stop"}]}')
    })
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    const usual = getCACertificates('default')
    setDefaultCACertificates([...usual, certificate.cert])
    try {
      using at = new Rehearsal({ 'datagen.config.json': config(`https://127.0.0.1:${(secure.address() as AddressInfo).port}/v1`) })
      expect((await at.build()).code).toBe(0)
    } finally {
      setDefaultCACertificates(usual)
      secure.close()
    }
  })
})

describe('H21 names', () => {
  test('one that has no address ends the build at once, before any wait', async () => {
    using at = new Rehearsal({ 'datagen.config.json': config('http://no-such-host.invalid/v1') })
    const built = await at.build()
    const said = saidBy(built)
    // Without any network a system may say that it cannot look it up just now, which passes.
    if (/cannot be looked up just now/.test(said)) expect(built.code).toBe(1)
    else expect([built.code, built.waits, /no-such-host\.invalid has no address/.test(said)]).toEqual([3, [], true])
  })

  test('one that cannot be looked up just now is tried again', () => {
    const error = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('x'), { code: 'EAI_AGAIN' }) })
    expect(failureOfNetwork(error, 'h')).toMatchObject({ kind: 'transient', code: 'dns' })
  })

  test('of several addresses one that answers is enough, and the word of the last is told', () => {
    const refused = (address: string) => Object.assign(new Error(address), { code: 'ECONNREFUSED' })
    const error = new AggregateError([refused('::1'), refused('127.0.0.1')])
    expect(failureOfNetwork(error, 'h')).toMatchObject({ kind: 'transient', code: 'connection-refused', message: 'nothing listens on h' })
  })
})
