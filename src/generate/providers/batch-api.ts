/**
 * The Batch API of OpenAI and of servers that speak it. Requests are made over undici as those of `openai.ts` are, because a file may have
 * 200 MB: it is sent from the disk and read line by line, never held whole.
 */
import { isUtf8 } from 'node:buffer'
import { openAsBlob } from 'node:fs'
import type { Dispatcher } from 'undici'
import { type Credentials, NO_CREDENTIALS } from '../../config/secrets.ts'
import type { JobService, RemoteJob, Served } from '../batch/job-service.ts'
import { readJob } from '../batch/remote.ts'
import { failureOfStatus } from '../failure.ts'
import type { Failure } from '../provider.ts'
import { holdsSecret, redactor } from '../redact.ts'
import { failureOfNetwork } from './network-failure.ts'
import { BadEncoding, type HttpAnswer, MAX_BODY_BYTES, type ProxySettings } from './transport.ts'

export interface BatchApiOptions {
  readonly baseUrl: string | undefined
  /** `azure` has paths of its own inside the files. */
  readonly provider: string
  /** Left out, requests are chat completions. */
  readonly api?: 'responses' | undefined
  /** Left out, there are none. */
  readonly credentials?: Credentials
  readonly timeoutMs: number
  readonly proxy?: ProxySettings | undefined
}

// A few small requests, and one file at a time.
const CONNECTIONS = 4
const CONNECT_MS = 10_000
const UPLOAD_MS = 60 * 60_000 // 200 MB over a slow line
const IDLE_MS = 2 * 60_000 // between two pieces of a file that is read
const PAGE = 100

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }

/** Opens nothing before the first request. */
export function createBatchApi({
  baseUrl = 'https://api.openai.com/v1',
  provider,
  api,
  credentials = NO_CREDENTIALS,
  timeoutMs,
  proxy,
}: BatchApiOptions): JobService {
  const paths = pathsOf(provider, api)
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : 'the server'
  const redact = redactor(credentials.secrets)
  let opened: Promise<Opened> | undefined

  async function open(): Promise<Opened> {
    const [undici, transport] = await Promise.all([import('undici'), import('./transport.ts')])
    return {
      undici,
      exchange: transport.exchange,
      agent: transport.openAgent({ connections: CONNECTIONS, proxy, connectMs: CONNECT_MS, firstByteMs: 0, idleMs: 0 }),
    }
  }

  const headers = (): Record<string, string> => ({
    ...credentials.headers,
    accept: 'application/json',
    'user-agent': 'datagen',
    ...(credentials.apiKey ? { authorization: `Bearer ${credentials.apiKey}` } : {}),
  })

  /** `limitMs`: how long it may take, or, where the work says that it goes on, how long nothing may happen. */
  async function served<T>(
    signal: AbortSignal,
    limitMs: number,
    work: (http: Opened, signal: AbortSignal, goesOn: () => void) => Promise<Served<T>>,
  ): Promise<Served<T>> {
    if (signal.aborted) return failed(ABORTED)
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    signal.addEventListener('abort', abort, { once: true })
    let late = false
    const deadline = setTimeout(() => {
      late = true
      attempt.abort()
    }, limitMs)
    try {
      opened ??= open()
      return await work(await opened, attempt.signal, () => deadline.refresh())
    } catch (error) {
      if (error instanceof ReaderError) throw error.cause
      if (signal.aborted) return failed(ABORTED)
      if (late) return failed({ kind: 'transient', code: 'timeout', message: `${host} did not answer in time` })
      return failed(failureOfNetwork(error, host))
    } finally {
      clearTimeout(deadline)
      signal.removeEventListener('abort', abort)
    }
  }

  function refusal({ status, header, body }: HttpAnswer): Served<never> {
    return failed(failureOfStatus({ status, header, host, redact, body: parse(body) }))
  }

  function json(method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown): Promise<Served<unknown>> {
    return served<unknown>(signal, timeoutMs, async ({ exchange, agent }, inner) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const answer = await exchange(`${baseUrl}${path}`, { method, headers: { ...headers(), ...type }, ...sent, signal: inner }, agent)
      if (answer.status < 200 || answer.status >= 300) return refusal(answer)
      return { kind: 'ok', value: parse(answer.body) }
    })
  }

  async function job(method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown): Promise<Served<RemoteJob>> {
    const answer = await json(method, path, signal, body)
    if (answer.kind === 'failure') return answer
    const read = readJob(answer.value)
    return read ? { kind: 'ok', value: read } : failed(nonsense(host))
  }

  return {
    url: paths.url,
    host,
    upload: ({ path, name }, signal) =>
      served<string>(signal, UPLOAD_MS, async ({ undici, agent }, inner) => {
        const form = new undici.FormData()
        form.append('purpose', 'batch')
        form.append('file', await openAsBlob(path, { type: 'application/jsonl' }), name)
        const answer = await undici.request(`${baseUrl}/files`, {
          method: 'POST',
          headers: headers(),
          body: form,
          signal: inner,
          dispatcher: agent,
        })
        const body = Buffer.from(await answer.body.arrayBuffer())
        const header = (field: string) => answer.headers[field]
        if (answer.statusCode < 200 || answer.statusCode >= 300) return refusal({ status: answer.statusCode, header, body })
        const id = (parse(body) as { readonly id?: unknown } | undefined)?.id
        return typeof id === 'string' && id !== '' ? { kind: 'ok', value: id } : failed(nonsense(host))
      }),
    create: ({ fileId, metadata }, signal) =>
      job('POST', '/batches', signal, {
        input_file_id: fileId,
        endpoint: paths.endpoint,
        completion_window: '24h',
        metadata,
      }),
    async list(after, signal) {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
      const answer = await json('GET', `/batches?limit=${PAGE}${query}`, signal)
      if (answer.kind === 'failure') return answer
      const page = answer.value as { readonly data?: unknown; readonly has_more?: unknown } | undefined
      if (!Array.isArray(page?.data)) return failed(nonsense(host))
      return { kind: 'ok', value: { jobs: page.data.flatMap((one) => readJob(one) ?? []), more: page.has_more === true } }
    },
    look: (id, signal) => job('GET', `/batches/${encodeURIComponent(id)}`, signal),
    cancel: (id, signal) => job('POST', `/batches/${encodeURIComponent(id)}/cancel`, signal),
    read: (fileId, onLine, signal) =>
      served<undefined>(signal, IDLE_MS, async ({ undici, agent }, inner, goesOn) => {
        const answer = await undici.request(`${baseUrl}/files/${encodeURIComponent(fileId)}/content`, {
          method: 'GET',
          headers: { ...headers(), accept: '*/*', 'accept-encoding': 'identity' },
          signal: inner,
          dispatcher: agent,
        })
        const header = (field: string) => answer.headers[field]
        if (answer.statusCode < 200 || answer.statusCode >= 300)
          return refusal({ status: answer.statusCode, header, body: Buffer.from(await answer.body.arrayBuffer()) })
        const encoding = header('content-encoding') ?? 'identity'
        if (encoding !== 'identity') {
          answer.body.destroy()
          throw new BadEncoding()
        }
        const echoed = await readLines(answer.body, goesOn, async (line) => {
          if (holdsSecret(line, credentials.secrets)) return true
          try {
            await onLine(line)
          } catch (error) {
            throw new ReaderError(error)
          }
          return false
        })
        return echoed
          ? failed({ kind: 'fatal', code: 'echoed-key', message: `${host} sent the API key back inside a result, which was not kept` })
          : { kind: 'ok', value: undefined }
      }),
    removeFile: (fileId, signal) =>
      served<undefined>(signal, timeoutMs, async ({ undici, agent }, inner) => {
        const answer = await undici.request(`${baseUrl}/files/${encodeURIComponent(fileId)}`, {
          method: 'DELETE',
          headers: headers(),
          signal: inner,
          dispatcher: agent,
        })
        await answer.body.dump()
        return { kind: 'ok', value: undefined }
      }),
    async close() {
      await (await opened?.catch(() => undefined))?.agent.destroy()
    },
  }
}

