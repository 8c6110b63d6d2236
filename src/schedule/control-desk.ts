/** Asks judges about their controls, as soon as there are some, and says when a judge turns out to tell nothing apart. */
import { type JudgeSpec, judgesOf } from '../check/judged.ts'
import { cellDigest } from '../key/key.ts'
import type { PlanBatch } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import type { CellId } from '../util/brand.ts'
import type { Clock } from '../util/clock.ts'
import { chooseControls } from './control-choice.ts'
import { type Control, failingJudges, lookAt } from './controls.ts'
import { keepDecision } from './decisions.ts'
import type { Halt } from './halt.ts'
import { drain } from './pool.ts'
import type { Purchases } from './purchase.ts'
import type { Scope } from './scope.ts'
import type { Work } from './work.ts'

export interface DeskContext {
  readonly purchases: Purchases
  readonly halt: Halt
  readonly clock: Clock
  readonly concurrency: number
  readonly run: string
  readonly scope: Scope
}

// Another build's answer takes about as long as ours.
const LOOK_AGAIN_MS = 200

export class ControlDesk {
  readonly #context: DeskContext

  constructor(context: DeskContext) {
    this.#context = context
  }

  /** Questions about controls that are to be asked by now; none where only some cells are built. */
  missing(work: Work, batches: readonly PlanBatch[]): number {
    return this.#judges(work).reduce((sum, check) => sum + wantedIn(work, check, chooseControls(work, check, batches).controls).length, 0)
  }

  /** Asks what is missing. True when another set of judges is failing than the work goes by: then rows are to be judged anew. */
  async ask(work: Work, batches: readonly PlanBatch[]): Promise<boolean> {
    const judges = this.#judges(work)
    for (const check of judges) {
      const { controls, decision } = chooseControls(work, check, batches)
      if (decision) await keepDecision(work.store, decision, this.#context.run)
      await this.#askAll(work, check, controls)
    }
    if (judges.length === 0) return false
    const failing = failingJudges(work)
    return failing.size !== work.failing.size || [...failing].some((id) => !work.failing.has(id))
  }

  #judges(work: Work): JudgeSpec[] {
    const judges = judgesOf(work.dataset.checks).filter(({ rule }) => rule.controls !== undefined)
    if (judges.length === 0) return []
    // Who builds a few cells wants to pay for those.
    for (let item = 0; item < work.plan.items; item++) if (!this.#context.scope.item(work.item(item))) return []
    return judges
  }

  /** Until every control has a verdict, or cannot have one: a further attempt follows from the one before. */
  async #askAll(work: Work, check: JudgeSpec, controls: readonly Control[]): Promise<void> {
    const { purchases, halt, clock, concurrency } = this.#context
    const failed = new Set<string>()
    for (;;) {
      const wanted = wantedIn(work, check, controls).filter(({ wanted: { key } }) => !failed.has(key))
      if (wanted.length === 0 || halt.stopping) return
      let held = false
      let at = 0
      await drain(
        Math.min(concurrency, wanted.length),
        () => (halt.stopping || at >= wanted.length ? undefined : at++),
        async (i) => {
          const { control, wanted: question } = wanted[i] as ControlQuestion
          const bought = await purchases.buy(work.item(0), question, customer(check, control, question))
          if (bought.kind === 'failed') failed.add(question.key)
          held ||= bought.kind === 'held'
        },
      )
      if (held) await clock.sleep(LOOK_AGAIN_MS, halt.stopSignal)
    }
  }
}

export interface ControlQuestion {
  readonly control: Control
  readonly wanted: Wanted
}

/** Equal questions once. */
export function wantedIn(work: Work, check: JudgeSpec, controls: readonly Control[]): ControlQuestion[] {
  const found = new Map<string, ControlQuestion>()
  for (const control of controls)
    for (const wanted of lookAt(work, check, control).wanted) if (!found.has(wanted.key)) found.set(wanted.key, { control, wanted })
  return [...found.values()]
}

function customer({ id }: JudgeSpec, { name, how }: Control, { asked }: Wanted) {
  return {
    label: `control of ${id}: ${name}`,
    cell: cellDigest(`control ${asked.digest}` as CellId),
    reason: how === 'row' || how === 'given' ? 'a control of the judge' : `a control of the judge: ${how}`,
  }
}
