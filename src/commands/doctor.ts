/** `datagen doctor`: whether this machine and this config can build, and what to do where they cannot. Asks nothing that is billed, unless told to. */
import { dirname } from 'node:path'
import type { Loaded, ModelSpec } from '../config/dataset.ts'
import { findConfig } from '../config/find.ts'
import type { KnownPrice } from '../generate/price.ts'
import { diagnosticText } from '../report/diagnostic.ts'
import { type Check, doctorText, type Section } from '../report/doctor-text.ts'
import { count, plural } from '../report/format.ts'
import { openStoreIfExists } from '../store/sqlite.ts'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { VERSION } from '../util/version.ts'
import { knownCapabilities } from './capabilities.ts'
import { capabilityChecks } from './doctor/capabilities.ts'
import { machineChecks } from './doctor/machine.ts'
import { modelChecks } from './doctor/models.ts'
import { Probing } from './doctor/probe.ts'
import { storeChecks } from './doctor/store.ts'
import type { Environment, Flags } from './environment.ts'
import { roomFor } from './open-calls.ts'
import { nearby } from './problem.ts'
import { askedModels, choiceOf, datagenDir, load, pricesOf } from './session.ts'
import { Signals } from './signals.ts'

export interface DoctorFlags extends Flags {
  readonly probe?: boolean
}

export async function doctorCommand(environment: Environment, flags: DoctorFlags): Promise<ExitCode> {
  const { stdout, cwd } = environment
  const loaded = await loadOrNot(environment, flags)
  const { root } = loaded
  const prices = 'dataset' in loaded ? await pricesOf(askedModels(loaded), environment.clock.date()) : new Map()
  const probed = 'dataset' in loaded && flags.probe ? await probe(environment, flags, loaded, prices) : []
  const sections: Section[] = [
    { title: 'machine', checks: machineChecks(environment, root) },
    { title: 'config', checks: 'dataset' in loaded ? configChecks(loaded) : brokenChecks(loaded) },
    { title: 'store', checks: await storeChecks(datagenDir(root)) },
    ...('dataset' in loaded ? await modelSections(environment, loaded, prices) : []),
    ...(probed.length > 0 ? [{ title: 'probe', checks: probed }] : []),
  ]
  const exitCode = exitOf(sections)
  if (flags.json) stdout.write(`${safeJson({ schema: 1, version: VERSION, exitCode, sections })}\n`)
  else {
    const paper = { columns: stdout.columns, color: choiceOf(environment, flags).color && stdout.isTTY === true }
    stdout.write(`${doctorText(sections, paper)}\n`)
    // With its lines; what has no place has been said in full.
    const framed = 'diagnostics' in loaded ? loaded.diagnostics.filter(({ place }) => place) : []
    if (framed.length > 0) stdout.write(`\n${framed.map((one) => diagnosticText(nearby(one, cwd), paper)).join('\n\n')}\n`)
  }
  return exitCode
}

interface Broken {
  readonly root: string
  readonly diagnostics: readonly Diagnostic[]
}

/** A config that cannot be loaded is what a doctor is called for. */
async function loadOrNot(environment: Environment, flags: Flags): Promise<Loaded | Broken> {
  try {
    return await load(environment, flags)
  } catch (error) {
    if (!(error instanceof DatagenError)) throw error
    const path = await findConfig(environment.cwd, flags.config, { file: () => {} }).catch(() => undefined)
    return { root: path === undefined ? environment.cwd : dirname(path), diagnostics: error.diagnostics }
  }
}

function configChecks(loaded: Loaded): Check[] {
  const { dataset, configPath } = loaded
  const { dimensions, batches, outputs, concurrency, recipe } = dataset
  const sizes = [
    plural(dimensions.length, 'dimension'),
    plural(recipe.steps.length, 'step'),
    plural(batches.length, 'batch', 'batches'),
    plural(outputs.length, 'output'),
  ]
  const asked = askedModels(loaded)
  const unused = [...dataset.models.values()].filter((model) => !asked.includes(model)).map(({ name }) => `"${name}"`)
  const most = roomFor(loaded)
  return [
    { id: 'config', level: 'ok', text: `${configPath}: ${sizes.join(', ')}` },
    ...(unused.length > 0 ? [{ id: 'unused', level: 'ok', text: `no step asks ${unused.join(', ')}` } as const] : []),
    concurrency > most
      ? {
          id: 'concurrency',
          level: 'warning',
          text: `concurrency ${count(concurrency)}, of which ${count(most)} at once have room among the open files`,
          fix: `builds keep to ${count(most)}; raise the limit (\`ulimit -n ${count(4 * concurrency).replaceAll(',', '')}\`) for more`,
        }
      : { id: 'concurrency', level: 'ok', text: `concurrency ${count(concurrency)}` },
  ]
}

function brokenChecks({ diagnostics }: Broken): Check[] {
  return diagnostics.map(({ headline, place, hint }) => ({
    id: 'config',
    level: 'problem',
    text: `${place ? `${place.file}${place.line === undefined ? '' : `:${place.line}`}: ` : ''}${headline}`,
    ...(hint === undefined ? {} : { fix: hint }),
  }))
}

async function modelSections(
  environment: Environment,
  loaded: Loaded,
  prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>,
): Promise<Section[]> {
  const knownOf = knownCapabilities(loaded)
  return Promise.all(
    askedModels(loaded).map(async (model) => {
      const use = model.provider === 'simulated' ? 'simulated' : `${model.provider}:${model.model}`
      const checks = await modelChecks(environment, loaded.root, model, prices.get(model))
      return { title: `model ${model.name}  ${use}`, checks: [...checks, ...capabilityChecks(loaded.dataset, model.name, knownOf)] }
    }),
  )
}

/** Says the price first; without somebody to press Enter, only `--yes` is a yes. */
async function probe(
  environment: Environment,
  flags: DoctorFlags,
  loaded: Loaded,
  prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>,
): Promise<Check[]> {
  const probing = new Probing(environment, loaded, prices)
  const store = openStoreIfExists(datagenDir(loaded.root))
  const offer = probing.offer(store)
  await store.close()
  if (offer !== undefined && !(await agreed(environment, flags, offer)))
    return [{ id: 'probe', level: 'warning', text: `not asked: ${offer}`, fix: '`datagen doctor --probe --yes` asks' }]
  const failed = (await probing.ask()).filter(({ failure }) => failure)
  return [
    { id: 'probe', level: 'ok', text: offer === undefined ? 'asked before: nothing to pay' : `asked: ${offer}` },
    ...failed.map(({ model, failure }): Check => ({ id: 'probe', level: 'problem', text: `models.${model}: ${failure?.message ?? ''}` })),
  ]
}

async function agreed(environment: Environment, flags: DoctorFlags, offer: string): Promise<boolean> {
  const { stderr, stdin } = environment
  if (flags.yes) return true
  if (stdin.isTTY !== true || flags.json) return false
  stderr.write(` This asks ${offer}. Enter goes on; q does not ask\n`)
  const signals = new Signals(environment)
  try {
    return (await signals.next()) === 'go'
  } finally {
    signals.close()
  }
}

/** By the first room with a problem: without a config nothing starts, without a store nothing may be asked. */
function exitOf(sections: readonly Section[]): ExitCode {
  const broken = sections.find(({ checks }) => checks.some(({ level }) => level === 'problem'))
  if (!broken) return EXIT.ok
  if (broken.title === 'config' || broken.checks.some(({ id }) => id === 'node')) return EXIT.usage
  return broken.title === 'machine' || broken.title === 'store' ? EXIT.store : EXIT.provider
}
