/** Which reporter draws, and whether in colour: pure functions of flags, environment and terminal. */

export type ReporterName = 'tty' | 'plain' | 'ci' | 'json' | 'silent'

export interface Circumstances {
  readonly flags: {
    readonly reporter?: ReporterName | undefined
    readonly json?: boolean | undefined
    /** `--color` and `--no-color`. */
    readonly color?: boolean | undefined
  }
  readonly env: Environment
  readonly stdoutIsTTY: boolean
  readonly stderrIsTTY: boolean
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** The variables that count. */
export interface Environment {
  readonly [name: string]: string | undefined
}

export interface Choice {
  readonly reporter: ReporterName
  readonly color: boolean
}

const MIN_COLUMNS = 40 // below, a row no longer says which cell it is about
const MIN_ROWS = 8 // below, the live screen would fill the terminal

/** Capability first, then the flag, then the environment: `CI` never gets a screen that redraws. */
export function chooseReporter(given: Circumstances): Choice {
  const reporter = choose(given)
  const color = reporter !== 'json' && reporter !== 'silent' && chooseColor(given.flags.color, given.env, given.stderrIsTTY)
  return { reporter, color }
}

function choose({ flags, env, stderrIsTTY, columns = 80, rows = 24 }: Circumstances): ReporterName {
  const capable = stderrIsTTY && env.TERM !== 'dumb' && columns >= MIN_COLUMNS && rows >= MIN_ROWS
  if (flags.json) return 'json'
  if (flags.reporter === 'tty') return capable ? 'tty' : 'plain'
  if (flags.reporter !== undefined) return flags.reporter
  if (isOn(env.CI)) return 'ci'
  return capable ? 'tty' : 'plain'
}

/** The flag beats FORCE_COLOR, which beats NO_COLOR, which beats what the stream is. */
export function chooseColor(flag: boolean | undefined, env: Environment, isTTY: boolean): boolean {
  if (flag !== undefined) return flag
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return isOn(env.FORCE_COLOR)
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return isTTY && env.TERM !== 'dumb'
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false'
}
