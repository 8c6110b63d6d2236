/** One HTTP exchange over undici's `request`: no redirects, a bounded body, and bytes instead of parsed JSON. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { isRaced, watchedPool } from './connections.ts'

/** A complete HTTP answer of any status. */
export interface HttpAnswer {
  readonly status: number
  readonly header: (name: string) => string | string[] | undefined
  /** The body after decompression. */
  readonly body: Uint8Array
}

/** Proxies as the environment names them; whoever may read the environment passes them on. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** `NO_PROXY`; loopback is never proxied. */
  readonly none?: string
}

/** The body is larger than any completion. */
export class BodyTooLarge extends Error {
  readonly code = 'DATAGEN_BODY_TOO_LARGE'
}

/** The server closed an idle connection as the request went out on it. */
export class IdleClosed extends Error {
  readonly code = 'DATAGEN_IDLE_CLOSED'
}

/** What the environment names as a proxy is no address of one. */
export class BadProxy extends Error {
  readonly code = 'DATAGEN_BAD_PROXY'
}

/** The body cannot be decompressed. */
export class BadEncoding extends Error {
  readonly code = 'DATAGEN_BAD_ENCODING'
}

// A million tokens of text are about 4 MiB; the rest is a bomb or a mistake.
export const MAX_BODY_BYTES = 32 * 1024 * 1024

const IDLE_SOCKET_MS = 30_000 // common servers close idle connections after 60 s or more

export interface AgentOptions {
  /** The most sockets at once. */
  readonly connections: number
  readonly proxy?: ProxySettings | undefined
  /** Of the phases of one exchange; how long it may take in all is the caller's to say. 0 is no limit. */
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
}

/** Connections to one endpoint. */
export function openAgent({ connections, proxy, connectMs, firstByteMs, idleMs }: AgentOptions): Dispatcher {
  const options = {
    connections,
    pipelining: 1,
    keepAliveTimeout: IDLE_SOCKET_MS,
    connectTimeout: connectMs,
    headersTimeout: firstByteMs,
    bodyTimeout: idleMs,
    factory: watchedPool,
  }
  if (!proxy?.http && !proxy?.https) return new Agent(options)
  return new EnvHttpProxyAgent({
    ...options,
    // Empty texts, because undefined would make undici read the environment itself.
    httpProxy: proxyAddress(proxy.http),
    httpsProxy: proxyAddress(proxy.https),
    noProxy: ['localhost', '127.0.0.1', '::1', '[::1]', ...(proxy.none ? [proxy.none] : [])].join(','),
  })
}

/** As other tools take it, the scheme may be left out. The text may hold a password: an error quotes nothing of it. */
function proxyAddress(text = ''): string {
  if (text === '') return ''
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(address) || !/^(https?|socks5?):$/.test(new URL(address).protocol)) throw new BadProxy()
  return address
}

/** Sends one request and reads its whole answer; throws what undici throws, and aborts with the signal's reason. */
export async function exchange(
  url: string,
  init: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string; signal: AbortSignal; ends?: Ending },
  dispatcher: Dispatcher,
): Promise<HttpAnswer> {
  const { signal, ends, ...rest } = init
  // `identity`: an answer is small beside the time it takes, and nothing that is not packed can be a bomb.
  const asking = request(url, { ...rest, headers: { ...rest.headers, 'accept-encoding': 'identity' }, signal, dispatcher })
  const answer = await asking.catch((error) => {
    throw isRaced(error) ? new IdleClosed() : error
  })
  const header = (name: string) => answer.headers[name]
  const packed = await readCapped(answer.body, ends)
  const body = await unpack(packed, String(header('content-encoding') ?? 'identity'))
  return { status: answer.statusCode, header, body }
}

/** Whether the last bytes so far say that nothing follows. */
export type Ending = (tail: Buffer) => boolean

// Well-behaved servers close the answer with its last event; those that keep it open would be waited for until they are too slow.
const GRACE_MS = 1_000
const TAIL_BYTES = 64

export async function readCapped(stream: AsyncIterable<Uint8Array>, ends?: Ending): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  let tail = Buffer.alloc(0)
  const parts = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const more = parts.next()
      const part = ends?.(tail) ? await orSilence(more) : await more
      if (part === undefined || part.done) break
      const chunk = part.value
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw new BodyTooLarge()
      chunks.push(chunk)
      if (ends) tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    }
  } finally {
    // Leaving early destroys the stream and its socket.
    void parts.return?.().catch(() => {})
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)
}

/** Undefined when nothing more comes for a while, or what comes is an error: the end was there already. */
async function orSilence<Part>(more: Promise<Part>): Promise<Part | undefined> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), GRACE_MS)
  })
  try {
    return await Promise.race([more, silence])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

const unpackers: { readonly [encoding: string]: (data: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer> } = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
}

/** Some servers and proxies compress although they were asked not to. */
async function unpack(data: Uint8Array, encoding: string): Promise<Uint8Array> {
  const name = encoding.trim().toLowerCase()
  if (name === '' || name === 'identity' || data.length === 0) return data
  const unpacker = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined
  if (!unpacker) throw new BadEncoding()
  try {
    return await unpacker(data, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : new BadEncoding()
  }
}
