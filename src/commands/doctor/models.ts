/** Whether a model can be asked: its key, its server, its name there, its price, its limits, the server's clock. */
import type { ModelSpec } from '../../config/dataset.ts'
import { LOCAL, PROVIDERS } from '../../config/providers.ts'
import { type Credentials, resolveCredentials } from '../../config/secrets.ts'
import { accessRemedy } from '../../generate/access-remedy.ts'
import type { KnownPrice, Rate } from '../../generate/price.ts'
import { type Inspection, inspectServer } from '../../generate/providers/inspect.ts'
import type { Check } from '../../report/doctor-text.ts'
import { count, duration, list } from '../../report/format.ts'
import { suggest } from '../../util/suggest.ts'
import type { Environment } from '../environment.ts'
import { proxyOf } from '../shop.ts'
import { localChecks } from './local.ts'

const TIMEOUT_MS = 10_000
// Certificates and signed requests bear some minutes; limits that reset at a time of day do not bear more.
const MOST_SKEW_MS = 60_000

/** Whatever name they are asked by, these answer with the model that they have loaded. */
const ANY_NAME: ReadonlySet<string> = new Set(['llamacpp'])
/** Its list is of models, and what one asks is a deployment. */
const NO_NAMES: ReadonlySet<string> = new Set(['azure'])

export async function modelChecks(
  environment: Environment,
  root: string,
  model: ModelSpec,
  price: KnownPrice | undefined,
): Promise<Check[]> {
  if (model.provider === 'simulated')
    return [{ id: 'simulated', level: 'ok', text: 'the built-in simulated provider: for rehearsal, not for training' }]
  if (model.provider === LOCAL) return localChecks(model, root)
  const { env, clock } = environment
  const credentials = resolveCredentials(model, env, root)
  const seen = await inspectServer(model, { credentials, proxy: proxyOf(env), clock, timeoutMs: TIMEOUT_MS })
  return [
    keyCheck(model, credentials.apiKey),
    ...headerChecks(credentials),
    ...serverChecks(model, seen),
    priceCheck(model, price),
    ...limitChecks(model, seen),
    ...clockChecks(seen),
  ]
}

function keyCheck({ name, provider, apiKeyEnv }: ModelSpec, apiKey: string | undefined): Check {
  if (apiKeyEnv === undefined)
    return PROVIDERS[provider]?.local
      ? { id: 'key', level: 'ok', text: 'asked without a key' }
      : { id: 'key', level: 'ok', text: 'asked without a key', fix: `if it wants one, name its variable: apiKeyEnv in models.${name}` }
  if (apiKey === undefined)
    return { id: 'key', level: 'problem', text: `${apiKeyEnv} is not set`, fix: 'set it in the environment, or in .env beside the config' }
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    return {
      id: 'key',
      level: 'problem',
      text: `${apiKeyEnv} has characters that no key has`,
      fix: 'look for blanks, line breaks or quotes in it',
    }
  return { id: 'key', level: 'ok', text: `${apiKeyEnv} is set` }
}

function headerChecks({ unset }: Credentials): Check[] {
  return unset.map(({ header, env }) => ({
    id: 'header',
    level: 'problem',
    text: `${env} is not set, which is sent as the header "${header}"`,
    fix: 'set it in the environment, or in .env beside the config',
  }))
}

function serverChecks(model: ModelSpec, { host, ms, answered, failure, models }: Inspection): Check[] {
  const fix = failure && accessRemedy(model, failure.code)
  if (!answered)
    return [{ id: 'server', level: 'problem', text: failure?.message ?? `${host} does not answer`, ...(fix === undefined ? {} : { fix }) }]
  const up: Check = { id: 'server', level: 'ok', text: `${host} answers, in ${duration(ms)}` }
  if (failure && (failure.code === 'auth' || failure.code === 'quota' || failure.code === 'proxy' || failure.code === 'redirect'))
    return [up, { id: 'access', level: 'problem', text: failure.message, ...(fix === undefined ? {} : { fix }) }]
  if (!models)
    return [
      up,
      {
        id: 'model',
        level: 'warning',
        text: `whether it has "${model.model}" cannot be told: ${failure?.message ?? ''}`,
        ...(fix === undefined ? {} : { fix }),
      },
    ]
  return [up, nameCheck(model, models)]
}

function nameCheck({ provider, model }: ModelSpec, models: readonly string[]): Check {
  const tagged = provider === 'ollama' && !model.includes(':') ? [model, `${model}:latest`] : [model]
  if (models.some((id) => tagged.includes(id))) return { id: 'model', level: 'ok', text: `it has "${model}"` }
  if (NO_NAMES.has(provider))
    return { id: 'model', level: 'ok', text: `"${model}" is a deployment: whether there is one shows when it is asked` }
  const near = suggest(model, models)
  const some = models.slice(0, 5)
  const fix = near
    ? `did you mean "${near}"?`
    : some.length > 0
      ? `it has ${list(some.map((id) => `"${id}"`))}${models.length > some.length ? `, and ${count(models.length - some.length)} more` : ''}`
      : 'it has none'
  if (ANY_NAME.has(provider)) return { id: 'model', level: 'ok', text: `it answers with what it has loaded: ${list(some)}` }
  return {
    id: 'model',
    level: 'problem',
    text: `it has no "${model}"`,
    fix: provider === 'ollama' ? `${fix}; \`ollama pull ${model}\` fetches it` : fix,
  }
}

function priceCheck({ name }: ModelSpec, price: KnownPrice | undefined): Check {
  if (!price)
    return {
      id: 'price',
      level: 'warning',
      text: 'no price is known: costs are not counted, and --budget cannot be kept',
      fix: `say what a million tokens cost: price: { input: …, output: … } in models.${name}`,
    }
  if (price.source === 'local') return { id: 'price', level: 'ok', text: 'runs on a machine of your own: costs nothing here' }
  const from = price.source === 'config' ? 'by the config' : `by the price table${price.date === undefined ? '' : ` of ${price.date}`}`
  return { id: 'price', level: 'ok', text: `$${base(price.input)} in, $${base(price.output)} out for a million tokens, ${from}` }
}

function base(rate: Rate): number {
  return typeof rate === 'number' ? rate : rate.base
}

function limitChecks({ requestsPerMinute, tokensPerMinute }: ModelSpec, { limits, answered }: Inspection): Check[] {
  const own = rates(requestsPerMinute, tokensPerMinute)
  if (own) return [{ id: 'limits', level: 'ok', text: `${own}, by the config` }]
  const said = rates(limits?.requests?.perMinute, limits?.tokens?.perMinute)
  if (said) return [{ id: 'limits', level: 'ok', text: `${said}, by the server` }]
  return answered ? [{ id: 'limits', level: 'ok', text: 'the server says nothing of its limits here: they are found by asking' }] : []
}

function rates(requests: number | undefined, tokens: number | undefined): string | undefined {
  const parts = [requests === undefined ? '' : `${count(requests)} requests`, tokens === undefined ? '' : `${count(tokens)} tokens`].filter(
    Boolean,
  )
  return parts.length === 0 ? undefined : `${parts.join(' and ')} a minute`
}

function clockChecks({ aheadMs }: Inspection): Check[] {
  if (aheadMs === undefined || Math.abs(aheadMs) <= MOST_SKEW_MS) return []
  const text = `its clock is ${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
  return [{ id: 'clock', level: 'warning', text, fix: 'set the clock: secure connections and waits until a given time need it' }]
}
