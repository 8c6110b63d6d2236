/** The provider of a model: its server, its file on this machine, or the simulated one. */
import type { ModelSpec } from '../../config/dataset.ts'
import { LOCAL } from '../../config/providers.ts'
import type { Clock } from '../../util/clock.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT } from '../../util/exit.ts'
import type { JobService } from '../batch/job-service.ts'
import type { Provider } from '../provider.ts'
import type { ProxySettings } from './transport.ts'

export interface ProviderOptions {
  /** The value of `spec.apiKeyEnv`, if it is set: whoever may read the environment looks it up. */
  readonly apiKey?: string | undefined
  readonly clock: Clock
  /** The most requests in flight. */
  readonly connections: number
  readonly proxy?: ProxySettings | undefined
  /** Where packages that only some models need are looked for. */
  readonly root?: string
  /** Told before the file of a local model is downloaded. */
  readonly onDownload?: ((file: string, bytes: number) => void) | undefined
}

/** Throws a `DatagenError` (exit 3) when the model needs a key or a package and there is none. Opens no connection. */
export async function createProvider(
  spec: ModelSpec,
  { apiKey, clock, connections, proxy, root = '.', onDownload }: ProviderOptions,
): Promise<Provider> {
  if (spec.provider === 'simulated') {
    const { createSimulated } = await import('./simulated.ts')
    return createSimulated(spec, { clock })
  }
  if (spec.provider === LOCAL) {
    const [{ createLocal }, { importLlama }] = await Promise.all([import('./local.ts'), import('./local/package.ts')])
    return createLocal(spec, { llama: await importLlama(root, spec.name), clock, connections, onDownload })
  }
  const key = apiKey?.trim() || undefined
  const problem = key === undefined ? missing(spec) : malformed(spec, key)
  if (problem) throw problem
  const { createOpenAI } = await import('./openai.ts')
  return createOpenAI(spec, { apiKey: key, connections, proxy })
}

export interface JobServiceOptions {
  readonly apiKey: string | undefined
  readonly proxy?: ProxySettings | undefined
}

/** The Batch API at a place that is asked through it; the same errors as of a provider. */
export async function createJobService(
  place: Pick<ModelSpec, 'provider' | 'model' | 'api' | 'timeoutMs'> & { readonly baseUrl?: string; readonly apiKeyEnv?: string },
  { apiKey, proxy }: JobServiceOptions,
): Promise<JobService> {
  const key = apiKey?.trim() || undefined
  const named = { name: place.model, ...place }
  const problem = key === undefined ? missing(named) : malformed(named, key)
  if (problem) throw problem
  const { createBatchApi } = await import('./batch-api.ts')
  return createBatchApi({ ...place, baseUrl: place.baseUrl, apiKey: key, proxy })
}

type Named = Pick<ModelSpec, 'name' | 'provider' | 'model' | 'apiKeyEnv'>

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
