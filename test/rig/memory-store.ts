/** A store that forgets: the peer of the SQLite one for laws and simulations, with the same answers and failures on demand. */
import { StoreFailure, storeFailure, withFate } from '../../src/store/failure.ts'
import { noJobs } from '../../src/store/job-book.ts'
import { storable } from '../../src/store/record.ts'
import type { Claim, Claimed, KeyedTrace, NewResponse, Put, Store } from '../../src/store/store.ts'
import type { Digest, Key, TraceId } from '../../src/util/brand.ts'

export type WriteName = 'claim' | 'settle' | 'put' | 'raiseEpoch' | 'forgetOrphans'

export interface MemoryStoreOptions {
  /** Asked before each write, counted from 1: an error, thrown once the caller waits, or undefined to let it pass. */
  readonly fail?: (write: WriteName, n: number) => Error | undefined
  /** Resolves when a write counts as durable; left out, at once. */
  readonly durable?: () => Promise<void>
  /** Whether a response that cannot be stored is kept elsewhere for the next process; left out, yes. */
  readonly rescues?: boolean
}

type Held = NewResponse & { readonly id: TraceId }

export interface MemoryStore extends Store {
  /** What is held, oldest first. */
  readonly responses: readonly Held[]
  /** Second responses to a key. */
  readonly spares: readonly Held[]
  readonly intents: ReadonlyMap<Key, Claim>
  /** The same contents as another process would find them after this one was killed. */
  reopen(options?: MemoryStoreOptions): MemoryStore
  /** The same contents for another process that lives at the same time. */
  beside(options?: MemoryStoreOptions): MemoryStore
  /** As if a byte of a held value had changed: found wrong when it is next read. */
  damage(key: Key): void
}

/** A failure such as a full disk gives. */
export const diskFull = () => storeFailure('full', 'memory', 'planted by the test')

interface Owner {
  alive: boolean
}

interface Contents {
  readonly responses: Held[]
  readonly byKey: Map<Key, Held>
  readonly spares: Held[]
  readonly claims: Map<Key, Claim & { readonly owner: Owner }>
  readonly rescue: NewResponse[]
  readonly epochs: Map<string, number>
  readonly rotten: Set<Key>
  next: number
  generation: number
}

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return over(
    {
      responses: [],
      byKey: new Map(),
      spares: [],
      claims: new Map(),
      rescue: [],
      epochs: new Map(),
      rotten: new Set(),
      next: 1,
      generation: 1,
    },
    options,
  )
}

/** One purchase, put twice, was paid for once. */
const FACTS = ['run', 'attempt', 'inputTokens', 'outputTokens', 'usd', 'ms'] as const
const isSame = (a: NewResponse, b: NewResponse) =>
  FACTS.every((fact) => a[fact] === b[fact]) && storable(a.model) === storable(b.model) && Buffer.compare(a.raw, b.raw) === 0

function over(held: Contents, options: MemoryStoreOptions): MemoryStore {
  const owner: Owner = { alive: true }
  const damaged: { key: Key; why: string }[] = []
  let writes = 0
  let closed = false
  let claimsStopped: StoreFailure | undefined

  async function write<Result>(name: WriteName, action: () => Result): Promise<Result> {
    if (closed) throw storeFailure('closed', 'memory')
    const error = options.fail?.(name, ++writes)
    await options.durable?.()
    if (error) throw error
    return action()
  }

  function sound(response: Held | undefined): KeyedTrace | undefined {
    if (!response) return undefined
    if (held.rotten.has(response.key)) {
      held.rotten.delete(response.key)
      damaged.push({ key: response.key, why: 'its checksum does not match' })
      held.byKey.delete(response.key)
      held.responses.splice(held.responses.indexOf(response), 1)
      held.generation++
      return undefined
    }
    const { id, key, raw, model, inputTokens, outputTokens, usd } = response
    return { id, key, raw, model, inputTokens, outputTokens, usd }
  }

  function settle(key: Key): void {
    const claim = held.claims.get(key)
    if (claim && (claim.owner === owner || !claim.owner.alive)) held.claims.delete(key)
  }

  function keep(response: NewResponse): Put {
    settle(response.key)
    const first = held.byKey.get(response.key)
    const isHeld = first !== undefined && sound(first) !== undefined
    if (isHeld && [first, ...held.spares].some((kept) => kept.key === response.key && isSame(kept, response)))
      return { id: first.id, first: false }
    const kept = { ...response, model: storable(response.model), raw: Uint8Array.from(response.raw), id: held.next++ as TraceId }
    if (isHeld) held.spares.push(kept)
    else {
      held.responses.push(kept)
      held.byKey.set(response.key, kept)
    }
    return isHeld ? { id: first.id, first: false } : { id: kept.id, first: true }
  }

  async function put(response: NewResponse): Promise<Put> {
    try {
      return await write('put', () => keep(response))
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.kind === 'bug' || error.kind === 'closed') throw error
      if (error.kind !== 'busy') claimsStopped ??= error
      if (options.rescues !== false) held.rescue.push(response)
      throw withFate(error, options.rescues !== false)
    }
  }

  async function claim(wanted: Claim): Promise<Claimed> {
    if (claimsStopped) throw claimsStopped
    return write('claim', () => {
      if (sound(held.byKey.get(wanted.key))) return 'answered'
      const other = held.claims.get(wanted.key)?.owner
      if (other && other !== owner && other.alive) return 'held'
      held.claims.set(wanted.key, { ...wanted, owner })
      return 'ours'
    })
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
  const orphans = () => [...held.claims.values()].filter((claim) => !claim.owner.alive)

  const before = held.responses.length + held.spares.length
  for (const response of held.rescue.splice(0)) keep(response)
  const rescued = held.responses.length + held.spares.length - before

  return {
    get: (key) => sound(held.byKey.get(key)),
    drawOf: (key) => held.byKey.get(key),
    isEmpty: () => held.responses.length === 0,
    mayHold: (keys) => new Set(keys.filter((key) => held.byKey.has(key))),
    readAll: (ids) => Array.from(ids, (id) => sound(held.responses.find((kept) => kept.id === id))),
    claim,
    settle: (key) => write('settle', () => settle(key)),
    put,
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
    recent: (step, most) =>
      held.responses
        .filter((response) => response.step === step)
        .slice(-most)
        .reverse()
        .map(({ raw }) => raw),
    orphans: () =>
      orphans()
        .map(({ key, run, reservedUsd }) => ({ key, run, reservedUsd }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    forgetOrphans: () =>
      write('forgetOrphans', () => {
        for (const { key } of orphans()) held.claims.delete(key)
      }),
    jobs: noJobs(() => Promise.reject(new Error('a store that forgets keeps no jobs'))),
    identity: 'memory',
    generation: () => held.generation,
    rescued,
    damaged,
    totals: () => ({
      responses: held.responses.length,
      bytes: held.responses.reduce((sum, { raw }) => sum + raw.length, 0),
      usd: [...held.responses, ...held.spares].reduce((sum, { usd }) => sum + (usd ?? 0), 0),
      unpriced: [...held.responses, ...held.spares].filter(({ usd }) => usd === null).length,
    }),
    async close() {
      closed = true
      owner.alive = false
    },
    responses: held.responses,
    spares: held.spares,
    intents: held.claims,
    reopen(again = {}) {
      owner.alive = false
      return over(held, again)
    },
    beside: (other = {}) => over(held, other),
    damage: (key) => void held.rotten.add(key),
  }
}
