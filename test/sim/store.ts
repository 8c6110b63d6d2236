/** The store of one simulated process: group commits after seeded waits, claims against others, faults of the disk below. */
import { storeFailure } from '../../src/store/failure.ts'
import { noJobs } from '../../src/store/job-book.ts'
import { storable } from '../../src/store/rows.ts'
import type { Claim, Claimed, KeyedTrace, NewResponse, Put, Store, Trace } from '../../src/store/store.ts'
import type { Digest, Key, TraceId } from '../../src/util/brand.ts'
import type { Timers } from '../rig/virtual-clock.ts'
import type { Held, SimDisk } from './disk.ts'
import type { SimProcess } from './process.ts'

export interface SimStoreOptions {
  readonly disk: SimDisk
  readonly process: SimProcess
  readonly time: Timers
  /** Milliseconds until a group is committed. */
  readonly groupMs: () => number
  /** Hears of every claim that is wanted. */
  readonly onClaim?: (key: Key) => void
  /** Whether an answer that cannot be stored is saved elsewhere. */
  readonly rescues?: boolean
}

type Write = { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void } & (
  | { readonly write: 'claim'; readonly claim: Claim }
  | { readonly write: 'settle' | 'orphan'; readonly key: Key }
  | { readonly write: 'put'; readonly response: NewResponse }
  | { readonly write: 'raise-epoch'; readonly request: Digest; readonly ordinal: number }
)

type Body<W> = W extends unknown ? Omit<W, 'resolve' | 'reject'> : never

export class SimStore implements Store {
  readonly #options: SimStoreOptions
  readonly damaged: { readonly key: Key; readonly why: string }[] = []
  readonly jobs = noJobs(() => Promise.reject(new Error('a simulated store keeps no jobs')))
  readonly identity = 'simulated'
  readonly rescued: number
  /** Answers that were taken and then refused: neither stored nor saved elsewhere. */
  readonly refused: NewResponse[] = []
  #waiting: Write[] = []
  #closed = false

  constructor(options: SimStoreOptions) {
    this.#options = options
    const { disk } = options
    this.rescued = disk.state === 'sound' ? disk.rescue.length : 0
    if (this.rescued > 0) for (const response of disk.rescue.splice(0)) this.#put(response)
  }

  get(key: Key): Trace | undefined {
    this.#options.process.demandLife()
    return this.#sound(this.#options.disk.byKey.get(key))
  }

  drawOf(key: Key): NewResponse | undefined {
    this.#options.process.demandLife()
    return this.#options.disk.byKey.get(key)
  }

  isEmpty(): boolean {
    this.#options.process.demandLife()
    return this.#options.disk.byKey.size === 0
  }

