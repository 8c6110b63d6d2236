/** The models and edits of the laws, in the sizes and shapes a simulated history wants. */
import type { AskStep, Config, StepContext } from '../../schema/config.ts'
import type { Dataset } from '../../src/config/dataset.ts'
import { normalise } from '../../src/config/normalise.ts'
import { createRecorder } from '../../src/config/recorder.ts'
import { cellsOf, configOf, editOf, isPolished, type Model, randomModel } from '../laws/model.ts'
import type { Random } from '../rig/random.ts'

const MOST_ITEMS = 40

/** `distinct`: no two cells ever render the same request. */
export function firstModel(random: Random, distinct: boolean): Model {
  return shaped(randomModel(random), distinct)
}

export function nextModel(model: Model, random: Random, distinct: boolean): Model {
  return shaped(editOf(model, random), distinct)
}

function shaped(model: Model, distinct: boolean): Model {
  const dimensions = distinct
    ? model.dimensions.map((dimension) => ({
        ...dimension,
        values: dimension.values.map(({ id, guide }) => ({ id, guide: guide.startsWith(id) ? guide : `${id}, ${guide}` })),
      }))
    : model.dimensions
  const cells = cellsOf(model).length
  return { ...model, dimensions, samples: Math.max(1, Math.min(model.samples, Math.floor(MOST_ITEMS / cells))) }
}

/** A second output draws from the last of two batches only. */
function withLate(config: Config, { batches }: Model): Config {
  if (batches.length < 2) return config
  return { ...config, outputs: { ...config.outputs, late: { path: 'data/late.jsonl', batches: [batches[1] as string] } } }
}

/** Conditions as functions: the engine of templates looks at the real time, to end what never ends. */
function withFunctions(config: Config, model: Model): Config {
  if (model.polish === 'none' || !('steps' in config.recipe)) return config
  const { polish, ...steps } = config.recipe.steps
  const when = ({ cell, steps: known }: StepContext) => isPolished(model, cell, () => String(known['answer']))
  return {
    ...config,
    recipe: {
      steps: { ...steps, polish: { ...(polish as AskStep), when } },
      example: ({ steps: said }) => ({
        messages: [
          { role: 'system', content: model.system },
          { role: 'user', content: String(said['user']) },
          { role: 'assistant', content: String(said['polish'] ?? said['answer']) },
        ],
      }),
    },
  }
}

export interface Loaded {
  readonly dataset: Dataset
  /** Of all that is not a dimension's value. */
  readonly definition: string
}

const known = new Map<string, Promise<Loaded>>()
const MOST_KNOWN = 2_000

/** Pure, so each model is looked at once in a run of many histories. */
export function loadedOf(model: Model): Promise<Loaded> {
  const name = JSON.stringify(model)
  let loaded = known.get(name)
  if (!loaded) {
    if (known.size >= MOST_KNOWN) known.clear()
    const place = { file: '/simulated/datagen.config.json' }
    const around = { locate: () => place, thrownAt: () => place, recorder: createRecorder('/simulated', {}), probe: undefined }
    const config = withLate(configOf(model), model)
    const definition = JSON.stringify({ ...config, dimensions: Object.keys(config.dimensions ?? {}) })
    loaded = normalise(withFunctions(config, model), around).then(({ dataset }) => ({ dataset, definition }))
    known.set(name, loaded)
  }
  return loaded
}
