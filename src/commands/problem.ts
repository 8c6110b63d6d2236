/** The one way in which errors become words on stderr. */
import { relative } from 'node:path'
import { chooseColor } from '../report/choose.ts'
import { diagnosticText } from '../report/diagnostic.ts'
import { DatagenError, type Diagnostic, type Place } from '../util/diagnostic.ts'
import type { ExitCode } from '../util/exit.ts'
import { safeText } from '../util/safe-text.ts'
import type { Environment } from './environment.ts'

/** Prints what a person can act on; anything else is our own fault and says so. Returns the exit code. */
export function printProblem(error: unknown, { stderr, env, cwd }: Environment): ExitCode {
  if (error instanceof DatagenError) {
    const paper = { color: chooseColor(undefined, env, stderr.isTTY === true), columns: stderr.columns ?? 100 }
    stderr.write(`${error.diagnostics.map((diagnostic) => diagnosticText(nearby(diagnostic, cwd), paper)).join('\n\n')}\n`)
    return error.exitCode
  }
  stderr.write(`datagen bug: ${safeText(error instanceof Error ? (error.stack ?? error.message) : String(error), { newlines: true })}\n`)
  return 70
}

/** Paths below the folder one works in are shown as one would type them. */
export function nearby(diagnostic: Diagnostic, cwd: string): Diagnostic {
  return diagnostic.place ? { ...diagnostic, place: nearbyPlace(diagnostic.place, cwd) } : diagnostic
}

export function nearbyPlace(place: Place, cwd: string): Place {
  const way = relative(cwd, place.file)
  return way === '' || way.startsWith('..') ? place : { ...place, file: way }
}
