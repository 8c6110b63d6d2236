/**
 * A recording OpenAI-compatible server: a process of its own, so that a build can be killed while its bill survives.
 * `node test/rig/server-process.ts [--bill <file>] [--life <seconds>]` prints its port; it ends with its standard input.
 *
 * POST /v1/chat/completions, GET /v1/models; control: GET /__log, POST /__reset, /__script, /__hold, /__release.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** What a request meets instead of a good answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: { readonly [name: string]: string }; readonly body?: string }
  | {
      readonly kind: 'body' /** Sent as it is, with status 200. */
      readonly body: string
      readonly type?: string
      readonly encoding?: 'utf8' | 'base64'
    }
  | {
      readonly kind: 'content' /** The message's content. */
      readonly content: string | null
      readonly finish?: string | null
      readonly refusal?: string
    }
  | { readonly kind: 'usage' /** In place of the numbers; left out, no usage at all. */; readonly usage?: unknown }
  | { readonly kind: 'html' | 'empty' | 'no-choices' | 'null-content' | 'truncated-json' | 'length' | 'refusal' | 'ansi' }
  /** Accepts and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly when: 'before-headers' | 'after-headers' | 'mid-body' }
  /** One byte at a time, `everyMs` apart. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Claims more bytes than it sends, then closes. */
  | { readonly kind: 'short-body' }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** A good answer, or with `bytes` that many zeros, compressed. */
  | { readonly kind: 'gzip'; readonly bytes?: number }
  /** A body that never ends. */
  | { readonly kind: 'endless' }

/** Which requests a fault strikes: the nth since the last reset (from 0), those whose body contains a text, or all. */
export interface Rule {
  readonly fault: Fault
  readonly nth?: readonly number[]
  readonly contains?: string
  /** How often it strikes at most. */
  readonly times?: number
}

export interface Script {
  readonly latencyMs?: number
  readonly rules?: readonly Rule[]
  readonly models?: readonly string[]
  /** Whether an identical request gets another text each time, as a model would do. Default true. */
  readonly fresh?: boolean
  /** The answer's text by a text in the body; the first that matches. */
  readonly answers?: readonly { readonly contains: string; readonly content: string }[]
}

/** A request as it came; `sent` once its whole answer was written: then it is on the bill. */
export interface Recorded {
  readonly id: number
  readonly body: string
  readonly authorization: string | null
  readonly headers: { readonly [name: string]: string }
  sent: boolean
  answer?: string
}

const MODELS = ['test-model']
const CONTROL_LIMIT = 64 * 1024 * 1024

function argument(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

const billPath = argument('--bill')
const bill = billPath === undefined ? undefined : openSync(billPath, 'a')
let log: Recorded[] = []
let script: Script = {}
let struck: number[] = []
let counts = new Map<string, number>()
let holding = false
const held: (() => void)[] = []
let arrived = 0

const server = createServer((request, response) => {
  request.on('error', () => {})
  response.on('error', () => {})
  void read(request).then((body) => route(request, response, body))
})
server.keepAliveTimeout = 60_000
server.requestTimeout = 0

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > CONTROL_LIMIT) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

async function route(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  switch (`${request.method} ${path}`) {
    case 'POST /v1/chat/completions':
      return complete(request, response, body)
    case 'GET /v1/models':
      return json(response, { object: 'list', data: (script.models ?? MODELS).map((id) => ({ id, object: 'model' })) })
    case 'GET /__log':
      return json(response, log)
    case 'POST /__reset':
      log = []
      struck = []
      counts = new Map()
      script = {}
      arrived = 0
      holding = false
      release(held.length)
      return json(response, {})
    case 'POST /__script':
      script = JSON.parse(body) as Script
      struck = []
      arrived = 0
      return json(response, {})
    case 'POST /__hold':
      holding = true
      return json(response, {})
    case 'POST /__release': {
      const { count } = JSON.parse(body) as { count?: number }
      if (count === undefined) holding = false
      return json(response, { released: release(count ?? held.length), held: held.length })
    }
    case 'GET /__held':
      return json(response, { held: held.length })
    default:
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such path"}}')
  }
}

function release(count: number): number {
  const freed = held.splice(0, count)
  for (const free of freed) free()
  return freed.length
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function complete(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const recorded: Recorded = { id: log.length, body, authorization: request.headers.authorization ?? null, headers, sent: false }
  log.push(recorded)
  const index = arrived++
  if (holding) await new Promise<void>((resolve) => held.push(resolve))
  const latency = script.latencyMs ?? 0
  if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency))
  if (response.destroyed) return
  const fault = faultFor(index, body)
  const good = completion(body)
  if (fault) return strike(fault, response, good, recorded)
  send(response, good, recorded)
}

function faultFor(index: number, body: string): Fault | undefined {
  for (const [at, rule] of (script.rules ?? []).entries()) {
    if (rule.nth && !rule.nth.includes(index)) continue
    if (rule.contains !== undefined && !body.includes(rule.contains)) continue
    const times = struck[at] ?? 0
    if (rule.times !== undefined && times >= rule.times) continue
    struck[at] = times + 1
    return rule.fault
  }
  return undefined
}

