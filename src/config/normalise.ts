/** From a config of the right shape to a `Dataset`: names resolved, defaults filled in, every contradiction named. */
import type { Check, Config } from '../../schema/config.ts'
import type { Place } from '../util/diagnostic.ts'
import { wrapper } from './authored.ts'
import { batchSpecs } from './batches.ts'
import { checkSpecs } from './checks.ts'
import { interpretersFor, languagesRun } from './code-run.ts'
import { Complaints } from './complaints.ts'
import type { ChosenModel, Dataset, FoundSandbox, ModelSpec } from './dataset.ts'
import { chooseModel, type Probe } from './default-model.ts'
import { dimensionSpecs } from './dimensions.ts'
import { findSandbox } from './find-sandbox.ts'
import type { Locator } from './locate.ts'
import { constraints } from './match.ts'
import { methodOf } from './method.ts'
import { modelSpec } from './models.ts'
import { checkName } from './names.ts'
import { outputSpecs } from './outputs.ts'
import { checkProduct, DEFAULT_MAX_CELLS } from './product.ts'
import { isReadyMade, readyMadeSpec } from './recipes.ts'
import { type Env, type Recorder, recording } from './recorder.ts'
import { recipeSpec } from './steps.ts'

const DEFAULT_CONCURRENCY = 8

export interface Surroundings {
  readonly locate: Locator
  readonly thrownAt: (error: unknown) => Place | undefined
  readonly recorder: Recorder
  readonly probe: Probe | undefined
}

/** Throws a `DatagenError` with what is wrong; each stage relies on the ones before it. */
export async function normalise(config: Config, around: Surroundings): Promise<{ dataset: Dataset; chosenModel?: ChosenModel }> {
  const { locate, recorder } = around
  const complaints = new Complaints(locate)
  const wrap = wrapper(around.thrownAt)
  const stage = <T>(build: () => T): T => {
    const built = recording(recorder, build)
    complaints.throwIfAny()
    return built
  }

  stage(() => checkTitle(config.name, complaints))
  const { root } = recorder
  const method = stage(() => methodOf(config, complaints))
  const dimensions = stage(() => dimensionSpecs(config, method?.dimensions ?? [], complaints, root))
  const given = stage(() => configuredModels(config, complaints))
  const chosenModel = given === undefined ? await chooseModel(recorder.env, recorder.root, around.probe) : undefined
  const models = given ?? defaultModel(chosenModel as ChosenModel, complaints)
  const names = dimensions.map(({ name }) => name)
  const rules = stage(() =>
    constraints(config.where ?? [], dimensions, complaints, (run, what) => wrap(run, what, () => locate(['where']))),
  )
  const recipe = stage(() => {
    const values = new Map(dimensions.map(({ name, values }) => [name, values.map(({ id }) => id)]))
    const documents = names.filter((name) => 'documents' in ((config.dimensions?.[name] ?? []) as object))
    const tools = { complaints, wrap, root, models, dimensions: names, values, documents, ...(method ? { method } : {}) }
    return isReadyMade(config.recipe) ? readyMadeSpec(config.recipe, tools) : recipeSpec(config.recipe, tools)
  })
  const batches = stage(() => batchSpecs(config, dimensions, complaints, wrap))
  stage(() => checkProduct(config, dimensions, batches, complaints))
  const sandboxes = await sandboxesFor(config.checks ?? [], recorder.env)
  const judging = { complaints, models, dimensions, root, rubric: method?.rubric, example: recipe.example, makes: recipe.makes }
  const { checks, judges, commands, vectors } = stage(() =>
    checkSpecs(config.checks ?? [], method?.checks ?? [], dimensions, complaints, wrap, root, judging, sandboxes),
  )
  const outputs = stage(() => outputSpecs(config, { root, reads: recorder.reads, complaints, dimensions, batches, makes: recipe.makes }))
  const dataset: Dataset = {
    name: config.name,
    models,
    dimensions,
    constraints: rules,
    recipe: { ...recipe, steps: [...recipe.steps, ...commands, ...judges, ...vectors] },
    batches,
    checks,
    outputs,
    concurrency: config.concurrency ?? DEFAULT_CONCURRENCY,
    maxCells: config.maxCells ?? DEFAULT_MAX_CELLS,
    locate: (path) => locate(path),
  }
  return { dataset, ...(chosenModel ? { chosenModel } : {}) }
}

async function sandboxesFor(checks: readonly Check[], env: Env): Promise<ReadonlyMap<Check, FoundSandbox>> {
  const found = new Map<Check, FoundSandbox>()
  for (const check of checks) {
    const languages = check.check === 'code' ? languagesRun(check) : undefined
    if (check.check === 'code' && languages) found.set(check, await findSandbox(check.sandbox ?? 'auto', interpretersFor(languages), env))
  }
  return found
}

function checkTitle(name: string, complaints: Complaints): void {
  if (name.trim() === '' || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name))
    complaints.add('bad-name', ['name'], `${JSON.stringify(name)} cannot be the name of a dataset`)
}

function configuredModels(config: Config, complaints: Complaints): ReadonlyMap<string, ModelSpec> | undefined {
  if (config.models === undefined) return undefined
  const models = new Map<string, ModelSpec>()
  for (const [name, model] of Object.entries(config.models)) {
    checkName('model', name, ['models', name], complaints)
    const spec = modelSpec(name, model, ['models', name], complaints)
    if (spec) models.set(name, spec)
  }
  return models
}

function defaultModel({ use, why }: ChosenModel, complaints: Complaints): ReadonlyMap<string, ModelSpec> {
  const spec = modelSpec('default', use, ['models'], complaints)
  if (spec === undefined) throw new Error(`datagen bug: the default model "${use}" is not valid`)
  return new Map([['default', { ...spec, why }]])
}
