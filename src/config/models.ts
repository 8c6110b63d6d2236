/** Models: who is asked, under which identity, with which wire parameters. */
import type { Model } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { type Complaints, didYouMean } from './complaints.ts'
import type { ModelSpec } from './dataset.ts'
import { hedgeSpec } from './hedge.ts'
import { localModel } from './local-model.ts'
import type { ConfigPath } from './locate.ts'
import { endpoint } from './model-endpoint.ts'
import { LOCAL, PROVIDERS, SIMULATED } from './providers.ts'
import { RESPONSES_RESERVED, responsesParams } from './responses-params.ts'
import { isSecretName } from './tracked.ts'

const DEFAULT_TIMEOUT_SECONDS = 600
const DEFAULT_CONNECT_SECONDS = 10 // addresses that answer at all do so in one; the rest is for slow name servers
// The limits of OpenAI's Batch API: https://platform.openai.com/docs/guides/batch
const MOST_IN_A_JOB = { requests: 50_000, megabytes: 200 } as const
/** Fields of the body that datagen itself decides. */
const RESERVED = ['model', 'messages', 'response_format', 'stream', 'stream_options', 'n']

/** Undefined after a complaint. */
export function modelSpec(name: string, given: Model | string, path: ConfigPath, complaints: Complaints): ModelSpec | undefined {
  const written = typeof given === 'string' ? { use: given } : given
  const usePath = typeof given === 'string' ? path : [...path, 'use']
  const colon = written.use.indexOf(':')
  const provider = colon < 0 ? written.use : written.use.slice(0, colon)
  const model = colon < 0 ? '' : written.use.slice(colon + 1)
  const before = complaints.list.length

  if (provider !== SIMULATED && provider !== LOCAL && !Object.hasOwn(PROVIDERS, provider)) {
    const known = [...Object.keys(PROVIDERS), LOCAL, SIMULATED]
    const hint =
      didYouMean(provider, known) ??
      (colon < 0
        ? `write provider:model, for example "openai:${provider.slice(0, 60)}"`
        : 'for another server: `use: "openai:<model>"` with its `baseUrl`')
    complaints.add('unknown-provider', usePath, `there is no provider "${provider}"`, { facts: [['known', known.join(', ')]], hint })
    return undefined
  }
  if (provider !== SIMULATED && model.trim() === '')
    complaints.add('model-missing', usePath, `"${written.use}" names no model`, { hint: `write "${provider}:<model>"` })

  if (written.local && provider !== LOCAL)
    complaints.add('not-local', [...path, 'local'], `"local" is only for model files, and this one uses "${written.use}"`, { at: 'key' })
  const place = placeOf(provider, model, written, path, usePath, complaints)
  const params = provider === SIMULATED ? simulatedParams(written) : wireParams(provider, written, path, complaints)
  const batched = jobs(written, path, complaints)
  const limits = timeLimits(written)
  const hedge = hedgeSpec(written, limits.timeoutMs, path, complaints)
  if (complaints.list.length > before) return undefined
  return {
    name,
    provider,
    model: provider === SIMULATED ? model || SIMULATED : model,
    ...place,
    params,
    ...(written.api === 'responses' ? { api: 'responses' } : {}),
    ...(written.stream ? { stream: true } : {}),
    structured: written.structured ?? 'json_schema',
    ...limits,
    ...(written.truncatedPrompts === 'accept' ? { truncatedPrompts: 'accept' } : {}),
    ...(written.pin ? { pin: written.pin } : {}),
    ...(written.requestsPerMinute === undefined ? {} : { requestsPerMinute: written.requestsPerMinute }),
    ...(written.tokensPerMinute === undefined ? {} : { tokensPerMinute: written.tokensPerMinute }),
    ...(hedge ? { hedge } : {}),
    ...(written.price ? { price: written.price } : {}),
    ...(batched ? { jobs: batched } : {}),
    ...(provider === SIMULATED ? { simulate: written.simulate ?? {} } : {}),
  }
}

function placeOf(provider: string, model: string, written: Model, path: ConfigPath, usePath: ConfigPath, complaints: Complaints) {
  if (provider === SIMULATED) return simulated(written, path, complaints)
  if (provider === LOCAL) return localModel(model, written, path, usePath, complaints)
  return endpoint(provider, written, path, complaints)
}

