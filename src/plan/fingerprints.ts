/** Fingerprints: 64 bits of the digest of each item's first request of its own, in columns; enough to tell a million apart. */
import type { RecipeSpec } from '../config/dataset.ts'
import { isConfigProblem } from '../config/guard.ts'
import { type Identified, identify } from '../key/key.ts'
import type { Digest } from '../util/brand.ts'
import { contextOf } from './context.ts'
import { isAnsweredAlone, isOwn } from './draws.ts'
import { type Item, itemAt, type Plan } from './plan.ts'
import { askRequest } from './render.ts'
import { RequestDigests } from './request-digests.ts'
import { OpenValues } from './unanswered.ts'

/** By item; 0 and 0 where there is no first request to tell. */
export interface Fingerprints {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** Whether items have first requests to compare: of the steps that need an answer, shared ones aside, a model gives the first. */
export function hasFirstAsk({ steps }: RecipeSpec): boolean {
  const first = steps.find(isAnsweredAlone)
  return first !== undefined && isOwn(first)
}

/** Throws what the config's author must mend. */
export function fingerprintsOf(plan: Plan): Rendered {
  const fingerprints = { high: new Uint32Array(plan.items), low: new Uint32Array(plan.items) }
  const all = new Uint32Array(plan.items)
  for (let item = 0; item < all.length; item++) all[item] = item
  return { fingerprints, digests: renderFingerprints(plan, fingerprints, all) }
}

export interface Rendered {
  readonly fingerprints: Fingerprints
  readonly digests: RequestDigests
}

/** Renders the first request of these items, ascending, and notes it in the columns. */
export function renderFingerprints(plan: Plan, { high, low }: Fingerprints, items: Uint32Array): RequestDigests {
  const digests = new RequestDigests(items)
  if (!hasFirstAsk(plan.dataset.recipe)) return digests
  for (const [at, index] of items.entries()) {
    const digest = firstRequest(plan, itemAt(plan, index))?.digest
    high[index] = digest === undefined ? 0 : highWord(digest)
    low[index] = digest === undefined ? 0 : lowWord(digest)
    if (digest !== undefined) digests.set(at, digest)
  }
  return digests
}

export function highWord(digest: Digest): number {
  return Number.parseInt(digest.slice(0, 8), 16)
}

export function lowWord(digest: Digest): number {
  return Number.parseInt(digest.slice(8, 16), 16)
}

/**
 * Derived values before the first own request are computed here; they see no answers. Undefined for an item that has none, or
 * none that is known before something is answered, and for one that cannot be asked for: it will be rejected when it is resolved.
 */
export function firstRequest(plan: Plan, item: Item): Identified | undefined {
  const { steps } = plan.dataset.recipe
  const open = new OpenValues(Object.create(null))
  const context = contextOf(plan.dimensions, item.row, item.sample, open.values, item.batch.lessons)
  // Without earlier values, whatever goes wrong is the config's fault and is said at once.
  let depends = false
  const make = <T>(run: () => T): { readonly value: T } | undefined => {
    try {
      return open.compute(run)
    } catch (error) {
      if (!depends || isConfigProblem(error)) throw error
      return undefined
    }
  }
  for (const step of steps) {
    const { when } = step
    const wanted = when ? make(() => when(context)) : { value: true }
    if (!wanted) return undefined
    if (!wanted.value) open.set(step.name, null)
    else if (step.kind === 'run') return undefined
    else if (step.kind === 'derive') {
      depends = true
      const made = make(() => step.derive(context))
      if (!made) return undefined
      open.set(step.name, made.value)
    } else if (step.shared) open.leaveOpen(step.name)
    else return make(() => identify(askRequest(step, context)))?.value
    depends = true
  }
  return undefined
}
