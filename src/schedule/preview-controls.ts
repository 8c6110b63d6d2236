/** What judges will be asked about their controls, before it is asked. */
import { type JudgeSpec, judgesOf } from '../check/judged.ts'
import type { AskSpec } from '../config/dataset.ts'
import { itemsOf } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { chooseControls, toBeMade } from './control-choice.ts'
import { wantedIn } from './control-desk.ts'
import { stepsOf } from './controls.ts'
import type { Scope } from './scope.ts'
import type { Work } from './work.ts'

export interface ControlCalls {
  readonly step: AskSpec
  readonly known: readonly Wanted[]
  /** So many more at most, once it is known which rows are spoiled. */
  readonly open: number
}

/** After a survey with its barriers. `goesOn`: rows are still to come. Nothing where only some cells are built. */
export function previewControls(work: Work, scope: Scope, goesOn: boolean): ControlCalls[] {
  const judges = judgesOf(work.dataset.checks).filter(({ rule }) => rule.controls !== undefined)
  if (judges.length === 0 || !isWhole(work, scope)) return []
  return judges.flatMap((check) => callsOf(work, check, goesOn))
}

function callsOf(work: Work, check: JudgeSpec, goesOn: boolean): ControlCalls[] {
  const { controls } = chooseControls(work, check, work.plan.batches)
  const known = wantedIn(work, check, controls).map(({ wanted }) => wanted)
  const open = goesOn ? toBeMade(work, check, controls) : 0
  return stepsOf(work.dataset, check).map((step) => ({ step, known: known.filter((wanted) => wanted.step.name === step.name), open }))
}

function isWhole({ plan }: Work, scope: Scope): boolean {
  return plan.batches.every((batch) => {
    for (const item of itemsOf(batch)) if (!scope.item(item)) return false
    return true
  })
}
