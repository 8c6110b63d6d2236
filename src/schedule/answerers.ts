/** Under which names the models of a build answered: a name that moved is told, and where the model is pinned it ends the build. */
import type { ModelSpec } from '../config/dataset.ts'
import { isFamily } from '../generate/model-family.ts'
import { itemsOf } from '../plan/plan.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { STATE } from './board.ts'
import type { Work } from './work.ts'

/** Where it is looked up which models a config asks. */
type Asking = Pick<Work, 'dataset'>

/** Rows by the name of the model that had a part in them. */
export type RowsByModel = ReadonlyMap<string, number>

// A server that names itself anew with every answer must not fill the memory.
const MOST_NAMES = 100
const MOST_SHOWN = 5
// They tell which name most of them have.
const ENOUGH_CELLS = 1_000

interface Heard {
  readonly answers: Map<string, number>
  /** Undefined until somebody has answered. */
  pinned?: string
}

export class Answerers {
  readonly #heard = new Map<ModelSpec, Heard>()
  readonly #asking: Asking
  readonly #rows: readonly (() => RowsByModel)[]

  /** `rows`: those that there are, then answers of rows to come, then rows that `datagen.lock` tells of. */
  constructor(asking: Asking, rows: readonly (() => RowsByModel)[]) {
    this.#asking = asking
    this.#rows = rows
  }

  /** Notes an answer; says so when it is of another snapshot than the model is pinned to. */
  hear(model: ModelSpec, name: string): { readonly pinned: string } | undefined {
    if (name === '' || model.provider === 'simulated') return undefined
    const heard = this.#of(model)
    if (model.pin) {
      heard.pinned ??= typeof model.pin === 'string' ? model.pin : (this.#before(model) ?? name)
      if (heard.pinned !== name) return { pinned: heard.pinned }
    }
    if (heard.answers.size < MOST_NAMES || heard.answers.has(name)) heard.answers.set(name, (heard.answers.get(name) ?? 0) + 1)
    return undefined
  }

  /** What a pinned model must answer as, once that is known. */
  pinOf(model: ModelSpec): string | undefined {
    return typeof model.pin === 'string' ? model.pin : this.#heard.get(model)?.pinned
  }

  #of(model: ModelSpec): Heard {
    const known = this.#heard.get(model)
    if (known) return known
    const heard: Heard = { answers: new Map() }
    this.#heard.set(model, heard)
    return heard
  }

  /** The snapshot behind most rows. */
  #before(model: ModelSpec): string | undefined {
    for (const rows of this.#rows) {
      const most = mostOf(namesOf(model, this.#asking, rows()))
      if (most !== undefined) return most
    }
    return undefined
  }

  notices(): Diagnostic[] {
    return [...this.#heard].flatMap(([model, { answers }]) => [...moved(model, answers), ...strange(model, answers)])
  }
}

/** Those names that are a model's own: all of them, where no other one is asked. */
export function namesOf(model: ModelSpec, { dataset: { recipe } }: Asking, rows: RowsByModel): RowsByModel {
  const alone = recipe.steps.every((step) => step.kind !== 'ask' || step.model === model)
  return new Map([...rows].filter(([name]) => name !== '' && (alone || isFamily(model.model, name))))
}

function mostOf(rows: RowsByModel): string | undefined {
  return [...rows].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0]
}

/** Sound rows of a board, whether or not they were compared with others yet. */
export function rowsByModel({ board: { state, models, modelSets } }: Work): RowsByModel {
  const rows = new Map<string, number>()
  const ofSet = new Uint32Array(modelSets.length)
  for (let item = 0; item < state.length; item++)
    if (state[item] === STATE.ready || state[item] === STATE.accepted)
      ofSet[models[item] as number] = (ofSet[models[item] as number] ?? 0) + 1
  for (const [set, count] of ofSet.entries())
    if (count > 0) for (const name of modelSets[set] ?? []) rows.set(name, (rows.get(name) ?? 0) + count)
  return rows
}

/** Kept answers of cells that have no row yet: a recipe of several steps has them long before the first row. */
export function answersByModel(work: Work): RowsByModel {
  const answers = new Map<string, number>()
  let cells = 0
  if (work.blank) return answers
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (work.board.state[item.index] !== STATE.pending) continue
      const kept = work
        .trail(item)
        .flatMap(({ key, identified, raw }) => (raw ? [work.store.get(key, identified.digest)?.model ?? ''] : []))
      for (const name of kept) answers.set(name, (answers.get(name) ?? 0) + 1)
      if (kept.length > 0 && ++cells >= ENOUGH_CELLS) return answers
    }
  }
  return answers
}

function moved({ name, provider, model }: ModelSpec, answers: ReadonlyMap<string, number>): Diagnostic[] {
  if (answers.size < 2) return []
  return [
    {
      code: 'model/moved',
      severity: 'warning',
      headline: `"${provider}:${model}" answered under ${answers.size === MOST_NAMES ? 'many' : answers.size} names in this build`,
      facts: [...answers].slice(0, MOST_SHOWN).map(([as, count]) => [as, `${count} ${count === 1 ? 'answer' : 'answers'}`] as const),
      hint: `rows of all of them are in the dataset; with pin: true in models.${name} such a build ends instead`,
    },
  ]
}

/** The name of an Azure deployment is anybody's choice and says nothing about its model. */
function strange({ name, provider, model }: ModelSpec, answers: ReadonlyMap<string, number>): Diagnostic[] {
  const others = provider === 'azure' ? [] : [...answers].filter(([as]) => !isFamily(model, as))
  if (others.length === 0) return []
  return [
    {
      code: 'model/other-family',
      severity: 'warning',
      headline: `"${provider}:${model}" was asked, and another model answered`,
      facts: others.slice(0, MOST_SHOWN).map(([as, count]) => [as, `${count} ${count === 1 ? 'answer' : 'answers'}`] as const),
      hint: `see what the server of models.${name} serves; each row's sidecar line names who answered`,
    },
  ]
}
