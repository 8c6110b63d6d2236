/** What every simulated process finds in the store: durable contents, in one place, with nothing that is under way. */
import type { Claim, NewResponse } from '../../src/store/store.ts'
import type { Digest, Key, TraceId } from '../../src/util/brand.ts'
import type { SimProcess } from './process.ts'

export type Held = NewResponse & { readonly id: TraceId }

/** What the disk below the store refuses just now. */
export type DiskState = 'sound' | 'full' | 'readonly'

export class SimDisk {
  readonly byKey = new Map<Key, Held>()
  readonly byId = new Map<TraceId, Held>()
  readonly #byRequest = new Map<Digest, Held[]>()
  readonly #byCell = new Map<string, Held[]>()
  /** Answers to a key that had one. */
  readonly spares: NewResponse[] = []
  /** What could not be stored, saved in another place: stored when the store is next opened. */
  readonly rescue: NewResponse[] = []
  readonly claims = new Map<Key, { readonly claim: Claim; readonly owner: SimProcess }>()
  readonly epochs = new Map<string, number>()
  readonly rotten = new Set<TraceId>()
  state: DiskState = 'sound'
  /** Numbers of commits that fail with an error of the disk. */
  readonly badCommits = new Set<number>()
  commits = 0
  generation = 1
  #next = 1
  onKept: (kept: Held) => void = () => {}
  onSpare: (spare: NewResponse) => void = () => {}
  onLost: (lost: Held) => void = () => {}

  keep(response: NewResponse): Held {
    const kept: Held = { ...response, raw: Uint8Array.from(response.raw), id: this.#next++ as TraceId }
    this.byKey.set(kept.key, kept)
    this.byId.set(kept.id, kept)
    add(this.#byRequest, kept.request, kept)
    add(this.#byCell, cellStep(kept.cell, kept.sample, kept.step), kept)
    this.onKept(kept)
    return kept
  }

  keepBeside(response: NewResponse): void {
    this.spares.push(response)
    this.onSpare(response)
  }

  setAside(held: Held): void {
    this.rotten.delete(held.id)
    this.byKey.delete(held.key)
    this.byId.delete(held.id)
    remove(this.#byRequest, held.request, held)
    remove(this.#byCell, cellStep(held.cell, held.sample, held.step), held)
    this.generation++
    this.onLost(held)
  }

  ofRequest(request: Digest): readonly Held[] {
    return this.#byRequest.get(request) ?? []
  }

  lastOf(cell: string, sample: number, step: string): Held | undefined {
    return this.#byCell.get(cellStep(cell, sample, step))?.at(-1)
  }
}

function cellStep(cell: string, sample: number, step: string): string {
  return `${cell}#${sample}#${step}`
}

function add<Name>(index: Map<Name, Held[]>, name: Name, held: Held): void {
  const list = index.get(name)
  if (list) list.push(held)
  else index.set(name, [held])
}

function remove<Name>(index: Map<Name, Held[]>, name: Name, held: Held): void {
  const list = index.get(name)
  list?.splice(list.indexOf(held), 1)
}
