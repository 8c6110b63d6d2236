/** What it means when no HTTP answer came: by the system's or undici's error code. */
import { type Failure, IDLE_CLOSED, TLS_BROKEN } from '../provider.ts'

type Verdict = readonly [kind: Failure['kind'], code: string, message: (host: string) => string]

const lost = (host: string) => `${host} closed the connection before the answer was complete`
const slow = (host: string) => `no connection to ${host} in time`
const unreachable = (host: string) => `${host} cannot be reached from this network`

/** A broken connection may have cost money: the request was sent and its answer lost. */
const VERDICTS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ['ECONNREFUSED', ['transient', 'connection-refused', (host) => `nothing listens on ${host}`]],
  ['ENOTFOUND', ['transient', 'unknown-host', (host) => `${host} has no address (DNS)`]],
  ['EAI_AGAIN', ['transient', 'dns', (host) => `the name of ${host} cannot be looked up just now (DNS)`]],
  ['ECONNRESET', ['transient', 'connection-lost', lost]],
  ['EPIPE', ['transient', 'connection-lost', lost]],
  ['UND_ERR_SOCKET', ['transient', 'connection-lost', lost]],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['transient', 'connection-lost', lost]],
  ['DATAGEN_IDLE_CLOSED', ['transient', IDLE_CLOSED, (host) => `${host} closed an idle connection as the next request went out on it`]],
  ['UND_ERR_CONNECT_TIMEOUT', ['transient', 'connect-timeout', slow]],
  ['ETIMEDOUT', ['transient', 'connect-timeout', slow]],
  ['UND_ERR_HEADERS_TIMEOUT', ['transient', 'first-byte-timeout', (host) => `${host} sent nothing within \`firstByteSeconds\``]],
  [
    'UND_ERR_BODY_TIMEOUT',
    ['transient', 'idle-timeout', (host) => `the answer of ${host} stalled: nothing more came within \`idleSeconds\``],
  ],
  ['EHOSTUNREACH', ['transient', 'unreachable', unreachable]],
  ['ENETUNREACH', ['transient', 'unreachable', unreachable]],
  ['EADDRNOTAVAIL', ['transient', 'unreachable', unreachable]],
  ['EMFILE', ['transient', 'too-many-files', () => 'this machine allows no more open connections; lower the concurrency']],
  ['DATAGEN_BODY_TOO_LARGE', ['refused', 'answer-too-large', (host) => `${host} sent more than 32 MiB; the rest was not read`]],
  ['DATAGEN_BAD_ENCODING', ['transient', 'bad-encoding', (host) => `the answer of ${host} cannot be decompressed`]],
  [
    'DATAGEN_BAD_PROXY',
    ['fatal', 'proxy', () => 'HTTP_PROXY or HTTPS_PROXY is not the address of a proxy, for example http://proxy.example:8080'],
  ],
  ['ERR_INVALID_URL', ['fatal', 'bad-url', () => 'the base URL of the model is not a URL']],
])

/** Node's and OpenSSL's words for a certificate or handshake that is wrong: the same for every request. */
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO|INVALID_CA|INVALID_PURPOSE)/

/** An alert of the other side, as OpenSSL names it, or bytes that nobody can have sent. */
const BROKEN =
  /^ERR_SSL_.*(ALERT_(BAD_RECORD_MAC|DECRYPT|INTERNAL_ERROR|UNEXPECTED_MESSAGE|RECORD_OVERFLOW|DECODE_ERROR)|BAD_RECORD_MAC|BAD_DECRYPT)/

/** Never shows the error's own text: it may quote headers. */
export function failureOfNetwork(error: unknown, host: string): Failure {
  const codes = errorCodes(error)
  const proxy = unreachedProxy(error, host)
  if (proxy !== undefined)
    return {
      kind: 'transient',
      code: 'proxy-unreachable',
      message: `the proxy ${proxy}, on the way to ${host}, cannot be reached: ${codes[0]}`,
    }
  for (const code of codes) {
    const verdict = VERDICTS.get(code)
    if (verdict) return { kind: verdict[0], code: verdict[1], message: verdict[2](host) }
    if (BROKEN.test(code))
      return { kind: 'refused', code: TLS_BROKEN, message: `the secure connection to ${host} broke: ${code}; see what stands between` }
    if (TLS.test(code)) return { kind: 'fatal', code: 'tls', message: `no secure connection to ${host}: ${code}` }
  }
  const said = proxyStatus(error)
  if (said === 407)
    return {
      kind: 'fatal',
      code: 'proxy',
      message: `the proxy on the way to ${host} wants credentials, or other ones (407): see HTTP_PROXY and HTTPS_PROXY`,
    }
  if (said) return { kind: 'transient', code: 'proxy', message: `the proxy answered ${said} for ${host}` }
  if (codes.some((code) => code.startsWith('HPE_'))) return { kind: 'transient', code: 'bad-http', message: `${host} does not speak HTTP` }
  return { kind: 'transient', code: 'network', message: `the request to ${host} failed${codes[0] ? `: ${codes[0]}` : ''}` }
}

/** Where a connection was refused, or a name was not found, that is not the host's: with no other can there be any business. */
function unreachedProxy(error: unknown, host: string, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 6) return undefined
  const { code, address, port, hostname } = error as NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string }
  const place = URL.parse(`any://${host}`)
  if (place === null) return undefined
  const { hostname: name, port: own } = place
  if ((code === 'ENOTFOUND' || code === 'EAI_AGAIN') && hostname !== undefined && hostname !== name) return hostname
  if (code === 'ECONNREFUSED' && port !== undefined && (own === '' ? port !== 443 && port !== 80 : port !== Number(own)))
    return `${address}:${port}`
  return [error.cause, ...(error instanceof AggregateError ? error.errors : [])]
    .map((inner) => unreachedProxy(inner, host, depth + 1))
    .find((found) => found !== undefined)
}

/** The codes of an error, of what caused it and of what it gathers (one for each address tried), outermost first. */
function errorCodes(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 6) return []
  const { code } = error as NodeJS.ErrnoException
  const gathered = error instanceof AggregateError ? error.errors : []
  return [
    ...(typeof code === 'string' && /^[\w/]{1,80}$/.test(code) ? [code] : []),
    ...[error.cause, ...gathered].flatMap((inner) => errorCodes(inner, depth + 1)),
  ]
}

function proxyStatus(error: unknown, depth = 0): number | undefined {
  if (!(error instanceof Error) || depth > 6) return undefined
  const found = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)
  return found ? Number(found[1]) : proxyStatus(error.cause, depth + 1)
}