/**
 * Azure wants chat completions without a version, and that as the endpoint of every job: which API is meant it takes from the lines.
 * https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
 */
function pathsOf(provider: string, api: BatchApiOptions['api']): { readonly url: string; readonly endpoint: string } {
  const url = api === 'responses' ? '/v1/responses' : provider === 'azure' ? '/chat/completions' : '/v1/chat/completions'
  return { url, endpoint: provider === 'azure' ? '/chat/completions' : url }
}

interface Opened {
  readonly undici: typeof import('undici')
  readonly exchange: typeof import('./transport.ts').exchange
  readonly agent: Dispatcher
}

/** What a reader of lines threw is no fault of the network. */
class ReaderError extends Error {
  constructor(cause: unknown) {
    super('', { cause })
  }
}

/** Lines end with `\n` alone. True when a reader wants no more; throws for a line that is larger than any answer. */
async function readLines(
  stream: AsyncIterable<Uint8Array>,
  goesOn: () => void,
  onLine: (line: string) => Promise<boolean>,
): Promise<boolean> {
  const parts: Uint8Array[] = []
  let size = 0
  const { BodyTooLarge } = await import('./transport.ts')
  const take = (): string => {
    const bytes = Buffer.concat(parts.splice(0), size)
    size = 0
    return isUtf8(bytes) ? bytes.toString() : spoilt(bytes)
  }
  // Leaving the loop early destroys the stream and its socket.
  for await (const chunk of stream) {
    goesOn()
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(0x0a, start)
      const part = chunk.subarray(start, end < 0 ? chunk.length : end)
      parts.push(part)
      size += part.length
      if (size > MAX_BODY_BYTES) throw new BodyTooLarge()
      if (end < 0) break
      start = end + 1
      const line = take()
      if (line.trim() !== '' && (await onLine(line))) return true
    }
  }
  const last = take()
  return last.trim() !== '' && (await onLine(last))
}

/** What was said is not what was sent: the line keeps its name and loses its answer. */
function spoilt(bytes: Buffer): string {
  const value = parse(bytes) as { readonly custom_id?: unknown } | undefined
  return JSON.stringify({ custom_id: value?.custom_id, error: { code: 'invalid_utf8', message: 'the result is not valid UTF-8' } })
}

function nonsense(host: string): Failure {
  return { kind: 'transient', code: 'no-job', message: `${host} answered with something else than its Batch API would` }
}

function failed(failure: Failure): Served<never> {
  return { kind: 'failure', failure }
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
