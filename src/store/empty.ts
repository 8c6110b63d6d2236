/** The store of a dataset that was never built: nothing is in it, and nothing can be put into it. */
import { storeFailure } from './failure.ts'
import { noJobs } from './job-book.ts'
import type { SqliteStore } from './sqlite.ts'

export function emptyStore(path: string): SqliteStore {
  const refuse = () => Promise.reject(storeFailure('readonly', path, 'there is no store yet, and it was opened for reading'))
  return {
    path,
    get: () => undefined,
    drawOf: () => undefined,
    isEmpty: () => true,
    mayHold: () => new Set(),
    readAll: (ids) => Array.from(ids, () => undefined),
    claim: refuse,
    settle: refuse,
    put: refuse,
    draws: () => [],
    displaced: () => [],
    lastRequest: () => undefined,
    epoch: () => 0,
    raiseEpoch: refuse,
    typicalTokens: () => undefined,
    recent: () => [],
    orphans: () => [],
    forgetOrphans: refuse,
    jobs: noJobs(refuse),
    identity: '',
    generation: () => 0,
    rescued: 0,
    damaged: [],
    totals: () => ({ responses: 0, bytes: 0, usd: 0, unpriced: 0 }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
