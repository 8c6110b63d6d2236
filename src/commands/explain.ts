/** `datagen explain <cell|output>`: which step would be asked, and which field of its request says so. */
import type { Loaded } from '../config/dataset.ts'
import type { FieldChange } from '../key/explain.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { type ExplainChange, type ExplainStep, type ExplainView, explainText } from '../report/explain-text.ts'
import { STATE } from '../schedule/board.ts'
import { outputState } from '../schedule/output-state.ts'
import { type Reason, reasonFor, reasonText } from '../schedule/reasons.ts'
import { timesRedone } from '../schedule/redone-draws.ts'
import { surveyAll } from '../schedule/survey.ts'
import { REVIEW } from '../schedule/verdict.ts'
import type { Work } from '../schedule/work.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { changeSource } from './change-source.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { itemsNamed } from './narrow.ts'
import { nearbyPlace } from './problem.ts'
import { choiceOf, reading } from './session.ts'

// A selector may name a million cells; people read a handful.
const MOST_CELLS = 5

export async function explainCommand(environment: Environment, flags: Flags, name: string): Promise<ExitCode> {
  await reading(environment, flags, async (work, loaded) => {
    const near = { ...loaded, dataset: { ...loaded.dataset, locate: nearLocate(loaded, environment.cwd) } }
    const views = blamingConfig(loaded, () => {
      surveyAll(work)
      const output = work.dataset.outputs.find((candidate) => candidate.name === name)
      const items = output ? staleItems(work, output.batches) : itemsNamed(work.plan, name)
      if (output && items.length === 0) return { output: output.name, ...outputState(work, output) }
      const alike = countReasons(work)
      return {
        cells: items.slice(0, MOST_CELLS).map((item) => viewOf(near, work, item, alike)),
        more: Math.max(0, items.length - MOST_CELLS),
      }
    })
    const { stdout } = environment
    if (flags.json) return void stdout.write(`${safeJson({ schema: 1, ...views })}\n`)
    if ('output' in views)
      return void stdout.write(
        ` ${views.output} ${views.change === 'unchanged' ? 'is up to date' : 'would be written anew; no cell needs an answer'}\n`,
      )
    const style = { columns: stdout.columns ?? 100, color: choiceOf(environment, flags).color && stdout.isTTY === true }
    stdout.write(`${views.cells.map((view) => explainText(view, style)).join('\n')}\n`)
    if (views.more > 0) stdout.write(` … and ${views.more} more cells match; name one of them to see it\n`)
  })
  return EXIT.ok
}

/** Places with paths as one would type them here. */
function nearLocate({ dataset }: Loaded, cwd: string): Loaded['dataset']['locate'] {
  return (path) => {
    const place = dataset.locate(path)
    return place && nearbyPlace(place, cwd)
  }
}

function staleItems(work: Work, batches: readonly string[]): Item[] {
  const stale: Item[] = []
  for (const batch of work.plan.batches) {
    if (!batches.includes(batch.spec.name)) continue
    for (const item of itemsOf(batch)) if (work.board.state[item.index] === STATE.pending) stale.push(item)
  }
  return stale
}

function countReasons(work: Work): Map<string, number> {
  const counts = new Map<string, number>()
  for (const batch of work.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (work.board.state[item.index] !== STATE.pending) continue
      const resolution = work.resolve(item)
      if (resolution.kind !== 'wanted' || jobOf(work, resolution) !== undefined) continue
      const text = reasonText(reasonFor(work.dataset, item, resolution, work.store), resolution.step.name)
      counts.set(text, (counts.get(text) ?? 0) + 1)
    }
  }
  return counts
}

