/** The folder of real datasets and reference values that lies beside the checkout; a user's clone does not have it. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Undefined where there is none: tests that need it are then skipped, and say so by `WITHOUT_SHARED`. */
export const SHARED = ['..', '../..']
  .map((up) => resolve(ROOT, up, 'shared'))
  .find((folder) => existsSync(join(folder, 'reference-metrics')))

export const WITHOUT_SHARED = SHARED === undefined
/** For names of suites, so that a skip explains itself. */
export const NEEDS_SHARED = WITHOUT_SHARED ? ' [skipped: needs ../shared with datasets and reference-metrics]' : ''

export function sharedPath(path: string): string {
  if (SHARED === undefined) throw new Error('the folder ../shared is not there')
  return join(SHARED, path)
}

export function sharedText(path: string): string {
  return readFileSync(sharedPath(path), 'utf8')
}

export function sharedJson<T>(path: string): T {
  return JSON.parse(sharedText(path)) as T
}

/** Lines are split at `\n` only. */
export function sharedLines<T>(path: string): T[] {
  return sharedText(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
