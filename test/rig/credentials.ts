import { type Credentials, resolveCredentials } from '../../src/config/secrets.ts'

/** An API key, and secrets in headers, as they come from an environment. */
export function keyed(apiKey: string | undefined, secretHeaders: { readonly [name: string]: string } = {}): Credentials {
  const headers = Object.fromEntries(Object.keys(secretHeaders).map((name) => [name, { env: name.toUpperCase() }]))
  const variables = Object.fromEntries(Object.entries(secretHeaders).map(([name, value]) => [name.toUpperCase(), value]))
  return resolveCredentials({ apiKeyEnv: 'KEY', headers }, { KEY: apiKey, ...variables }, '/nowhere')
}
