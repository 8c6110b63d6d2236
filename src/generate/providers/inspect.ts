/** A look at a model's server that costs nothing: whether it answers, takes the key, and has the model. */
import type { Dispatcher } from 'undici'
import type { ModelSpec } from '../../config/dataset.ts'
import { type Credentials, NO_CREDENTIALS } from '../../config/secrets.ts'
import type { Clock } from '../../util/clock.ts'
import { failureOfStatus } from '../failure.ts'
import type { Failure } from '../provider.ts'
import { readServerLimits, type ServerLimits } from '../rate/server-limits.ts'
import { redactor } from '../redact.ts'
import { shortText } from '../short-text.ts'
import { failureOfNetwork } from './network-failure.ts'
import { exchange, openAgent, type ProxySettings } from './transport.ts'

export interface InspectOptions {
  /** Left out, there are none. */
  readonly credentials?: Credentials
  readonly proxy?: ProxySettings | undefined
  readonly clock: Clock
  readonly timeoutMs: number
}

export interface Inspection {
  readonly host: string
  readonly ms: number
  /** Why there is no list of models. A server that has none may still answer questions. */
  readonly failure?: Failure
  /** The server answered, whatever it said. */
  readonly answered: boolean
  readonly models?: readonly string[]
  readonly limits?: ServerLimits
  /** How far the server's clock is ahead of ours. */
  readonly aheadMs?: number
}

// More names than that help nobody, and a list may be hostile.
const MOST_MODELS = 20_000

/** `GET {baseUrl}/models`, and that of the model when it is not listed; never throws. */
export async function inspectServer(
  spec: ModelSpec,
  { credentials = NO_CREDENTIALS, proxy, clock, timeoutMs }: InspectOptions,
): Promise<Inspection> {
  const baseUrl = spec.baseUrl ?? ''
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : 'the server'
  const begun = clock.now()
  const ms = () => Math.round(clock.now() - begun)
  const agent = openAgent({ connections: 1, proxy, connectMs: timeoutMs, firstByteMs: 0, idleMs: 0 })
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  try {
    const { status, header, body } = await exchange(
      `${baseUrl}/models`,
      { method: 'GET', headers: headersFor(spec, credentials), signal: late.signal },
      agent,
    )
    const limits = readServerLimits(header)
    const date = Date.parse(String(header('date') ?? ''))
    const common = {
      host,
      ms: ms(),
      answered: true,
      ...(limits ? { limits } : {}),
      ...(Number.isNaN(date) ? {} : { aheadMs: date - clock.date().getTime() }),
    }
    const said = parse(body)
    if (status < 200 || status >= 300)
      return { ...common, failure: failureOfStatus({ status, header, host, redact: redactor(credentials.secrets), body: said }) }
    const models = modelIds(said)
    if (models && !models.includes(spec.model) && (await hasUnlisted(spec, credentials, late.signal, agent)))
      return { ...common, models: [...models, spec.model] }
    if (models) return { ...common, models }
    return { ...common, failure: { kind: 'refused', code: 'no-list', message: `${host} answers, but with no list of models` } }
  } catch (error) {
    const failure: Failure = late.signal.aborted
      ? { kind: 'transient', code: 'timeout', message: `${host} did not answer within ${timeoutMs / 1000} s` }
      : failureOfNetwork(error, host)
    return { host, ms: ms(), answered: false, failure }
  } finally {
    clearTimeout(timer)
    await agent.destroy()
  }
}

/** Lists may be one page of several, or leave out names that point to others. */
async function hasUnlisted(spec: ModelSpec, credentials: Credentials, signal: AbortSignal, agent: Dispatcher): Promise<boolean> {
  const url = `${spec.baseUrl}/models/${encodeURIComponent(spec.model)}`
  const { status, body } = await exchange(url, { method: 'GET', headers: headersFor(spec, credentials), signal }, agent)
  const said = parse(body) as { readonly id?: unknown } | null | undefined
  return status === 200 && said?.id === spec.model
}

function headersFor({ provider }: ModelSpec, { apiKey, headers: own }: Credentials): Record<string, string> {
  const headers: Record<string, string> = { ...own, accept: 'application/json', 'user-agent': 'datagen' }
  if (!apiKey) return headers
  headers['authorization'] = `Bearer ${apiKey}`
  // Its list of models is of its own interface, which knows no bearer.
  if (provider === 'anthropic') Object.assign(headers, { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' })
  return headers
}

/** `{ data: [{ id }] }`; Together sends the bare list, Gemini calls them `models/…`. */
function modelIds(body: unknown): string[] | undefined {
  const list = Array.isArray(body) ? body : (body as { data?: unknown } | null | undefined)?.data
  if (!Array.isArray(list)) return undefined
  return list
    .slice(0, MOST_MODELS)
    .flatMap((model: { id?: unknown } | null) => (typeof model?.id === 'string' ? [shortText(model.id).replace(/^models\//, '')] : []))
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
