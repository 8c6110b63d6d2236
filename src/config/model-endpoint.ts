/** Where a model is asked, what stands for that place in keys, and which variable holds its API key. */
import type { Model } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { ModelSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { modelHeaders } from './model-headers.ts'
import { type KnownProvider, PROVIDERS } from './providers.ts'
import { isEnvName } from './secrets.ts'

/** An address of one's own does not get the well-known provider's key unless `apiKeyEnv` says so. */
export function endpoint(
  provider: string,
  model: Model,
  path: ConfigPath,
  complaints: Complaints,
): Pick<ModelSpec, 'baseUrl' | 'identity' | 'apiKeyEnv' | 'headers'> {
  const known = PROVIDERS[provider] as KnownProvider
  if (model.baseUrl === undefined && known.baseUrl === undefined)
    complaints.add('base-url-missing', path, `"${provider}" has no address of its own`, {
      hint: `say which is yours, for example baseUrl: ${known.like}`,
    })
  const baseUrl = model.baseUrl === undefined ? (known.baseUrl ?? '') : (normalUrl(model.baseUrl, [...path, 'baseUrl'], complaints) ?? '')
  const custom = baseUrl !== known.baseUrl
  // Where every address is one's own, the usual variable is the right one.
  const apiKeyEnv = model.apiKeyEnv ?? (custom && known.baseUrl !== undefined ? undefined : known.apiKeyEnv)
  if (apiKeyEnv !== undefined && !isEnvName(apiKeyEnv))
    complaints.add('bad-env-name', [...path, 'apiKeyEnv'], '"apiKeyEnv" is not the name of an environment variable', {
      frame: false, // a pasted key must not be printed
      hint: 'give the name of the variable, never the key itself',
    })
  return {
    baseUrl,
    identity: model.identity ?? (custom ? baseUrl : provider),
    ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
    ...modelHeaders(model.headers, [...path, 'headers'], complaints),
  }
}

function normalUrl(text: string, path: ConfigPath, complaints: Complaints): string | undefined {
  const refuse = (headline: string, hint: string) => complaints.add('bad-url', path, headline, { hint, frame: false })
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return refuse('"baseUrl" is not an http or https URL', 'for example http://127.0.0.1:8000/v1') as undefined
  if (url.username !== '' || url.password !== '')
    return refuse('"baseUrl" holds a user name or password', 'use `apiKeyEnv` for credentials') as undefined
  if (url.search !== '' || url.hash !== '')
    return refuse('"baseUrl" holds a query or fragment', 'keep only the part before `?`') as undefined
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
