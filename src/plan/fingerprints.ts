/** Fingerprints: 64 bits of the digest of each item's first asked request, in columns; enough to tell a million apart. */
import type { AskSpec, RecipeSpec } from '../config/dataset.ts'
import { isConfigProblem } from '../config/guard.ts'
import { type Identified, identify } from '../key/key.ts'
import type { Digest } from '../util/brand.ts'
import { contextOf } from './context.ts'
import { type Item, itemAt, type Plan } from './plan.ts'
import { askRequest } from './render.ts'
import { RequestDigests } from './request-digests.ts'

/** By item; 0 and 0 where there is no first request to tell. */
export interface Fingerprints {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/** The recipe's first step that needs an answer, if a model gives it; later steps inherit its ordinal. */
export function firstAsk(recipe: RecipeSpec): AskSpec | undefined {
  const first = recipe.steps.find((step) => step.kind !== 'derive')
  return first?.kind === 'ask' ? first : undefined
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
  const step = firstAsk(plan.dataset.recipe)
  if (!step) return digests
  for (const [at, index] of items.entries()) {
    const digest = firstRequest(plan, itemAt(plan, index), step)?.digest
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
 * Derived values before the first asked step are computed here; they see no answers. Undefined for an item that
 * cannot be asked for: it will be rejected when it is resolved.
 */
export function firstRequest(plan: Plan, item: Item, step: AskSpec): Identified | undefined {
  const values = Object.create(null)
  const context = contextOf(plan.dimensions, item.row, item.sample, values)
  for (const earlier of plan.dataset.recipe.steps) {
    if (earlier === step) break
    if (earlier.kind !== 'derive') continue
    try {
      values[earlier.name] = earlier.derive(context)
    } catch (error) {
      if (isConfigProblem(error)) throw error
      return undefined
    }
  }
  // Without earlier values, whatever goes wrong is the config's fault and is said at once.
  const depends = plan.dataset.recipe.steps[0] !== step
  try {
    return identify(askRequest(step, context))
  } catch (error) {
    if (!depends || isConfigProblem(error)) throw error
    return undefined
  }
}
