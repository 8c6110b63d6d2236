/** What counted before answers were asked for anew: a store seen as of one of its own earlier answers. */
import { keyOf } from '../key/key.ts'
import type { Store } from '../store/store.ts'
import { withEpochs } from './redone-draws.ts'

export class EarlierEpochs {
  /** Of each draw, the newest epoch counts that had an answer by then. */
  readonly store: Store
  readonly #ids = new Set<number>()

  /** Left out, `before` is now: then only epochs that were never answered do not count. */
  constructor(store: Store, before = Number.POSITIVE_INFINITY) {
    this.store = withEpochs(store, (request, ordinal) => {
      let counting = 0
      for (let epoch = store.epoch(request, ordinal); epoch > 0; epoch--) {
        const id = store.get(keyOf(request, { ordinal, attempt: 0, epoch }), request)?.id
        if (id === undefined) continue
        this.#ids.add(id)
        if (id < before) counting = Math.max(counting, epoch)
      }
      return counting
    })
  }

  /** Moments at which something else counted, newest first; known after a survey. */
  get moments(): number[] {
    return [...this.#ids].sort((a, b) => b - a)
  }
}
