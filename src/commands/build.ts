/** `datagen build`: one build from config to files. */
import { Halt } from '../schedule/halt.ts'
import { rejectedDraws } from '../schedule/retry-rejected.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { consent } from './consent.ts'
import type { Environment, Flags } from './environment.ts'
import { targetsOf } from './narrow.ts'
import { runBuild } from './run-build.ts'
import { load } from './session.ts'

export async function buildCommand(environment: Environment, flags: Flags, names: readonly string[]): Promise<ExitCode> {
  if (flags.frozen && flags.wait)
    throw new DatagenError({
      code: 'usage/frozen-wait',
      severity: 'error',
      headline: '`--frozen` asks for nothing and collects nothing, so there is nothing to wait for',
      hint: 'leave out one of `--frozen` and `--wait`',
    })
  const loaded = await load(environment, flags)
  targetsOf(loaded.dataset, names)
  const halt = new Halt()
  const release = environment.onInterrupt(() => {
    if (halt.interrupt() === 'leave') process.exit(EXIT.interrupted)
  })
  try {
    // A stamp speaks for everything the config declares, so only a build of everything may write one.
    const whole = names.length === 0 && flags.only === undefined && !flags.partial
    const { exitCode } = await runBuild(environment, loaded, flags, {
      halt,
      command: 'build',
      whole,
      targets: names,
      ...(flags.retry ? { again: rejectedDraws } : {}),
      mayBuy: async (work, scope) => {
        const agreed = await consent(environment, flags, loaded, work, scope)
        if (!agreed) halt.stop('interrupt', 'stopped before anything was asked')
        return agreed
      },
    })
    return exitCode
  } finally {
    release()
  }
}
