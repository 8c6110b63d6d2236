/** What most commands begin with: the config loaded, the plan made, the store opened, everything closed again. */
import { basename, join } from 'node:path'
import type { Loaded, ModelSpec } from '../config/dataset.ts'
import { loadConfig } from '../config/load.ts'
import { modelName } from '../config/model-name.ts'
import type { UsedModel } from '../events/event.ts'
import { firstTier, type KnownPrice, PRICE_TABLE, priceOf } from '../generate/price.ts'
import { probeModels } from '../generate/providers/probe.ts'
import { digestOf } from '../key/key.ts'
import { outlineOf } from '../plan/outline.ts'
import { type Choice, chooseReporter } from '../report/choose.ts'
import { readReviews } from '../review/file-text.ts'
import { Reviews } from '../review/reviews.ts'
import type { Distrust } from '../schedule/distrust.ts'
import { layOut } from '../schedule/layout.ts'
import type { ColumnsHead } from '../schedule/recall.ts'
import type { Work } from '../schedule/work.ts'
import { readColumns } from '../store/columns.ts'
import { openStoreIfExists } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'

/** Where datagen keeps what it must not lose, below the config's folder. */
export function datagenDir(root: string): string {
  return join(root, '.datagen')
}

export function load(environment: Environment, flags: Flags): Promise<Loaded> {
  return loadConfig({
    cwd: environment.cwd,
    env: environment.env,
    probe: probeModels,
    ...(flags.config === undefined ? {} : { configPath: flags.config }),
  })
}

/**
 * Lays the work out, with what the last build knew about it; whatever the config's texts do wrong shows here, before anything
 * is asked or written.
 */
/** `distrusted`: what the run took back already. */
export function workOf(loaded: Loaded, store: Store, distrusted?: Distrust): Work {
  return blamingConfig(loaded, () => {
    const columns = readColumns<ColumnsHead>(columnsPath(loaded))
    const { dataset, definition } = loaded
    const outline = definition === undefined ? undefined : outlineOf(dataset, definition)
    return layOut(dataset, store, {
      outline,
      columns,
      reviews: new Reviews(readReviews(loaded.reviews)),
      ...(distrusted ? { distrusted } : {}),
    })
  })
}

/** Several configs may share a folder: each has columns of its own. */
export function columnsPath({ root, configPath }: Loaded): string {
  return join(datagenDir(root), `columns-${configTag(configPath)}.bin`)
}

/** Where copies of a config's finished outputs are kept. */
export function keepsakesPath({ root, configPath }: Loaded): string {
  return join(datagenDir(root), 'outputs', configTag(configPath))
}

function configTag(configPath: string): string {
  return digestOf(basename(configPath)).slice(0, 8)
}

/** For commands that only read: nothing is created, nothing is locked. */
export async function reading<T>(environment: Environment, flags: Flags, use: (work: Work, loaded: Loaded) => Promise<T>): Promise<T> {
  const loaded = await load(environment, flags)
  return lookingAt(loaded, (work) => use(work, loaded))
}

/** The same for a config that is loaded already. */
export async function lookingAt<T>(loaded: Loaded, use: (work: Work) => T | Promise<T>): Promise<T> {
  const store = openStoreIfExists(datagenDir(loaded.root))
  try {
    return await use(workOf(loaded, store))
  } finally {
    await store.close()
  }
}

/** The models the recipe asks, each once, in order. */
export function askedModels(loaded: Loaded): ModelSpec[] {
  return [...new Set(loaded.dataset.recipe.steps.flatMap((step) => (step.kind === 'ask' ? [step.model] : [])))]
}

/** `now`: some prices change with the day and the hour. */
export async function pricesOf(models: readonly ModelSpec[], now: Date): Promise<Map<ModelSpec, KnownPrice | undefined>> {
  return new Map(await Promise.all(models.map(async (model) => [model, await priceOf(model, now)] as const)))
}

export function choiceOf({ env, stdout, stderr }: Environment, flags: Flags): Choice {
  return chooseReporter({
    flags: { reporter: flags.reporter, json: flags.json, color: flags.color },
    env,
    stdoutIsTTY: stdout.isTTY === true,
    stderrIsTTY: stderr.isTTY === true,
    columns: stderr.columns,
    rows: stderr.rows,
  })
}

/** The models for the screen, with why each was chosen when datagen chose it. */
export function usedModels(loaded: Loaded, prices?: ReadonlyMap<ModelSpec, KnownPrice | undefined>): UsedModel[] {
  return askedModels(loaded).map((model) => ({
    name: model.name,
    use: modelName(model),
    simulated: model.provider === 'simulated',
    ...(model.why === undefined ? {} : { why: model.why }),
    ...priceFor(prices?.get(model)),
  }))
}

function priceFor(price: KnownPrice | undefined): Pick<UsedModel, 'price'> {
  if (!price) return {}
  const { input, output, cachedInput, cacheWrite, reasoning, source, date } = price
  return {
    price: {
      input: firstTier(input),
      output: firstTier(output),
      ...(cachedInput === undefined ? {} : { cachedInput: firstTier(cachedInput) }),
      ...(cacheWrite === undefined ? {} : { cacheWrite: firstTier(cacheWrite) }),
      ...(reasoning === undefined ? {} : { reasoning: firstTier(reasoning) }),
      source,
      ...(date === undefined ? {} : { date }),
      ...(source === 'table' ? { table: `${PRICE_TABLE.name} ${PRICE_TABLE.version}` } : {}),
    },
  }
}
