/** The provider of a model: its server, its file on this machine, or the simulated one. */
import type { ModelSpec } from '../../config/dataset.ts'
import { LOCAL } from '../../config/providers.ts'
import { type Credentials, NO_CREDENTIALS } from '../../config/secrets.ts'
import type { Clock } from '../../util/clock.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT } from '../../util/exit.ts'
import type { JobService } from '../batch/job-service.ts'
import type { Provider } from '../provider.ts'
import type { ProxySettings } from './transport.ts'

export interface ProviderOptions {
  /** Whoever may read the environment looks them up. */
  readonly credentials?: Credentials
  readonly clock: Clock
  /** The most requests in flight. */
  readonly connections: number
  readonly proxy?: ProxySettings | undefined
  /** Where packages that only some models need are looked for. */
  readonly root?: string
  /** Told before the file of a local model is downloaded. */
  readonly onDownload?: ((file: string, bytes: number) => void) | undefined
}

/** Throws a `DatagenError` (exit 3) when the model needs a key, a header or a package and there is none. Opens no connection. */
export async function createProvider(
  spec: ModelSpec,
  { credentials = NO_CREDENTIALS, clock, connections, proxy, root = '.', onDownload }: ProviderOptions,
): Promise<Provider> {
  if (spec.provider === 'simulated') {
    const { createSimulated } = await import('./simulated.ts')
    return createSimulated(spec, { clock })
  }
  if (spec.provider === LOCAL) {
    const [{ createLocal }, { importLlama }] = await Promise.all([import('./local.ts'), import('./local/package.ts')])
    return createLocal(spec, { llama: await importLlama(root, spec.name), clock, connections, onDownload })
  }
  demand(spec, credentials)
  const { createOpenAI } = await import('./openai.ts')
  return createOpenAI(spec, { credentials, connections, proxy })
}

export interface JobServiceOptions {
  readonly credentials?: Credentials
  readonly proxy?: ProxySettings | undefined
}

/** The Batch API at a place that is asked through it; the same errors as of a provider. */
export async function createJobService(
  place: Pick<ModelSpec, 'provider' | 'model' | 'api' | 'timeoutMs'> & { readonly baseUrl?: string; readonly apiKeyEnv?: string },
  { credentials = NO_CREDENTIALS, proxy }: JobServiceOptions,
): Promise<JobService> {
  demand({ name: place.model, ...place }, credentials)
  const { createBatchApi } = await import('./batch-api.ts')
  return createBatchApi({ ...place, baseUrl: place.baseUrl, credentials, proxy })
}

type Named = Pick<ModelSpec, 'name' | 'provider' | 'model' | 'apiKeyEnv'>

/** Throws unless there is all that its server wants, and all of it can be sent. */
function demand(spec: Named, { apiKey, headers, unset: [unset] }: Credentials): void {
  const problem = apiKey === undefined ? missing(spec) : malformed(spec, apiKey)
  if (problem) throw problem
  if (unset) throw missingHeader(spec, unset)
  for (const [name, value] of Object.entries(headers)) if (!/^[\x20-\x7e]+$/.test(value)) throw malformedHeader(spec, name)
}

/** A model that names a variable needs it; servers of one's own name none. */
function missing({ name, provider, model, apiKeyEnv }: Named): DatagenError | undefined {
  if (apiKeyEnv === undefined) return undefined
  return new DatagenError(
    {
      code: 'provider/missing-key',
      severity: 'error',
      headline: `the model "${name}" needs an API key, and ${apiKeyEnv} is not set`,
      facts: [['model', `${provider}:${model}`]],
      hint: `set ${apiKeyEnv} in the environment or in .env, or rehearse with \`use: 'simulated'\``,
    },
    EXIT.provider,
  )
}

/** Caught here because errors about a bad header quote the header. */
function malformed({ name, apiKeyEnv = 'its variable' }: Named, key: string): DatagenError | undefined {
  if (/^[\x21-\x7e]+$/.test(key)) return undefined
  return new DatagenError(
    {
      code: 'provider/malformed-key',
      severity: 'error',
      headline: `the API key of the model "${name}" has characters that no key has`,
      hint: `look for spaces, line breaks or quotes inside ${apiKeyEnv}`,
    },
    EXIT.provider,
  )
}

function missingHeader({ name, provider, model }: Named, { header, env }: Credentials['unset'][number]): DatagenError {
  return new DatagenError(
    {
      code: 'provider/missing-header',
      severity: 'error',
      headline: `the model "${name}" sends the header "${header}", and ${env} is not set`,
      facts: [['model', `${provider}:${model}`]],
      hint: `set ${env} in the environment or in .env`,
    },
    EXIT.provider,
  )
}

function malformedHeader({ name }: Named, header: string): DatagenError {
  return new DatagenError(
    {
      code: 'provider/malformed-header',
      severity: 'error',
      headline: `what the model "${name}" sends as the header "${header}" has characters that no header has`,
      hint: 'look for line breaks or quotes in its variable',
    },
    EXIT.provider,
  )
}
