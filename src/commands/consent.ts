/** Asks a person before a build spends real money; `--yes`, `--budget` and `--max-calls` answer in advance. */
import type { Loaded } from '../config/dataset.ts'
import { planText } from '../report/plan-text.ts'
import type { Scope } from '../schedule/scope.ts'
import type { Work } from '../schedule/work.ts'
import type { Environment, Flags } from './environment.ts'
import { viewOf } from './plan.ts'
import { choiceOf } from './session.ts'
import { Signals } from './signals.ts'

// Below this a question costs more attention than the calls cost money.
const ASK_FROM_USD = 1
const ASK_FROM_CALLS = 100 // when no price is known

/** True without a question where nobody could answer one: then the limits of the command line are what counts. */
export async function consent(environment: Environment, flags: Flags, loaded: Loaded, work: Work, scope: Scope): Promise<boolean> {
  const { stdin, stderr } = environment
  const { reporter, color } = choiceOf(environment, flags)
  if (flags.yes || flags.budget !== undefined || flags.maxCalls !== undefined) return true
  if (reporter !== 'tty' || stdin.isTTY !== true) return true
  const view = await viewOf(loaded, work, scope, environment.clock.date())
  const calls = view.buy.calls.reduce((n, row) => n + row.calls, 0)
  const { totalUsd } = view.buy
  if (totalUsd === undefined ? calls < ASK_FROM_CALLS : totalUsd < ASK_FROM_USD) return true
  stderr.write(
    `${planText(view, { columns: stderr.columns ?? 100, color, cwd: environment.cwd })}\n Enter goes on; q leaves without asking anything (--yes skips this question)\n`,
  )
  const signals = new Signals(environment)
  try {
    return (await signals.next()) === 'go'
  } finally {
    signals.close()
  }
}
