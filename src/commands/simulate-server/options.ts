/** Flags of `datagen simulate-server`, and a script, as the options of a fault server. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { faultNamed, NAMED_FAULTS } from '../../simulate/catalogue.ts'
import { parseLatency } from '../../simulate/latency.ts'
import type { LimitOptions } from '../../simulate/limits.ts'
import type { Rule, Script } from '../../simulate/script.ts'
import { LATENCY_HINT, readScript } from '../../simulate/script-file.ts'
import type { Style } from '../../simulate/styles.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { suggest } from '../../util/suggest.ts'

export interface ServerFlags {
  readonly port?: number
  readonly rpm?: number
  readonly tpm?: number
  readonly style?: Style
  readonly latency?: string
  readonly fault?: readonly string[]
  readonly seed?: number
  readonly script?: string
  readonly maxMinutes?: number
  readonly listFaults?: boolean
  readonly json?: boolean
  readonly color?: boolean
}

export interface ServerChoice {
  readonly port: number
  readonly seed: number
  readonly script: Script
  readonly limits?: LimitOptions
}

// No other program's usual port; always the same, so that a config can name it.
const DEFAULT_PORT = 4141
const DEFAULT_LATENCY_MS = 20

/** Flags go before what the script says. Throws a `DatagenError` for what is wrong with either. */
export function readOptions(flags: ServerFlags, cwd: string): ServerChoice {
  const script = flags.script === undefined ? {} : scriptAt(resolve(cwd, flags.script))
  const latency = flags.latency === undefined ? undefined : parseLatency(flags.latency)
  if (flags.latency !== undefined && !latency) throw usage('latency', `"${flags.latency}" is no latency`, LATENCY_HINT)
  const rules = [...(flags.fault ?? []).map(ruleOf), ...(script.rules ?? [])]
  const { port = DEFAULT_PORT, seed = 0, rpm, tpm, style = 'openai' } = flags
  if (flags.style !== undefined && rpm === undefined && tpm === undefined)
    throw usage('style', 'a style says how limits are told, and there is no limit', `give one: \`--rpm 600 --style ${style}\``)
  return {
    port,
    seed,
    script: { ...script, rules, latency: latency ?? script.latency ?? { kind: 'fixed', ms: DEFAULT_LATENCY_MS } },
    ...(rpm === undefined && tpm === undefined
      ? {}
      : {
          limits: {
            style,
            ...(rpm === undefined ? {} : { requestsPerMinute: rpm }),
            ...(tpm === undefined ? {} : { tokensPerMinute: tpm }),
          },
        }),
  }
}

/** `rate-limit=0.2`; without a share every request meets it. */
function ruleOf(text: string): Rule {
  const [name = '', share] = text.split('=')
  const found = faultNamed(name)
  if (!found) {
    const near = suggest(
      name,
      NAMED_FAULTS.map((one) => one.name),
    )
    throw usage('fault', `there is no fault "${name}"`, near === undefined ? '`--list-faults` lists them' : `did you mean "${near}"?`)
  }
  if (share === undefined) return { fault: found.fault, name }
  const part = Number(share)
  if (share.trim() === '' || !(part > 0 && part <= 1))
    throw usage('share', `"${share}" is no share of the requests`, `a number above 0, up to 1: \`--fault ${name}=0.2\``)
  return { fault: found.fault, name, share: part }
}

function scriptAt(file: string): Script {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DatagenError({
      code: 'usage/script',
      severity: 'error',
      headline: code === 'ENOENT' ? 'there is no such script' : `the script cannot be read (${code})`,
      place: { file },
    })
  }
  return readScript(file, text)
}

function usage(code: string, headline: string, hint: string): DatagenError {
  return new DatagenError({ code: `usage/${code}`, severity: 'error', headline, hint })
}
