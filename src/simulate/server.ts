/** The fault server: an OpenAI-compatible model server on this machine that can be told how to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../util/clock.ts'
import { answering } from './answering.ts'
import { batchRoutes, JobBoard } from './batches.ts'
import { chat } from './chat.ts'
import { isDoomed } from './doom.ts'
import { embeddings } from './embeddings.ts'
import { FileShelf, fileRoutes } from './files.ts'
import { Ledger } from './ledger.ts'
import { type LimitOptions, Limits } from './limits.ts'
import { responses } from './responses.ts'
import type { Voice } from './said.ts'
import { Personality, type Script } from './script.ts'
import { type Routes, type State, sendError, sendJson, type Visit, type Witness } from './state.ts'

export interface FaultServerOptions {
  readonly voice: Voice
  readonly script?: Script
  /** 0 for any free one. */
  readonly port?: number
  readonly seed?: number
  readonly clock?: Clock
  readonly witness?: Witness
  readonly limits?: LimitOptions
  /** Further routes, such as those by which a test controls it. */
  readonly routes?: (state: State) => Routes
}

export interface FaultServer extends AsyncDisposable {
  readonly port: number
  /** The base URL for a model. */
  readonly url: string
  readonly state: State
  close(): Promise<void>
}

// A file of the Batch API may have 200 MB.
const MOST_BYTES = 256 * 1024 * 1024
const IDLE_MS = 60_000

/** Listens on this machine only; rejects with the system's error when the port is taken. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { voice, script = {}, port = 0, seed = 0, clock = systemClock, witness = {} } = options
  const state: State = {
    clock,
    seed,
    voice,
    witness,
    limits: options.limits && new Limits(options.limits),
    personality: new Personality(script),
    ledger: new Ledger(),
    counts: new Map(),
    shelf: new FileShelf(),
    board: new JobBoard(),
    last: undefined,
  }
  const route = router({ ...routesOf(state), ...options.routes?.(state) })
  const server = createServer((request, response) => {
    if (isDoomed(request)) return
    // Whoever hangs up is nobody's fault.
    request.on('error', () => {})
    response.on('error', () => {})
    void read(request).then((bytes) => route(request, response, bytes))
  })
  server.keepAliveTimeout = IDLE_MS
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const listening = (server.address() as AddressInfo).port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: listening, url: `http://127.0.0.1:${listening}/v1`, state, close, [Symbol.asyncDispose]: close }
}

function routesOf(state: State): Routes {
  return {
    'POST /v1/chat/completions': answering(chat, state),
    'POST /v1/responses': answering(responses, state),
    'POST /v1/embeddings': answering(embeddings, state),
    ...fileRoutes(state),
    ...batchRoutes(state),
    'GET /v1/models': (_, response) =>
      sendJson(response, {
        object: 'list',
        data: (state.personality.script.models ?? ['test-model']).map((id) => ({ id, object: 'model' })),
      }),
    // It answers to any name, so it has any, unless a script says which.
    'GET /v1/models/:model': ({ places }, response) => {
      const id = decoded(places['model'] ?? '')
      const { models } = state.personality.script
      if (models && !models.includes(id))
        return sendError(response, 404, `The model '${id.slice(0, 80)}' does not exist`, 'model_not_found')
      return sendJson(response, { id, object: 'model' })
    },
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

type Router = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void | Promise<void>

function router(routes: Routes): Router {
  const open = Object.entries(routes).filter(([name]) => name.includes(':'))
  return (request, response, bytes) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const name = `${request.method} ${path}`
    const visit = (places: Visit['places']): Visit => ({
      method: request.method ?? '',
      path,
      query: new URLSearchParams(query),
      headers: Object.fromEntries(Object.entries(request.headers).map(([header, value]) => [header, String(value)])),
      bytes,
      text: bytes.toString(),
      places,
    })
    const handler = Object.hasOwn(routes, name) ? routes[name] : undefined
    if (handler) return handler(visit({}), response)
    for (const [pattern, handle] of open) {
      const places = placesIn(pattern, name)
      if (places) return handle(visit(places), response)
    }
    return sendError(response, 404, `Invalid URL (${name.slice(0, 200)})`, 'not_found')
  }
}

/** What stands in the open places of a pattern, or undefined when the name does not fit. */
function placesIn(pattern: string, name: string): Visit['places'] | undefined {
  const wanted = pattern.split('/')
  const given = name.split('/')
  if (wanted.length !== given.length) return undefined
  const places: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    if (part.startsWith(':')) places[part.slice(1)] = given[i] ?? ''
    else if (part !== given[i]) return undefined
  }
  return places
}