function viewOf(loaded: Loaded, work: Work, item: Item, alike: ReadonlyMap<string, number>): ExplainView {
  const resolution = work.resolve(item)
  const problem = work.board.problem(item.index)
  const trail = new Map(work.trail(item).map((step) => [step.step, step]))
  const pin = work.pins.get(item.index)
  const wanted = resolution.kind === 'wanted' ? resolution : undefined
  const job = wanted && jobOf(work, wanted)
  const skipped = work.skipped(item)
  const steps = work.dataset.recipe.steps.map((step): ExplainStep => {
    const common = { step: step.name, changed: [], same: [], ...(step.kind === 'ask' ? { model: step.model.model } : {}) }
    if (skipped.has(step.name)) return { ...common, state: 'skipped', reason: 'its condition does not hold for this cell' }
    if (step.kind === 'derive') return { ...common, state: 'free', reason: 'computed from the cell, every time' }
    if (wanted?.step === step && pin) return { ...common, state: 'waiting', reason: 'its answer is not needed: a person wrote the row' }
    if (wanted?.step === step && job !== undefined)
      return { ...common, state: 'handed over', reason: `batch job ${job} has its request; \`datagen build\` collects what has ended` }
    if (wanted?.step === step) return { ...common, state: 'will ask', ...wantedStep(loaded, work, item, wanted, alike) }
    const seen = trail.get(step.name)
    if (!seen?.raw) return { ...common, state: 'waiting', reason: 'its request is known when the steps before it are' }
    const rejected = resolution.kind === 'rejected' && resolution.step === step.name
    const again = timesRedone(work, item, seen)
    return {
      ...common,
      state: rejected ? 'rejected' : 'cached',
      reason: `${rejected ? resolution.message : `its answer is kept under key ${seen.key.slice(0, 12)}`}${again > 0 ? `; asked again on purpose${again > 1 ? ` ${again} times` : ''}` : ''}`,
    }
  })
  return {
    cell: work.label(item),
    batch: item.batch.spec.name,
    state: wanted && !pin ? (job === undefined ? 'will ask' : 'waiting') : problem ? 'rejected' : 'cached',
    ...(problem
      ? { why: `${problem.code}: ${problem.message}`, ...(wanted && !pin ? {} : { hint: hintFor(problem.code, pin !== undefined) }) }
      : {}),
    ...(pin && !problem ? { why: `edited by ${pin.edit.by}: nothing is asked for it`, hint: UNDO_EDIT } : {}),
    steps,
  }
}

/** The number of the batch job that has been asked already for what an item wants. */
function jobOf({ store }: Work, { key }: Wanted): number | undefined {
  const holder = store.jobs.holder(key)
  return holder === undefined ? undefined : store.jobs.all().find(({ id }) => id === holder)?.number
}

const UNDO_EDIT = '`datagen review --drop <cell>` takes the edit back'

function hintFor(code: string, pinned: boolean): string {
  if (pinned) return UNDO_EDIT
  return code === REVIEW
    ? '`datagen review --undo <cell>` takes it back; `datagen build --retry` asks for another answer'
    : '`datagen build --retry` asks rejected cells again'
}

function wantedStep(loaded: Loaded, work: Work, item: Item, wanted: Wanted, alike: ReadonlyMap<string, number>) {
  const reason = reasonFor(work.dataset, item, wanted, work.store)
  const text = reasonText(reason, wanted.step.name)
  const others = (alike.get(text) ?? 1) - 1
  return {
    reason: sentence(reason),
    changed: reason.kind === 'request-changed' ? reason.changes.map((change) => changeOf(loaded, work, item, wanted, change)) : [],
    ...(others > 0 ? { alike: others } : {}),
  }
}

function sentence(reason: Reason): string {
  switch (reason.kind) {
    case 'new':
      return 'it has no answer yet'
    case 'new-sample':
      return 'it is a further sample of a cell that was asked before'
    case 'request-changed':
      return `its request changed since run ${reason.run}`
    case 'draw-missing':
      return 'the same request was asked before, but this answer to it is missing'
    case 'rejected-before':
      return `attempt ${reason.attempt}: the answer before it was rejected (${reason.code})`
    case 'forced':
      return 'it was marked to be asked again'
  }
}

function changeOf({ dataset }: Loaded, work: Work, item: Item, wanted: Wanted, change: FieldChange): ExplainChange {
  const place = changeSource(dataset, work.plan, item, wanted, change)
  return {
    field: change.field.replace(/^body\./, ''),
    before: plain(change.before),
    after: plain(change.after),
    ...(place ? { place } : {}),
  }
}

/** Texts without their JSON quotes; everything else as it is. */
function plain(json: string | undefined): string | undefined {
  if (json === undefined) return undefined
  const value: unknown = JSON.parse(json)
  return typeof value === 'string' ? value : json
}
