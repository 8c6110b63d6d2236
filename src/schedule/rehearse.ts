/** A dry walk through the recipe before anything is asked: later steps' texts are filled in with stand-ins. */
import type { Json } from '../../schema/json.ts'
import { ChangingText, isConfigProblem, TextProblem, UnknownName } from '../config/guard.ts'
import { canonicalText, NotCanonical } from '../key/canonical.ts'
import { identify } from '../key/key.ts'
import { contextOf } from '../plan/context.ts'
import { itemAt, type Plan } from '../plan/plan.ts'
import { askRequest, runRequest } from '../plan/render.ts'
import { isWanted } from '../plan/resolve.ts'

// Enough items to meet a random number or a clock in a prompt; few enough to cost nothing.
const REHEARSED_ITEMS = 8

/**
 * Throws `UnknownName` for a misspelled name in any step, and `TextProblem` for a first prompt that is not the
 * same when it is made twice. Whatever else goes wrong with stand-ins says nothing about the real values.
 */
export function rehearse(plan: Plan): void {
  const { dataset } = plan
  const stride = Math.max(1, Math.floor(plan.items / REHEARSED_ITEMS))
  for (let index = 0; index < plan.items; index += stride) {
    const item = itemAt(plan, index)
    const values: Record<string, Json> = Object.create(null)
    const context = contextOf(plan.dimensions, item.row, item.sample, values, item.batch.lessons)
    let real = true
    for (const step of dataset.recipe.steps) {
      try {
        // What depends on a stand-in says nothing about which steps come: then all are rehearsed.
        const isWantedNow = isWanted(step, context)
        if (isWanted(step, context) !== isWantedNow) throw new ChangingText(step.name)
        if (real && !isWantedNow) {
          values[step.name] = null
          continue
        }
        if (step.kind === 'derive') {
          values[step.name] = step.derive(context)
          if (canonicalText(step.derive(context)) !== canonicalText(values[step.name])) throw new ChangingText(step.name)
        } else {
          const make = () => identify(step.kind === 'ask' ? askRequest(step, context) : runRequest(step, context)).digest
          const once = make()
          if (make() !== once) throw new ChangingText(step.name)
          real = false
          values[step.name] = step.kind === 'ask' && !step.schema ? 'stand-in' : {}
        }
      } catch (error) {
        if (isMisspelled(error) || error instanceof ChangingText) throw error
        if (real && (isConfigProblem(error) || error instanceof NotCanonical)) throw error
        values[step.name] = 'stand-in'
      }
    }
    try {
      dataset.recipe.example(context)
    } catch (error) {
      if (isMisspelled(error)) throw error
    }
  }
}

/** A wrong name is wrong whatever the values are. */
function isMisspelled(error: unknown): boolean {
  return error instanceof UnknownName || (error instanceof TextProblem && error.diagnostic?.code.startsWith('config/unknown-') === true)
}