/** A stream that reasons says nothing for minutes, in proportion to how long it may take in all. */
function timeLimits({ timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, limits = {} }: Model): Pick<ModelSpec, 'timeoutMs' | 'limitsMs'> {
  const { connectSeconds = DEFAULT_CONNECT_SECONDS, firstByteSeconds, idleSeconds = timeoutSeconds / 2 } = limits
  return {
    timeoutMs: timeoutSeconds * 1000,
    limitsMs: {
      connect: connectSeconds * 1000,
      ...(firstByteSeconds === undefined ? {} : { firstByte: firstByteSeconds * 1000 }),
      idle: idleSeconds * 1000,
    },
  }
}

/** Undefined for a model that is asked online. */
function jobs(model: Model, path: ConfigPath, complaints: Complaints): ModelSpec['jobs'] {
  if (model.transport !== 'batch') {
    if (model.jobs)
      complaints.add('no-jobs', [...path, 'jobs'], '"jobs" is only for models with `transport: batch`', {
        at: 'key',
        hint: "add `transport: 'batch'`, or leave it out",
      })
    return undefined
  }
  if (model.use === SIMULATED || model.use.startsWith(`${SIMULATED}:`)) {
    complaints.add('not-simulated', [...path, 'transport'], 'a simulated model has no Batch API', {
      hint: '`datagen simulate-server` offers one, for rehearsals',
    })
    return undefined
  }
  const { requests, megabytes } = { ...MOST_IN_A_JOB, ...model.jobs }
  return { requests, bytes: Math.floor(megabytes * 1_000_000) }
}

function simulated(model: Model, path: ConfigPath, complaints: Complaints): { identity: string } {
  for (const key of ['baseUrl', 'apiKeyEnv', 'headers', 'api', 'stream', 'hedge'] as const)
    if (model[key] !== undefined)
      complaints.add('not-simulated', [...path, key], `a simulated model has no "${key}"`, {
        at: 'key',
        frame: key !== 'apiKeyEnv' && key !== 'headers',
      })
  for (const [fault, share] of Object.entries(model.simulate?.faults ?? {}))
    if (share < 0 || share > 1)
      complaints.add('bad-share', [...path, 'simulate', 'faults', fault], `the share of "${fault}" is ${share}`, {
        hint: 'a share lies between 0 and 1',
      })
  return { identity: model.identity ?? SIMULATED }
}

/** What changes a simulated answer is part of its key; latency and faults are not. */
function simulatedParams(model: Model): JsonObject {
  const { seed, tokens } = model.simulate ?? {}
  const simulate = definedOnly({ seed, tokens })
  return { ...commonParams(model, 'max_tokens'), ...(Object.keys(simulate).length > 0 ? { simulate } : {}), ...model.extra }
}

function wireParams(provider: string, model: Model, path: ConfigPath, complaints: Complaints): JsonObject {
  if (model.simulate)
    complaints.add('not-simulated', [...path, 'simulate'], `"simulate" is only for simulated models, and this one uses "${model.use}"`, {
      at: 'key',
    })
  const responses = model.api === 'responses'
  const params = responses
    ? definedOnly(responsesParams(model, path, complaints))
    : commonParams(model, provider === 'openai' || provider === 'azure' ? 'max_completion_tokens' : 'max_tokens')
  const reserved = responses ? RESPONSES_RESERVED : RESERVED
  for (const key of Object.keys(model.extra ?? {})) {
    const at = [...path, 'extra', key]
    if (reserved.includes(key)) complaints.add('reserved-field', at, `"extra" cannot set "${key}", which datagen decides`, { at: 'key' })
    else if (Object.hasOwn(params, key)) complaints.add('reserved-field', at, `"${key}" is given twice, also in "extra"`, { at: 'key' })
    else if (isSecretName(key) || key.toLowerCase() === 'authorization')
      complaints.add('secret', at, `"extra" cannot carry "${key}": it would be kept in the cache`, {
        at: 'key',
        frame: false,
        hint: 'keys come from the environment; see `apiKeyEnv`',
      })
  }
  return { ...params, ...model.extra }
}

function commonParams(model: Model, maxTokens: string): { [name: string]: Json } {
  return definedOnly({
    temperature: model.temperature,
    top_p: model.topP,
    [maxTokens]: model.maxTokens,
    seed: model.seed,
    stop: model.stop,
    frequency_penalty: model.frequencyPenalty,
    presence_penalty: model.presencePenalty,
    reasoning_effort: model.reasoningEffort,
  })
}

function definedOnly(fields: { [name: string]: Json | undefined }): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}
