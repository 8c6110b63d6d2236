/** `--retry`: which draws to ask for anew so that rejected cells get another chance; what was paid for stays. */
import type { StepSpec } from '../config/dataset.ts'
import { isOwn, stepOrdinal } from '../plan/draws.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import { STATE } from './board.ts'
import type { Redraw } from './redone-draws.ts'
import type { Scope } from './scope.ts'
import { surveyAll } from './survey.ts'
import type { Work } from './work.ts'

/** One draw for each rejected item within the scope: that of the step which can make a difference. */
export function rejectedDraws(work: Work, scope: Scope): Redraw[] {
  const scout = work.again()
  surveyAll(scout)
  const draws = new Map<string, Redraw>()
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (scout.board.state[item.index] !== STATE.rejected || !scope.item(item) || work.pins.has(item.index)) continue
      const trail = work.trail(item)
      const step = stepToAsk(scout, item, new Set(trail.map(({ step }) => step)))
      const seen = step && trail.find((one) => one.step === step.name)
      if (!seen) continue
      const draw = { request: seen.identified.digest, ordinal: stepOrdinal(step, work.ordinals.of[item.index] as number) }
      draws.set(`${draw.request}#${draw.ordinal}`, draw)
    }
  }
  return [...draws.values()]
}

/** The step whose answer was turned down, or the last one asked before what failed on it. */
function stepToAsk(work: Work, item: Item, met: ReadonlySet<string>): StepSpec | undefined {
  const { steps } = work.dataset.recipe
  const asked = steps.filter(({ name }) => met.has(name))
  const resolution = work.resolve(item)
  if (resolution.kind === 'rejected' && resolution.step !== undefined) {
    const at = steps.findIndex((step) => step.name === resolution.step)
    return asked.findLast((step) => steps.indexOf(step) <= at)
  }
  const rule = work.dataset.checks.find(({ id }) => id === work.board.problem(item.index)?.code)?.rule
  return rule && 'of' in rule && rule.of === 'user' ? (asked.find(isOwn) ?? asked[0]) : asked.at(-1)
}
