/** What an item may still ask once a missing answer is there: what certainly does not come, or is kept already, is left out. */
import type { AskSpec, RecipeSpec } from '../config/dataset.ts'
import { isConfigProblem } from '../config/guard.ts'
import type { Key } from '../util/brand.ts'
import { contextOf } from './context.ts'
import { isAnsweredAlone } from './draws.ts'
import type { Item, Plan } from './plan.ts'
import { type Answers, climb, isWanted, type Rung, type Wanted } from './resolve.ts'
import { OpenValues } from './unanswered.ts'

export interface FollowUp {
  readonly step: AskSpec
  /** Where its request does not depend on what is still missing. */
  readonly key?: Key
}

/** `known`: a rung that was climbed up to what is wanted. */
export function followUps(plan: Plan, item: Item, wanted: Wanted, known: Rung, answers: Answers): FollowUp[] {
  const { recipe } = plan.dataset
  const open = new OpenValues(Object.assign(Object.create(null), known.values))
  const { values } = open
  const { requests: _, ...common } = known
  const rung: Rung = { ...common, values, context: contextOf(plan.dimensions, item.row, item.sample, values, item.batch.lessons) }
  const found: FollowUp[] = []
  open.leaveOpen(wanted.step.name)
  let isFirst = wanted.isFirst && !isAnsweredAlone(wanted.step)
  for (const [at, step] of recipe.steps.entries()) {
    if (at <= wanted.at) continue
    const comes = computed(open, () => isWanted(step, rung.context))
    if (comes?.value === false) {
      open.set(step.name, null)
      continue
    }
    if (step.kind === 'derive') {
      const made = comes && computed(open, () => step.derive(rung.context))
      if (made) open.set(step.name, made.value)
      else open.leaveOpen(step.name)
      continue
    }
    const met = computed(open, () => climb(recipe, rung, answers, { step, at, isFirst, returns: wanted.returns }, []))
    if (met?.value?.kind === 'rejected') return found
    const isKept = met !== undefined && met.value === undefined
    if (!isKept && step.kind === 'ask') found.push({ step, ...(met?.value?.kind === 'wanted' ? { key: met.value.key } : {}) })
    // A kept answer counts only if its step comes.
    if (!isKept || !comes) open.leaveOpen(step.name)
    if (isAnsweredAlone(step)) isFirst = false
  }
  return found
}

/** Undefined where it cannot be told yet, or goes wrong: then it shows when the item gets there. */
function computed<T>(open: OpenValues, make: () => T): { readonly value: T } | undefined {
  try {
    return open.compute(make)
  } catch (error) {
    if (isConfigProblem(error)) throw error
    return undefined
  }
}

/** Whether it takes a look at the item to tell what may follow: without conditions and shared questions, all later steps do. */
export function mayVary({ steps }: RecipeSpec): boolean {
  return steps.some((step) => step.when !== undefined || (step.kind === 'ask' && step.shared === true))
}
