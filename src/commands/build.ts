/** `datagen build`: one build from config to files. */
import { Halt } from '../schedule/halt.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { consent } from './consent.ts'
import type { Environment, Flags } from './environment.ts'
import { narrowed } from './narrow.ts'
import { runBuild } from './run-build.ts'
import { load } from './session.ts'

export async function buildCommand(environment: Environment, flags: Flags, names: readonly string[]): Promise<ExitCode> {
  const loaded = narrowed(await load(environment, flags), names)
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
      mayBuy: async (work) => {
        const agreed = await consent(environment, flags, loaded, work)
        if (!agreed) halt.stop('interrupt', 'stopped before anything was asked')
        return agreed
      },
    })
    return exitCode
  } finally {
    release()
  }
}
