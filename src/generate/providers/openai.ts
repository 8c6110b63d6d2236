/**
 * Every OpenAI-compatible server. The `openai` SDK makes the request; datagen reads the answer, because the SDK
 * retries what must not be retried and resolves with what is no answer (measured with 7.57).
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type OpenAI from 'openai'
import type { JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../config/dataset.ts'
import { type Credentials, NO_CREDENTIALS } from '../../config/secrets.ts'
import { unstreamed } from '../envelope.ts'
import { failureOfStatus, isFiltered } from '../failure.ts'
import { filteredBody } from '../filtered.ts'
import type { Call, Failure, Provider, Reply } from '../provider.ts'
import { readServerLimits } from '../rate/server-limits.ts'
import { holdsSecret, redactor } from '../redact.ts'
import { failureOfNetwork } from './network-failure.ts'
import type { AgentOptions, HttpAnswer, ProxySettings } from './transport.ts'

export interface OpenAIOptions {
  /** Left out, there are none. */
  readonly credentials?: Credentials
  /** The most sockets at once. */
  readonly connections: number
  readonly proxy?: ProxySettings | undefined
}

const require = createRequire(import.meta.url)
// By Node itself, because test runners do not know CommonJS in TypeScript.
const OWN_MODULES = import.meta.url.endsWith('.ts') ? '../../util/own-modules.cts' : '../../util/own-modules.cjs'
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Opens nothing before the first `ask`. `spec.baseUrl` must be set, except for OpenAI itself. */
export function createOpenAI(spec: ModelSpec, { credentials = NO_CREDENTIALS, connections, proxy }: OpenAIOptions): Provider {
  const baseURL = spec.baseUrl ?? 'https://api.openai.com/v1'
  const host = URL.canParse(baseURL) ? new URL(baseURL).host : 'the server'
  const redact = redactor(credentials.secrets)
  let opened: ReturnType<typeof open> | undefined

  const failed = (failure: Failure): Reply => ({ kind: 'failure', failure })

  async function ask(call: Call, signal: AbortSignal): Promise<Reply> {
    if (signal.aborted) return failed(ABORTED)
    // One controller for each attempt: its listeners die with it, and the caller's signal keeps exactly one, removed below.
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    signal.addEventListener('abort', abort, { once: true })
    let late = false
    const deadline = setTimeout(
      () => {
        late = true
        attempt.abort()
      },
      Math.min(spec.timeoutMs, LONGEST_TIMER_MS),
    )
    try {
      opened ??= open(spec, baseURL, credentials, { connections, proxy, ...phasesOf(spec) })
      return judge(await (await opened).send(call, attempt.signal))
    } catch (error) {
      if (signal.aborted) return failed(ABORTED)
      if (late) return failed({ kind: 'transient', code: 'timeout', message: `${host} did not answer within ${spec.timeoutMs / 1000} s` })
      return failed(failureOfNetwork(error, host))
    } finally {
      clearTimeout(deadline)
      signal.removeEventListener('abort', abort)
    }
  }

  function judge(answer: HttpAnswer): Reply {
    const limits = readServerLimits(answer.header)
    return limits ? { ...worth(answer), limits } : worth(answer)
  }

  function worth({ status, header, body: sent }: HttpAnswer): Reply {
    const body = spec.stream && status < 300 ? unstreamed(sent) : sent
    if (status < 200 || status >= 300) {
      const failure = failureOfStatus({ status, header, host, redact, body: parse(body) })
      return isFiltered(failure) ? { kind: 'response', raw: filteredBody(failure, body, redact) } : failed(failure)
    }
    if (holdsSecret(body, credentials.secrets))
      return failed({ kind: 'fatal', code: 'echoed-key', message: `${host} sent the API key back inside an answer, which was not kept` })
    return { kind: 'response', raw: body, sender: { host, header, redact } }
  }

  return {
    simulated: false,
    ask,
    async close() {
      await (await opened?.catch(() => undefined))?.close()
    },
  }
}

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }

function phasesOf({ limitsMs }: ModelSpec): Pick<AgentOptions, 'connectMs' | 'firstByteMs' | 'idleMs'> {
  const { connect = 0, firstByte = 0, idle = 0 } = limitsMs ?? {}
  const bounded = (ms: number) => Math.min(Math.ceil(ms), LONGEST_TIMER_MS)
  return { connectMs: bounded(connect), firstByteMs: bounded(firstByte), idleMs: bounded(idle) }
}

/** What the SDK sees as a response; the real one travels along, unread. */
interface Carrier {
  readonly ok: true
  readonly status: 200
  readonly headers: Headers
  readonly url: string
  readonly answer: HttpAnswer
}

/** Loads the SDK and undici, which a build that buys nothing never needs. */
async function open({ provider, api, stream }: ModelSpec, baseURL: string, { apiKey, headers: own }: Credentials, options: AgentOptions) {
  const { findOwnModules } = require(OWN_MODULES) as typeof import('../../util/own-modules.cts')
  findOwnModules(dirname(require.resolve('openai')), '.mjs') // over two hundred of them
  const { OpenAI } = await import('openai')
  const { exchange, openAgent } = await import('./transport.ts')
  const agent = openAgent(options)
  const client: OpenAI = new OpenAI({
    baseURL,
    apiKey: apiKey ?? 'none',
    // Null, because undefined would make the SDK read the environment itself.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: LONGEST_TIMER_MS,
    logLevel: 'off',
    logger: { error() {}, warn() {}, info() {}, debug() {} },
    async fetch(url, init) {
      const asked = new Headers(init?.headers as Record<string, string>)
      // Chosen by name: OPENAI_CUSTOM_HEADERS of the environment must not reach other people's servers.
      const accept = stream ? 'text/event-stream, application/json' : 'application/json'
      const headers: Record<string, string> = { ...own, accept, 'content-type': 'application/json', 'user-agent': 'datagen' }
      if (apiKey) headers['authorization'] = asked.get('authorization') ?? ''
      const answer = await exchange(
        String(url),
        {
          method: 'POST',
          headers,
          body: String(init?.body),
          signal: init?.signal as AbortSignal,
          ...(stream ? { ends: hasEnded } : {}),
        },
        agent,
      )
      const carrier: Carrier = { ok: true, status: 200, headers: new Headers(), url: String(url), answer }
      return carrier as unknown as Response
    },
  })
  return {
    async send(call: Call, signal: AbortSignal): Promise<HttpAnswer> {
      if (call.endpoint === 'embeddings') {
        const wanted = call.body as unknown as OpenAI.EmbeddingCreateParams
        return ((await client.embeddings.create(wanted, { signal }).asResponse()) as unknown as Carrier).answer
      }
      const body: unknown = stream ? { ...call.body, ...streaming(provider, api) } : call.body
      const asking =
        api === 'responses'
          ? client.responses.create(body as OpenAI.Responses.ResponseCreateParamsNonStreaming, { signal })
          : client.chat.completions.create(body as OpenAI.ChatCompletionCreateParamsNonStreaming, { signal })
      return ((await asking.asResponse()) as unknown as Carrier).answer
    },
    // Not `close`, which would wait for answers that nobody reads any more.
    close: () => agent.destroy(),
  }
}

/** How an answer in pieces is asked for. Responses say what they took by themselves, and so does Mistral, which refuses to be asked. */
function streaming(provider: string, api: ModelSpec['api']): JsonObject {
  return api === 'responses' || provider === 'mistral' ? { stream: true } : { stream: true, stream_options: { include_usage: true } }
}

const hasEnded = (tail: Buffer): boolean => /data:\s*\[DONE\]\s*$/.test(tail.toString('latin1'))

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
