/** Answers to real requests, as a build would put them, and the ways between a store and lines of text. */
import { Readable } from 'node:stream'
import type { Json } from '../../../schema/json.ts'
import { identify, keyOf } from '../../../src/key/key.ts'
import { exportLines, nothingExported } from '../../../src/store/care/export.ts'
import { type Imported, importLines, nothingImported } from '../../../src/store/care/import.ts'
import { readLines } from '../../../src/store/care/read-lines.ts'
import { openFile } from '../../../src/store/open.ts'
import { openStore } from '../../../src/store/sqlite.ts'
import type { NewResponse } from '../../../src/store/store.ts'

/** Distinct requests by number; `draw` and the rest as wanted. */
export function answer(n: number, changes: Partial<NewResponse> = {}): NewResponse {
  const { digest, text } = requestOf(n)
  const draw = { ordinal: changes.ordinal ?? 0, attempt: changes.attempt ?? 0, epoch: changes.epoch ?? 0 }
  return {
    request: digest,
    requestText: text,
    step: 'user',
    cell: 'ab'.repeat(16),
    sample: draw.ordinal,
    model: 'model-é-1',
    raw: Buffer.from(`{"answer":${n}}`),
    inputTokens: 10,
    outputTokens: 20,
    usd: 0.25,
    estimated: false,
    ms: 12.5,
    run: 'run-1',
    ...changes,
    ...draw,
    key: keyOf(digest, draw),
  }
}

export function requestOf(n: number) {
  return identify({
    kind: 'ask',
    provider: 'openai',
    body: { model: 'm', messages: [{ role: 'user', content: `say ${n} ✓` }] } as { [name: string]: Json },
  })
}

export async function put(dir: string, ...answers: readonly NewResponse[]): Promise<void> {
  const store = openStore(dir, { groupMs: 0 })
  try {
    for (const response of answers) await store.put(response)
  } finally {
    await store.close()
  }
}

/** The store as lines; `leftOut` answers cannot be read. */
export function exported(dir: string, leftOut = 0): string {
  const file = openFile(dir, 'read', 1000)
  try {
    const counts = nothingExported()
    const text = [...exportLines(file, undefined, counts, () => {})].join('')
    if (counts.leftOut !== leftOut) throw new Error(`${counts.leftOut} answers are left out, not ${leftOut}`)
    return text
  } finally {
    file.close()
  }
}

export async function imported(dir: string, text: string | Uint8Array): Promise<Imported> {
  const store = openStore(dir, { groupMs: 0 })
  const file = openFile(dir, 'read', 1000)
  const result = nothingImported()
  try {
    await importLines(readLines(Readable.from([Buffer.from(text)])), { store, file }, result, () => {})
    return result
  } finally {
    file.close()
    await store.close()
  }
}
