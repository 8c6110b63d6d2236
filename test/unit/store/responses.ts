/** Responses to put: distinct by number, equal when the number is. */
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { NewResponse } from '../../../src/store/store.ts'
import type { Digest, Key } from '../../../src/util/brand.ts'

export const keyOf = (n: number) => hash('sha256', `key ${n}`) as Key
export const requestOf = (n: number) => hash('sha256', `request ${n}`) as Digest

export function response(n: number, changes: Partial<NewResponse> = {}): NewResponse {
  return {
    key: keyOf(n),
    request: requestOf(n),
    requestText: `request ${n}`,
    ordinal: 0,
    attempt: 0,
    epoch: 0,
    step: 'user',
    cell: hash('sha256', `cell ${n}`).slice(0, 32),
    sample: 0,
    model: 'model-é-1',
    raw: Buffer.from(`{"answer":${n}}`),
    inputTokens: 10 + n,
    outputTokens: 20,
    usd: 0.25,
    estimated: false,
    ms: 12.5,
    run: 'run-1',
    ...changes,
  }
}

/** A folder that is gone after the test. */
export function tempFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'datagen-store-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
