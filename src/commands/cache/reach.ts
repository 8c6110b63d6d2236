/** What a build would look at: every kept answer behind the items of a config, whether it makes a row or was rejected. */
import { judgesOf } from '../../check/judged.ts'
import type { AskSpec, Loaded, RunSpec } from '../../config/dataset.ts'
import { cellName } from '../../plan/cells.ts'
import { isAnsweredAlone } from '../../plan/draws.ts'
import { itemsOf } from '../../plan/plan.ts'
import { type Answer, type Answers, resolve } from '../../plan/resolve.ts'
import { readResponse } from '../../schedule/answers.ts'
import { controlsOf, lookAt } from '../../schedule/controls.ts'
import { layOut } from '../../schedule/layout.ts'
import type { Work } from '../../schedule/work.ts'
import type { Hold } from '../../store/care/holds.ts'
import { Ids } from '../../store/care/ids.ts'
import type { Store } from '../../store/store.ts'
import type { Digest, Key } from '../../util/brand.ts'
import { blamingConfig } from '../config-problem.ts'

export interface Reached {
  readonly answers: Ids
  readonly holds: readonly Hold[]
}

/** The store must not change meanwhile. Throws what is wrong with the config's texts. */
export function reach(loaded: Loaded, store: Store, onItem: (done: number, all: number) => void): Reached {
  // Not by what the last build remembers: whatever is overlooked here is lost.
  const seen = new Seen(store)
  // What batches that wait for others come to is decided by what the store holds, decisions among it: all that is read for it stays.
  const work = blamingConfig(loaded, () => layOut(loaded.dataset, watched(store, seen.answers), { outline: undefined, columns: undefined }))
  const holds: Hold[] = []
  const grouped = new Set(work.ordinals.equal.flat())
  const displaced = new Set(store.displaced().map(({ request }) => request))
  blamingConfig(loaded, () => {
    for (const batch of work.plan.batches) {
      for (const item of itemsOf(batch)) {
        seen.first = undefined
        resolve(work.dataset.recipe, work.rung(item), seen)
        const request = seen.first as Digest | undefined
        if (request !== undefined && (grouped.has(item.index) || displaced.has(request))) holds.push(holdOf(work, item, request))
        onItem(item.index + 1, work.plan.items)
      }
    }
  })
  blamingConfig(loaded, () => reachControls(work, seen))
  return { answers: seen.answers, holds }
}

/** Those in use: what is kept of them is a decision, which was read when they were looked up. */
function reachControls(work: Work, seen: Seen): void {
  for (const check of judgesOf(work.dataset.checks)) for (const control of controlsOf(work, check)) lookAt(work, check, control, seen)
}

/** A store that remembers which of its answers were read. */
function watched(store: Store, answers: Ids): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (name === 'get')
        return (key: Key) => {
          const kept = target.get(key)
          if (kept) answers.add(kept.id)
          return kept
        }
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function holdOf(work: Work, item: ReturnType<Work['item']>, request: Digest): Hold {
  const ordinal = work.ordinals.of[item.index] as number
  return { request, ordinal, cell: cellName(work.plan.dimensions, item.row), sample: item.sample }
}

/** Kept answers by key, remembering which were looked at: also one that a stricter parser no longer takes for an answer. */
class Seen implements Answers {
  readonly answers = new Ids()
  /** The request of the first step that is answered for the item alone. */
  first: Digest | undefined
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  find(key: Key, step: AskSpec | RunSpec, { digest }: { readonly digest: Digest }): Answer {
    if (isAnsweredAlone(step)) this.first ??= digest
    const kept = this.#store.get(key, digest)
    if (!kept) return { kind: 'missing' }
    this.answers.add(kept.id)
    const reading = readResponse(step, kept.raw)
    return reading ? { ...reading, kept } : { kind: 'missing' }
  }
}
