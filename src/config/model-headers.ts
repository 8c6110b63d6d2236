/** Headers of one's own for a model's server: texts, and names of variables for what is secret. */
import type { Model } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { ModelSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { isEnvName } from './secrets.ts'
import { isSecretName } from './tracked.ts'

/** By HTTP (RFC 9110, 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
const TEXT = /^[\x20-\x7e]{1,4000}$/
/** What HTTP or datagen decides for every request. */
const TAKEN =
  /^(accept|accept-encoding|connection|content-.*|cookie2?|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent)$/
/** Values that are keys, whatever the header is called. */
const KEY = /\b(bearer|basic)\s|\b(sk|pk|rk|gsk|xai|key)-\w{6,}/i

/** Names in lower case, as HTTP compares them. */
export function modelHeaders(given: Model['headers'], path: ConfigPath, complaints: Complaints): Pick<ModelSpec, 'headers'> {
  const headers = new Map<string, string | { readonly env: string }>()
  for (const [name, value] of Object.entries(given ?? {})) {
    const lower = name.toLowerCase()
    const refuse = (headline: string, hint?: string) =>
      complaints.add('bad-header', [...path, name], headline, { at: 'key', frame: false, ...(hint === undefined ? {} : { hint }) })
    if (!NAME.test(name)) refuse('a header has a name that HTTP does not know', 'letters, digits and hyphens')
    else if (lower === 'authorization') refuse('"authorization" is sent for `apiKeyEnv`', 'name the variable that holds the key there')
    else if (TAKEN.test(lower)) refuse(`the header "${name}" is not for configs to set`)
    else if (headers.has(lower)) refuse(`the header "${name}" is given twice`)
    else if (typeof value === 'object') {
      if (!isEnvName(value.env)) refuse(`"env" of the header "${name}" is not the name of an environment variable`, ENV_HINT)
    } else if (isSecretName(name) || KEY.test(value))
      refuse(`the header "${name}" holds a secret`, "write { env: 'NAME' } with the variable that has it")
    else if (!TEXT.test(value)) refuse(`the header "${name}" is not one line of plain ASCII text`)
    headers.set(lower, value)
  }
  return headers.size === 0 ? {} : { headers: Object.fromEntries(headers) }
}

const ENV_HINT = 'give the name of the variable, never the secret itself'
