/** API keys: from the environment, or a `.env` beside the config; only for sending, never for reads, keys or logs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { ModelSpec } from './dataset.ts'
import type { Env } from './recorder.ts'

/** The key to send to a model's provider; undefined when it needs none or none is set. */
export function resolveKey(spec: Pick<ModelSpec, 'apiKeyEnv'>, env: Env, root: string): string | undefined {
  return spec.apiKeyEnv === undefined ? undefined : lookUp(spec.apiKeyEnv, env, root)
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
