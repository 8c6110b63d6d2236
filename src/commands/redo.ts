/** `datagen redo <cells>`: asks the chosen cells again on purpose; the answers before stay in the store. */
import type { Dataset } from '../config/dataset.ts'
import { itemsOf } from '../plan/plan.ts'
import { Halt } from '../schedule/halt.ts'
import { redoneDraws } from '../schedule/redone-draws.ts'
import type { Scope } from '../schedule/scope.ts'
import type { Work } from '../schedule/work.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { suggest } from '../util/suggest.ts'
import { consent } from './consent.ts'
import type { Environment, Flags } from './environment.ts'
import { itemsNamed } from './narrow.ts'
import { runBuild } from './run-build.ts'
import { load, lookingAt } from './session.ts'

export async function redoCommand(environment: Environment, flags: Flags, cells: string): Promise<ExitCode> {
  const loaded = await load(environment, flags)
  if (flags.step !== undefined) demandAsked(loaded.dataset, flags.step)
  // A name that means no cell is a slip, and must show before anything is locked or asked.
  await lookingAt(loaded, (work) => itemsNamed(work.plan, cells))
  const halt = new Halt()
  const release = environment.onInterrupt(() => {
    if (halt.interrupt() === 'leave') process.exit(EXIT.interrupted)
  })
  try {
    const { exitCode } = await runBuild(
      environment,
      loaded,
      { ...flags, only: cells },
      {
        halt,
        command: 'redo',
        whole: false,
        again: (work, scope) => {
          demandUnpinned(work, scope)
          return redoneDraws(work, scope, flags.step)
        },
        mayBuy: async (work, scope) => {
          const agreed = await consent(environment, flags, loaded, work, scope)
          if (!agreed) halt.stop('interrupt', 'stopped before anything was asked')
          return agreed
        },
      },
    )
    return exitCode
  } finally {
    release()
  }
}

/** Nothing is asked for a row that a person wrote: who wants another answer drops the edit first. */
function demandUnpinned(work: Work, scope: Scope): void {
  let asked = 0
  for (const batch of work.plan.batches) for (const item of itemsOf(batch)) if (scope.item(item) && !work.pins.has(item.index)) asked++
  if (asked > 0) return
  throw new DatagenError({
    code: 'usage/pinned',
    severity: 'error',
    headline: 'every row named is as a person edited it, and nothing is asked for those',
    hint: 'take the edits back first: `datagen review --drop <cells>`',
  })
}

function demandAsked({ recipe }: Dataset, name: string): void {
  const step = recipe.steps.find((candidate) => candidate.name === name)
  if (step && step.kind !== 'derive') return
  const known = recipe.steps.filter(({ kind }) => kind !== 'derive').map((asked) => asked.name)
  const suggestion = suggest(name, known)
  throw new DatagenError({
    code: 'usage/unknown-step',
    severity: 'error',
    headline: step ? `step "${name}" is computed, every time: there is nothing to ask again` : `the recipe has no step "${name}"`,
    facts: [['known', known.join(', ')]],
    hint: suggestion ? `did you mean "${suggestion}"?` : 'name a step that asks or runs, or leave `--step` out for all of them',
  })
}
