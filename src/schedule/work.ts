/** One build's view of its items: the plan, what is kept, and what has become of each. */
import type { Json } from '../../schema/json.ts'
import type { Dataset } from '../config/dataset.ts'
import type { Identified } from '../key/key.ts'
import { cellLabel } from '../plan/cells.ts'
import { contextOf } from '../plan/context.ts'
import { type Ordinals, ordinalsOf } from '../plan/ordinals.ts'
import { type Item, itemAt, type Plan } from '../plan/plan.ts'
import { type Answers, type Resolution, type Rung, resolve } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import type { Key } from '../util/brand.ts'
import { StoredAnswers } from './answers.ts'
import { Board } from './board.ts'

export class Work {
  readonly plan: Plan
  readonly dataset: Dataset
  readonly store: Store
  readonly board: Board
  readonly ordinals: Ordinals
  readonly #answers: StoredAnswers

  /** Renders every item's first request: a text of the config that cannot be filled in throws here, before any call. */
  constructor(plan: Plan, store: Store, ordinals?: Ordinals) {
    this.plan = plan
    this.dataset = plan.dataset
    this.store = store
    this.board = new Board(plan.items)
    this.ordinals = ordinals ?? ordinalsOf(plan, store)
    this.#answers = new StoredAnswers(store)
  }

  /** The same items with an empty board, for a look ahead. */
  again(): Work {
    return new Work(this.plan, this.store, this.ordinals)
  }

  item(index: number): Item {
    return itemAt(this.plan, index)
  }

  label(item: Item): string {
    return cellLabel(this.plan.dimensions, item.row, item.sample)
  }

  rung(item: Item): Rung {
    const values: Record<string, Json> = Object.create(null)
    return {
      context: contextOf(this.plan.dimensions, item.row, item.sample, values),
      values,
      ordinal: this.ordinals.of[item.index] as number,
      epoch: (request, ordinal) => this.store.epoch(request, ordinal),
    }
  }

  resolve(item: Item): Resolution {
    return resolve(this.dataset.recipe, this.rung(item), this.#answers)
  }

  /** The requests of an item's steps as far as they are known, each with the newest answer kept for it. */
  trail(item: Item): Trail[] {
    const seen: Trail[] = []
    const recorder: Answers = {
      find: (key, step, identified) => {
        const answer = this.#answers.find(key, step)
        const raw = answer.kind === 'missing' ? undefined : this.store.get(key)?.raw
        const last = seen.at(-1)
        const trail = { step: step.name, key, identified, ...(raw ? { raw } : {}) }
        if (last?.step !== step.name) seen.push(trail)
        else if (raw) seen[seen.length - 1] = trail
        return answer
      },
    }
    resolve(this.dataset.recipe, this.rung(item), recorder)
    return seen
  }
}

/** One step of an item: what is asked and what was answered. */
export interface Trail {
  readonly step: string
  readonly key: Key
  readonly identified: Identified
  readonly raw?: Uint8Array
}
