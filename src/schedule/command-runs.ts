/** Commands that a recipe or a check runs, as they are, on checks' behalf, or in a sandbox. */
import type { CommandVerdictSpec, RunSpec } from '../config/dataset.ts'
import { runCheckCommand } from '../generate/check-command.ts'
import { runCommand } from '../generate/command.ts'
import type { Failure } from '../generate/provider.ts'
import { runCode } from '../generate/run-code.ts'
import type { Wanted } from '../plan/resolve.ts'
import type { RunnableCode } from '../util/run-languages.ts'
import { brokenCheck } from './broken-check.ts'
import type { PurchaseContext } from './purchase-context.ts'

export class CommandRuns {
  readonly #context: PurchaseContext
  readonly #told = new Set<string>()

  constructor(context: PurchaseContext) {
    this.#context = context
  }

  run(step: RunSpec, wanted: Wanted) {
    const { root, environment, halt } = this.#context
    const request = wanted.asked.identified.request
    if (request.kind !== 'run') throw new Error('datagen bug: a question was given to a command')
    const call = {
      argv: step.argv,
      input: request.input,
      cwd: root,
      timeoutMs: step.timeoutMs,
      env: step.env,
      environment,
      signal: halt.signal,
    }
    if (step.sandbox) {
      const { code } = request.input as unknown as { readonly code: readonly RunnableCode[] }
      return runCode({ sandbox: step.sandbox, code, signal: halt.signal })
    }
    return step.verdict ? runCheckCommand(call, step.verdict) : runCommand(call)
  }

  /** A check that cannot be run is told once: rows that it should have seen fail. */
  broken(verdict: CommandVerdictSpec, failure: Failure): void {
    const name = `${verdict.check}/${failure.code}`
    if (failure.kind === 'aborted' || this.#told.has(name)) return
    this.#told.add(name)
    this.#context.sink.emit({ type: 'notice', diagnostic: brokenCheck(verdict, failure) })
  }
}
