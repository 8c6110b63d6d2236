/** A store that forgets: the peer of the SQLite one for laws and simulations, with the same answers and failures on demand. */
import { storeFailure } from '../../src/store/failure.ts'
import { storable } from '../../src/store/rows.ts'
import type { Claim, NewResponse, Store, Trace } from '../../src/store/store.ts'
import type { Digest, Key, TraceId } from '../../src/util/brand.ts'

export type WriteName = 'claim' | 'settle' | 'put' | 'raiseEpoch' | 'forgetOrphans'

export interface MemoryStoreOptions {
  /** Asked before each write, counted from 1: an error, thrown once the caller waits, or undefined to let it pass. */
  readonly fail?: (write: WriteName, n: number) => Error | undefined
  /** Resolves when a write counts as durable; left out, at once. */
  readonly durable?: () => Promise<void>
}

export interface MemoryStore extends Store {
  /** What is held, oldest first. */
  readonly responses: readonly (NewResponse & { readonly id: TraceId })[]
  readonly intents: ReadonlyMap<Key, Claim>
  /** The same contents as another process would find them after this one was killed. */
  reopen(options?: MemoryStoreOptions): MemoryStore
  /** As if a byte of a held value had changed: found wrong when it is next read. */
  damage(key: Key): void
}

/** A failure such as a full disk gives. */
export const diskFull = () => storeFailure('full', 'memory', 'planted by the test')

interface Contents {
  readonly responses: (NewResponse & { readonly id: TraceId })[]
  readonly byKey: Map<Key, NewResponse & { readonly id: TraceId }>
  readonly intents: Map<Key, Claim>
  readonly epochs: Map<string, number>
  readonly rotten: Set<Key>
  next: number
  generation: number
}

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return over(
    { responses: [], byKey: new Map(), intents: new Map(), epochs: new Map(), rotten: new Set(), next: 1, generation: 1 },
    options,
  )
}

function over(held: Contents, options: MemoryStoreOptions): MemoryStore {
  const announced = new Set<Key>()
  const damaged: { key: Key; why: string }[] = []
  let writes = 0
  let closed = false

  async function write<Result>(name: WriteName, action: () => Result): Promise<Result> {
    if (closed) throw storeFailure('closed', 'memory')
    const error = options.fail?.(name, ++writes)
    await options.durable?.()
    if (error) throw error
    return action()
  }

  function sound(response: (NewResponse & { readonly id: TraceId }) | undefined): Trace | undefined {
    if (!response) return undefined
    if (held.rotten.has(response.key)) {
      held.rotten.delete(response.key)
      damaged.push({ key: response.key, why: 'its checksum does not match' })
      held.byKey.delete(response.key)
      held.responses.splice(held.responses.indexOf(response), 1)
      held.generation++
      return undefined
    }
    const { id, raw, model, inputTokens, outputTokens, usd } = response
    return { id, raw, model, inputTokens, outputTokens, usd }
  }

  const draws = (wanted: (response: NewResponse) => boolean) => {
    const seen = new Map<string, { request: Digest; ordinal: number; cell: string; sample: number }>()
    for (const response of held.responses.filter(wanted)) {
      const { request, ordinal, cell, sample } = response
      const name = JSON.stringify([request, ordinal, cell, sample])
      if (!seen.has(name)) seen.set(name, { request, ordinal, cell, sample })
    }
    return [...seen.values()].sort((a, b) => a.ordinal - b.ordinal)
  }
  const epochName = (request: Digest, ordinal: number) => JSON.stringify([request, ordinal])

  return {
    get: (key) => sound(held.byKey.get(key)),
    readAll: (ids) =>
      Array.from(ids, (id) => {
        const response = held.responses.find((kept) => kept.id === id)
        const trace = sound(response)
        return response && trace && { ...trace, key: response.key }
      }),
    claim: (claim) =>
      write('claim', () => {
        if (held.byKey.has(claim.key)) return 'answered' as const
        held.intents.set(claim.key, claim)
        announced.add(claim.key)
        return 'ours' as const
      }),
    settle: (key) =>
      write('settle', () => {
        held.intents.delete(key)
        announced.delete(key)
      }),
    put: (response) =>
      write('put', () => {
        held.intents.delete(response.key)
        announced.delete(response.key)
        const first = held.byKey.get(response.key)
        if (first && sound(first)) return first.id
        const kept = { ...response, model: storable(response.model), raw: Uint8Array.from(response.raw), id: held.next++ as TraceId }
        held.responses.push(kept)
        held.byKey.set(response.key, kept)
        return kept.id
      }),
    draws: (request) => draws((response) => response.request === request).map(({ ordinal, cell, sample }) => ({ ordinal, cell, sample })),
    displaced: () => draws((response) => response.ordinal !== response.sample),
    lastRequest(cell, sample, step) {
      const last = held.responses.findLast((response) => response.cell === cell && response.sample === sample && response.step === step)
      return last && { request: last.request, text: last.requestText, run: last.run }
    },
    epoch: (request, ordinal) => held.epochs.get(epochName(request, ordinal)) ?? 0,
    raiseEpoch: (request, ordinal) =>
      write('raiseEpoch', () => {
        const name = epochName(request, ordinal)
        held.epochs.set(name, (held.epochs.get(name) ?? 0) + 1)
        held.generation++
      }),
    typicalTokens(step) {
      const kept = held.responses.filter((response) => response.step === step)
      const mean = (of: (response: NewResponse) => number) => kept.reduce((sum, response) => sum + of(response), 0) / kept.length
      return kept.length > 0 ? { input: mean((r) => r.inputTokens), output: mean((r) => r.outputTokens) } : undefined
    },
    orphans: () =>
      [...held.intents.values()]
        .filter(({ key }) => !announced.has(key))
        .map(({ key, run, reservedUsd }) => ({ key, run, reservedUsd }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    forgetOrphans: () =>
      write('forgetOrphans', () => {
        for (const key of [...held.intents.keys()]) if (!announced.has(key)) held.intents.delete(key)
      }),
    identity: 'memory',
    generation: () => held.generation,
    rescued: 0,
    damaged,
    totals: () => ({
      responses: held.responses.length,
      bytes: held.responses.reduce((sum, { raw }) => sum + raw.length, 0),
      usd: held.responses.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
      unpriced: held.responses.filter(({ usd }) => usd === null).length,
    }),
    async close() {
      closed = true
    },
    responses: held.responses,
    intents: held.intents,
    reopen: (again = {}) => over(held, again),
    damage: (key) => void held.rotten.add(key),
  }
}
