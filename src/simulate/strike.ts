/** How each fault strikes. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Json, JsonObject } from '../../schema/json.ts'
import { doom } from './doom.ts'
import type { Fault } from './faults.ts'
import type { Said } from './said.ts'
import { lose, type Prepared, render, send } from './sending.ts'
import { sendJson } from './state.ts'
import { strikeStream } from './strike-stream.ts'

/** Sends what the fault makes of a good answer. */
export function strike(fault: Fault, prepared: Prepared, response: ServerResponse): void {
  const { said, question } = prepared
  const saying = (changes: Partial<Said>) => send({ ...prepared, said: { ...said, ...changes } }, response)
  const changing = (change: (body: JsonObject) => JsonObject) => send(prepared, response, render(prepared, change))
  const raw = (body: string, type = 'application/json') => send(prepared, response, { type, pieces: [body] })
  switch (fault.kind) {
    case 'status':
      if (fault.body === undefined) return sendJson(response, { error: { message: 'scripted' } }, fault.status, fault.headers)
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body)
      return
    case 'body': {
      const { body, type = 'application/json', encoding = 'utf8', headers } = fault
      return send(prepared, response, { type, pieces: [body] }, headers, (text) => Buffer.from(text, encoding))
    }
    case 'content': {
      const { content, refusal, finish = 'stop' } = fault
      return saying({ content, finish, ...(refusal === undefined ? {} : { refusal }) })
    }
    case 'usage':
      return changing(({ usage, ...rest }) =>
        fault.usage === undefined ? rest : usage === null || usage === undefined ? { ...rest } : { ...rest, usage: fault.usage as Json },
      )
    case 'fields':
      return changing((body) => ({ ...body, ...(fault.fields as JsonObject) }))
    case 'headers':
      return send(prepared, response, render(prepared), fault.headers)
    case 'html':
      return raw('<!doctype html><html><head><title>Sign in to the network</title></head><body>hello</body></html>', 'text/html')
    case 'empty':
      return raw('')
    case 'no-choices':
      return changing((body) => ('output' in body ? { ...body, output: [] } : { ...body, choices: [] }))
    case 'null-content':
      return saying({ content: null, finish: 'stop' })
    case 'truncated-json': {
      const { type, pieces } = render(prepared)
      const text = pieces.join('')
      return send(prepared, response, { type, pieces: [text.slice(0, text.length / 2)] })
    }
    case 'length':
      return saying({ content: 'this answer was cut in the mid', finish: 'length' })
    case 'refusal':
      return saying({ content: null, refusal: 'I cannot do that.', finish: 'stop' })
    case 'ansi':
      return saying({ content: '\u001b[2J\u001b]52;c;aGk=\u0007red' })
    case 'tool-calls':
      return saying({
        content: null,
        finish: 'tool_calls',
        calls: [{ id: 'call_1', type: 'function', function: { name: 'search', arguments: '{"query":"help"}' } }],
      })
    case 'other-model':
      return saying({ model: fault.model ?? `${said.model}-other` })
    case 'prompt-cut':
      return saying({ input: Math.max(1, Math.floor(said.input * (fault.share ?? 0.3))) })
    case 'replay':
      return send(prepared, response, prepared.state.last)
    case 'hang':
      lose(prepared)
      return
    case 'reset':
      if (fault.when !== 'before-headers') lose(prepared)
      return reset(fault.when, response, render(prepared).pieces.join(''))
    case 'drip':
      lose(prepared)
      return drip(response, render(prepared).pieces.join(''), fault.everyMs)
    case 'late-body': {
      const { type } = render(prepared)
      response.writeHead(200, { 'content-type': type }).flushHeaders()
      setTimeout(() => response.destroyed || send(prepared, response), fault.ms)
      return
    }
    case 'short-body': {
      lose(prepared)
      const text = render(prepared).pieces.join('')
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length + 100) })
      response.write(text, () => response.destroy())
      return
    }
    case 'redirect':
      response.writeHead(fault.status, { location: fault.location }).end()
      return
    case 'gzip': {
      const { type, pieces } = render(prepared)
      const whole = { type, pieces: [pieces.join('')] }
      const packed = fault.bytes === undefined ? (text: string) => gzipSync(text) : () => bomb(fault.bytes as number)
      return send(prepared, response, whole, { 'content-encoding': 'gzip' }, packed)
    }
    case 'endless':
      return endless(response)
    case 'close-after':
      doom(response)
      return send(prepared, response)
    default:
      if (question.stream) return strikeStream(fault.kind, prepared, response)
      return send(prepared, response)
  }
}

function reset(when: 'before-headers' | 'after-headers' | 'mid-body', response: ServerResponse, text: string): void {
  if (when === 'before-headers') {
    response.socket?.resetAndDestroy()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
  response.flushHeaders()
  // A moment, so that what was written leaves before the reset takes it back.
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

const bombs = new Map<number, Buffer>()

/** So many zeros, packed; packing them takes longer than sending them. */
function bomb(bytes: number): Buffer {
  const made = bombs.get(bytes) ?? gzipSync(Buffer.alloc(bytes), { level: 1 })
  bombs.set(bytes, made)
  return made
}

const CHUNK_BYTES = 1024 * 1024

function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const chunk = Buffer.alloc(CHUNK_BYTES, ' ')
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}
