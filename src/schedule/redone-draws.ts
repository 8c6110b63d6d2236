/** `redo`: which draws to ask for anew because a person wants other answers; what was paid for stays. */

import { stepOrdinal } from '../plan/draws.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import type { Store } from '../store/store.ts'
import type { Digest } from '../util/brand.ts'
import { lookingAtAll } from './recall.ts'
import type { Scope } from './scope.ts'
import { type Trail, Work } from './work.ts'

/** A draw of a request whose answers so far shall count no more. */
export interface Redraw {
  readonly request: Digest
  readonly ordinal: number
}

/**
 * The answered draws behind the items within the scope, from the named step on; left out, from the first. A step that has
 * no answer yet will be asked anyway, and one behind a changed answer has another request.
 */
export function redoneDraws(work: Work, scope: Scope, from?: string): Redraw[] {
  const names = work.dataset.recipe.steps.map(({ name }) => name)
  const first = from === undefined ? 0 : names.indexOf(from)
  const draws = new Map<string, Redraw>()
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      // Nothing is asked for what a person has written.
      if (!scope.item(item) || work.pins.has(item.index)) continue
      for (const { step, identified, raw } of work.trail(item)) {
        if (raw === undefined || names.indexOf(step) < first) continue
        const draw = { request: identified.digest, ordinal: ordinalOf(work, item.index, step) }
        draws.set(drawName(draw.request, draw.ordinal), draw)
      }
    }
  }
  return [...draws.values()]
}

/** How often a step of an item was asked for anew on purpose. */
export function timesRedone(work: Work, { index }: Item, { step, identified }: Trail): number {
  return work.store.epoch(identified.digest, ordinalOf(work, index, step))
}

function ordinalOf({ dataset, ordinals }: Work, index: number, step: string): number {
  const spec = dataset.recipe.steps.find(({ name }) => name === step)
  return spec ? stepOrdinal(spec, ordinals.of[index] as number) : 0
}

/** The work as it will be once these draws are asked for anew: what there is to agree to. */
export function asIfRedone(work: Work, draws: readonly Redraw[]): Work {
  if (draws.length === 0) return work.again()
  const raised = new Set(draws.map(({ request, ordinal }) => drawName(request, ordinal)))
  const epoch: Store['epoch'] = (request, ordinal) => work.store.epoch(request, ordinal) + (raised.has(drawName(request, ordinal)) ? 1 : 0)
  return new Work(work.plan, withEpochs(work.store, epoch), lookingAtAll(work.plan, work.recall), undefined, work)
}

/** A store that differs in which answers count. */
export function withEpochs(store: Store, epoch: Store['epoch']): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'epoch') return epoch
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function drawName(request: Digest, ordinal: number): string {
  return `${ordinal}\n${request}`
}