interface Good {
  [field: string]: unknown
  choices: { index: number; message: { role: string; content: string | null; refusal: string | null }; finish_reason: string | null }[]
  usage?: unknown
}

function completion(body: string): Good {
  const count = counts.get(body) ?? 0
  counts.set(body, count + 1)
  const hash = createHash('sha256')
    .update(script.fresh === false ? body : `${count}\n${body}`)
    .digest('hex')
  const answer = script.answers?.find(({ contains }) => body.includes(contains))?.content
  let model = 'test-model'
  try {
    model = String((JSON.parse(body) as { model?: unknown }).model ?? model)
  } catch {
    // a body that is no JSON still gets an answer
  }
  return {
    id: `chatcmpl-${hash.slice(0, 16)}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content: answer ?? `answer ${hash.slice(0, 24)}`, refusal: null }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: Math.ceil(body.length / 4), completion_tokens: 12, total_tokens: Math.ceil(body.length / 4) + 12 },
  }
}

/** The bill is written (not synced: the machine stays up) before the answer's last byte leaves: what a client received is always on it. */
function send(response: ServerResponse, value: Good | string | Buffer, recorded: Recorded, headers: Record<string, string> = {}): void {
  const text = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)
  if (bill !== undefined) {
    writeSync(bill, `${JSON.stringify({ id: recorded.id, body: recorded.body, answer: String(text) })}\n`)
  }
  recorded.answer = String(text).slice(0, 100_000)
  response.on('finish', () => {
    recorded.sent = true
  })
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text)
}

function strike(fault: Fault, response: ServerResponse, good: Good, recorded: Recorded): void {
  const text = JSON.stringify(good)
  const changed = (message: Partial<Good['choices'][0]['message']>, finish: string | null = 'stop') =>
    send(
      response,
      { ...good, choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: null, ...message }, finish_reason: finish }] },
      recorded,
    )
  switch (fault.kind) {
    case 'status':
      response
        .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
        .end(fault.body ?? JSON.stringify({ error: { message: 'scripted' } }))
      return
    case 'body':
      send(response, Buffer.from(fault.body, fault.encoding ?? 'utf8'), recorded, {
        'content-type': fault.type ?? 'application/json',
      })
      return
    case 'content':
      changed({ content: fault.content, refusal: fault.refusal ?? null }, fault.finish === undefined ? 'stop' : fault.finish)
      return
    case 'usage': {
      const { usage: _, ...rest } = good
      send(response, (fault.usage === undefined ? rest : { ...rest, usage: fault.usage }) as Good, recorded)
      return
    }
    case 'html':
      send(response, '<!doctype html><html><head><title>Sign in to the network</title></head><body>hello</body></html>', recorded, {
        'content-type': 'text/html',
      })
      return
    case 'empty':
      send(response, '', recorded)
      return
    case 'no-choices':
      send(response, { ...good, choices: [] }, recorded)
      return
    case 'null-content':
      changed({ content: null })
      return
    case 'truncated-json':
      send(response, text.slice(0, text.length / 2), recorded)
      return
    case 'length':
      changed({ content: 'this answer was cut in the mid' }, 'length')
      return
    case 'refusal':
      changed({ refusal: 'I cannot do that.' })
      return
    case 'ansi':
      changed({ content: '\u001b[2J\u001b]52;c;aGk=\u0007red' })
      return
    case 'hang':
      return
    case 'reset':
      reset(fault.when, response, text)
      return
    case 'drip':
      drip(response, text, fault.everyMs)
      return
    case 'short-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length + 100) })
      response.write(text, () => response.destroy())
      return
    case 'redirect':
      response.writeHead(fault.status, { location: fault.location }).end()
      return
    case 'gzip':
      send(response, gzipSync(fault.bytes === undefined ? text : Buffer.alloc(fault.bytes)), recorded, {
        'content-encoding': 'gzip',
      })
      return
    case 'endless': {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(1024 * 1024, 32)
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }
  }
}

function reset(when: 'before-headers' | 'after-headers' | 'mid-body', response: ServerResponse, text: string): void {
  if (when === 'before-headers') {
    response.socket?.resetAndDestroy()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) })
  response.flushHeaders()
  const end = () => setTimeout(() => response.socket?.resetAndDestroy(), 5)
  if (when === 'mid-body') response.write(text.slice(0, text.length / 2), end)
  else end()
}

function drip(response: ServerResponse, text: string, everyMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  let at = 0
  const timer = setInterval(() => {
    if (response.destroyed || at >= text.length) {
      clearInterval(timer)
      response.end()
    } else response.write(text[at++])
  }, everyMs)
}

function leave(): void {
  if (bill !== undefined) closeSync(bill)
  process.exit(0)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' && address ? address.port : 0}\n`)
})
// The pipe closes when the parent dies, however it dies.
process.stdin.resume()
process.stdin.on('end', leave)
process.stdin.on('error', leave)
setTimeout(leave, Number(argument('--life') ?? 600) * 1000).unref()