  mayHold(keys: readonly Key[]): ReadonlySet<Key> {
    this.#options.process.demandLife()
    return new Set(keys.filter((key) => this.#options.disk.byKey.has(key)))
  }

  readAll(ids: Uint32Array): (KeyedTrace | undefined)[] {
    this.#options.process.demandLife()
    return Array.from(ids, (id) => this.#sound(this.#options.disk.byId.get(id as TraceId)))
  }

  claim(claim: Claim): Promise<Claimed> {
    this.#options.onClaim?.(claim.key)
    return this.#write({ write: 'claim', claim })
  }

  settle(key: Key): Promise<void> {
    return this.#write({ write: 'settle', key })
  }

  put(response: NewResponse): Promise<Put> {
    return this.#write({ write: 'put', response: { ...response, model: storable(response.model), raw: Uint8Array.from(response.raw) } })
  }

  draws(request: Digest) {
    return distinct(this.#options.disk.ofRequest(request)).map(({ ordinal, cell, sample }) => ({ ordinal, cell, sample }))
  }

  displaced() {
    const displaced = [...this.#options.disk.byId.values()].filter(({ ordinal, sample }) => ordinal !== sample)
    return distinct(displaced).map(({ request, ordinal, cell, sample }) => ({ request, ordinal, cell, sample }))
  }

  lastRequest(cell: string, sample: number, step: string) {
    const last = this.#options.disk.lastOf(cell, sample, step)
    return last && { request: last.request, text: last.requestText, run: last.run }
  }

  epoch(request: Digest, ordinal: number): number {
    return this.#options.disk.epochs.get(`${ordinal}#${request}`) ?? 0
  }

  raiseEpoch(request: Digest, ordinal: number): Promise<void> {
    return this.#write({ write: 'raise-epoch', request, ordinal })
  }

  typicalTokens(step: string) {
    const sum = { responses: 0, input: 0, output: 0 }
    for (const held of this.#options.disk.byId.values()) {
      if (held.step !== step) continue
      sum.responses++
      sum.input += held.inputTokens
      sum.output += held.outputTokens
    }
    return sum.responses > 0 ? { input: sum.input / sum.responses, output: sum.output / sum.responses } : undefined
  }

  recent(step: string, most: number) {
    return [...this.#options.disk.byId.values()]
      .filter((held) => held.step === step)
      .slice(-most)
      .reverse()
      .map(({ raw }) => raw)
  }

  orphans() {
    return [...this.#options.disk.claims.values()]
      .filter(({ owner }) => !owner.alive)
      .map(({ claim: { key, run, reservedUsd } }) => ({ key, run, reservedUsd }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async forgetOrphans(): Promise<void> {
    await Promise.all(this.orphans().map(({ key }) => this.#write({ write: 'orphan', key })))
  }

  generation(): number {
    return this.#options.disk.generation
  }

  totals() {
    const { byId, spares } = this.#options.disk
    const kept = [...byId.values()]
    const paid = [...kept, ...spares]
    return {
      responses: kept.length,
      bytes: kept.reduce((sum, { raw }) => sum + raw.length, 0),
      usd: paid.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
      unpriced: paid.filter(({ usd }) => usd === null).length,
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#commit()
    this.#closed = true
    // What it had claimed is nobody's now.
    this.#options.process.end()
  }

  #write<Result>(body: Body<Write>): Promise<Result> {
    const { process, time, groupMs } = this.#options
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(storeFailure('closed', 'simulated'))
      process.demandLife()
      process.step()
      if (!process.alive) return
      if (this.#waiting.push({ ...body, resolve, reject } as Write) === 1)
        time.after(groupMs(), () => process.wake(time, () => this.#commit()))
    })
  }

  /** All of a group is durable or none of it; who waits hears of it only afterwards. */
  #commit(): void {
    const group = this.#waiting
    const { process } = this.#options
    if (group.length === 0 || !process.alive) return
    this.#waiting = []
    try {
      process.pass('before-commit')
      const failure = this.#fault()
      const answers = failure ? [] : group.map((write) => this.#apply(write))
      if (failure) for (const write of group) if (write.write === 'put') this.#refuse(write.response)
      process.pass('after-commit')
      group.forEach(({ resolve, reject }, i) => {
        process.step()
        if (!process.alive) return
        if (failure) reject(failure)
        else resolve(answers[i] as never)
      })
    } catch {
      // It died here: the group is durable or not, and nobody is told.
    }
  }

  #fault(): Error | undefined {
    const { disk } = this.#options
    if (disk.state !== 'sound') return storeFailure(disk.state, 'simulated', 'planted by the simulation')
    return disk.badCommits.has(++disk.commits) ? storeFailure('io', 'simulated', 'planted by the simulation') : undefined
  }

  #refuse(response: NewResponse): void {
    if (this.#options.rescues) this.#options.disk.rescue.push(response)
    else this.refused.push(response)
  }

  #apply(write: Write): unknown {
    const { disk } = this.#options
    switch (write.write) {
      case 'claim':
        return this.#claim(write.claim)
      case 'settle':
        if (disk.claims.get(write.key)?.owner === this.#options.process) disk.claims.delete(write.key)
        return undefined
      case 'orphan':
        if (disk.claims.get(write.key)?.owner.alive === false) disk.claims.delete(write.key)
        return undefined
      case 'put':
        return this.#put(write.response)
      case 'raise-epoch': {
        const name = `${write.ordinal}#${write.request}`
        disk.epochs.set(name, (disk.epochs.get(name) ?? 0) + 1)
        disk.generation++
        return undefined
      }
    }
  }

  #claim(claim: Claim): Claimed {
    const { disk, process, time } = this.#options
    if (this.#sound(disk.byKey.get(claim.key))) return 'answered'
    const other = disk.claims.get(claim.key)?.owner
    if (other && other !== process && other.isBelieved(time.now())) return 'held'
    disk.claims.set(claim.key, { claim, owner: process })
    return 'ours'
  }

  #put(response: NewResponse): Put {
    const { disk, process } = this.#options
    const owner = disk.claims.get(response.key)?.owner
    if (owner && (owner === process || !owner.alive)) disk.claims.delete(response.key)
    const first = disk.byKey.get(response.key)
    if (first && this.#sound(first)) {
      if (![first, ...disk.spares].some((kept) => isSame(kept, response))) disk.keepBeside(response)
      return { id: first.id, first: false }
    }
    return { id: disk.keep(response).id, first: true }
  }

  #sound(held: Held | undefined): KeyedTrace | undefined {
    if (!held) return undefined
    const { disk } = this.#options
    if (disk.rotten.has(held.id)) {
      this.damaged.push({ key: held.key, why: 'its checksum does not match' })
      disk.setAside(held)
      return undefined
    }
    const { id, key, raw, model, inputTokens, outputTokens, usd } = held
    return { id, key, raw, model, inputTokens, outputTokens, usd }
  }
}

/** One answer of one build, brought twice. */
function isSame(kept: NewResponse, other: NewResponse): boolean {
  return kept.key === other.key && kept.run === other.run && Buffer.compare(kept.raw, other.raw) === 0
}

/** Attempts and epochs of one draw are one draw; the oldest decides the order. */
function distinct(held: readonly Held[]): Held[] {
  const seen = new Map<string, Held>()
  for (const each of held) {
    const name = `${each.request}#${each.ordinal}#${each.cell}#${each.sample}`
    if (!seen.has(name)) seen.set(name, each)
  }
  return [...seen.values()].sort((a, b) => a.ordinal - b.ordinal)
}
