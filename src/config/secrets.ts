/** API keys and secret headers: from the environment, or a `.env` beside the config; only for sending, never for reads, keys or logs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { ModelSpec } from './dataset.ts'
import type { Env } from './recorder.ts'

/** By what a request is let in. */
export interface Credentials {
  /** Undefined when none is needed, or none is set. */
  readonly apiKey?: string
  readonly headers: { readonly [name: string]: string }
  /** Values that must be shown nowhere. */
  readonly secrets: readonly string[]
  /** Headers whose variable is not set. */
  readonly unset: readonly { readonly header: string; readonly env: string }[]
}

export const NO_CREDENTIALS: Credentials = { headers: {}, secrets: [], unset: [] }

/** What to send to a model's provider besides the request. */
export function resolveCredentials(
  { apiKeyEnv, headers = {} }: Pick<ModelSpec, 'apiKeyEnv' | 'headers'>,
  env: Env,
  root: string,
): Credentials {
  const apiKey = apiKeyEnv === undefined ? undefined : lookUp(apiKeyEnv, env, root)
  const secret = Object.entries(headers).flatMap(([header, value]) =>
    typeof value === 'string' ? [] : [{ header, env: value.env, value: lookUp(value.env, env, root) }],
  )
  const found = secret.flatMap(({ header, value }) => (value === undefined ? [] : [[header, value] as const]))
  const open = Object.entries(headers).filter((header): header is [string, string] => typeof header[1] === 'string')
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    headers: Object.fromEntries([...open, ...found]),
    secrets: [...(apiKey === undefined ? [] : [apiKey]), ...found.map(([, value]) => value)],
    unset: secret.filter(({ value }) => value === undefined).map(({ header, env: name }) => ({ header, env: name })),
  }
}

export function isEnvName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name)
}

/** A variable of the environment or, if unset or empty there, of `.env`. */
export function lookUp(name: string, env: Env, root: string): string | undefined {
  return env[name]?.trim() || dotEnv(root)[name]?.trim() || undefined
}

function dotEnv(root: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'))
  } catch {
    return {}
  }
}
