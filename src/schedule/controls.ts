/**
 * Controls of judges: examples whose worth is known, what a judge said of them, and whether it can be trusted. Those that are made from rows are kept as a
 * decision, so that an edit of the dataset asks nothing: they are chosen anew only when the judge itself is another.
 */
import type { Example } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { type JudgeSpec, judgesOf, levelCode, levelOf, scoreOf } from '../check/judged.ts'
import type { AskSpec, Dataset, JudgedCell, JudgedCriterion } from '../config/dataset.ts'
import type { ControlsReport } from '../events/judges.ts'
import { digestOf, identify } from '../key/key.ts'
import { compareRanks } from '../measure/ranks.ts'
import type { Plan } from '../plan/plan.ts'
import { askRequest } from '../plan/render.ts'
import { type Answers, climb, type Rung, type StepValues, type Wanted } from '../plan/resolve.ts'
import type { Coordinates } from '../review/verdict.ts'
import type { Store } from '../store/store.ts'
import { StoredAnswers } from './answers.ts'
import { decidedLast } from './decisions.ts'
import { itemOf } from './pins.ts'

/** Where controls are read from. */
export interface Ground {
  readonly dataset: Dataset
  readonly plan: Plan
  readonly store: Store
}

export interface Control extends JudgedCell {
  /** For people. */
  readonly name: string
  /** `row`: good as it is. Otherwise what the config says, or how a row was spoiled. */
  readonly how: string
  /** `both`: a pair, whose mirror image is as bad as it is good and is judged by the same two calls. */
  readonly worth: 'good' | 'bad' | 'both'
  readonly example: Example
  /** Of the draw that is asked for: a row's own verdict is that of its item. */
  readonly ordinal: number
  /** The row it was made from. */
  readonly from?: { readonly cell: Coordinates; readonly sample: number }
}

/** What the config gives, and what was made of rows before and still belongs to the plan. */
export function controlsOf(ground: Ground, check: JudgeSpec): Control[] {
  const { controls } = check.rule
  if (!controls) return []
  const given = controls.given.map(
    ({ good, name, example, cell, guide }): Control => ({
      name,
      how: 'given',
      worth: good ? 'good' : 'bad',
      example,
      cell,
      guide,
      ordinal: 0,
    }),
  )
  return [...given, ...heldControls(ground, check)]
}

export function heldControls({ dataset, plan, store }: Ground, check: JudgeSpec): Control[] {
  const most = check.rule.controls?.made ?? 0
  if (most === 0) return []
  const last = decidedLast(store, holderOf(dataset, check)) as { readonly controls: readonly Json[] } | undefined
  const held = (last?.controls ?? []).map((one) => one as unknown as Control)
  const planned = held.filter(({ from }) => from && itemOf(plan, from.cell, from.sample) !== undefined)
  return firstRows(planned, most)
}

/** Controls of the first so many rows: a spoiled row and the row itself belong together. */
export function firstRows(controls: readonly Control[], most: number): Control[] {
  const rows = new Set<string>()
  return controls.filter(({ from }) => {
    const name = JSON.stringify(from)
    if (rows.has(name) || rows.size < most) rows.add(name)
    return rows.has(name)
  })
}

/** Under which controls of a judge are kept: the same for every dataset that asks the same judge the same things. */
export function holderOf(dataset: Dataset, check: JudgeSpec): { readonly what: 'controls'; readonly batch: string } {
  const asked = stepsOf(dataset, check).map((step) => identify(askRequest(withExample(step, NOBODY), NO_CONTEXT)).digest)
  return { what: 'controls', batch: `judge ${digestOf([...asked, JSON.stringify(check.rule.where ?? null)].join('\n'))}` }
}

const NO_CONTEXT = { cell: {}, guide: {}, steps: {}, sample: 0, covered: [], remarks: [] }
const NOBODY: Pick<Control, 'example' | 'cell' | 'guide'> = {
  example: { messages: [{ role: 'assistant', content: '' }], rejected: [] },
  cell: {},
  guide: {},
}

export function stepsOf({ recipe }: Dataset, { id }: JudgeSpec): AskSpec[] {
  return recipe.steps.filter((step): step is AskSpec => step.kind === 'ask' && step.verdict?.check === id)
}

/** The judge's step, asked about a control in place of its item's example. */
function withExample(step: AskSpec, { example, cell, guide }: Pick<Control, 'example' | 'cell' | 'guide'>): AskSpec {
  const { when: _, ...rest } = step
  return { ...rest, messages: () => step.verdict?.ask(example, { cell, guide }) ?? [] }
}

/** What is known of one control. */
export interface Seen {
  readonly control: Control
  readonly values: StepValues
  /** Questions that have no answer yet. */
  readonly wanted: readonly Wanted[]
  /** The judge gave no verdict that can be used. */
  readonly unusable: boolean
}

/** `answers`: where they are looked up; the store's unless somebody wants to know which were looked at. */
export function lookAt(
  ground: Ground,
  check: JudgeSpec,
  control: Control,
  answers: Answers = new StoredAnswers(ground.store, new Map()),
): Seen {
  const { dataset, store } = ground
  const values: Record<string, Json> = Object.create(null)
  const rung: Rung = {
    context: { ...NO_CONTEXT, cell: control.cell, guide: control.guide },
    values,
    ordinal: control.ordinal,
    epoch: (request, ordinal) => store.epoch(request, ordinal),
  }
  const wanted: Wanted[] = []
  let unusable = false
  for (const step of stepsOf(dataset, check)) {
    const at = dataset.recipe.steps.indexOf(step)
    const found = climb(dataset.recipe, rung, answers, { step: withExample(step, control), at, isFirst: false, returns: 0 }, [])
    if (found?.kind === 'wanted') wanted.push(found)
    else if (found) unusable = true
  }
  return { control, values, wanted, unusable }
}

/** How well the judge tells them apart; undefined where it has none. */
export function reportOf(check: JudgeSpec, seen: readonly Seen[], simulated: boolean): ControlsReport | undefined {
  const { controls } = check.rule
  if (!controls || seen.length === 0) return undefined
  const missing = seen.filter(({ wanted }) => wanted.length > 0).length
  const usable = seen.filter((one) => !one.unusable && one.wanted.length === 0)
  const scored = usable.map(({ control, values }) => ({ control, ...scoresIn(check, control, values) }))
  const good = scored.flatMap((one) => one.good ?? [])
  const bad = scored.flatMap((one) => one.bad ?? [])
  const apart = good.length > 0 && bad.length > 0 ? compareRanks(good, bad).u1 / (good.length * bad.length) : undefined
  const usual = mean(good)
  const missed = scored.filter((one) => one.bad !== undefined && one.bad >= (one.good ?? usual))
  const state = simulated ? 'rehearsed' : missing > 0 || apart === undefined ? 'unproven' : apart >= controls.least ? 'trusted' : 'failing'
  return {
    state,
    good: good.length,
    bad: bad.length,
    goodMean: usual,
    badMean: mean(bad),
    ...(apart === undefined ? {} : { apart }),
    least: controls.least,
    missing,
    unusable: seen.length - usable.length - missing,
    missed: missed.map(({ control: { name, how } }) => (how === 'given' ? name : `${name} (${how})`)),
  }
}

interface Scores {
  readonly good?: number
  readonly bad?: number
}

/** The mean of all criteria, or what the pair came to; a pair that is good one way round is bad the other. */
function scoresIn({ rule: { criteria, pairs } }: JudgeSpec, { worth }: Control, values: StepValues): Scores {
  const counted = pairs === undefined ? criteria : criteria.filter(({ id }) => id === pairs)
  const score = mean(counted.map((criterion) => scoreOf(criterion, levelCode(criterion, values))))
  if (worth !== 'both') return { [worth]: score }
  const [whole] = counted as [JudgedCriterion]
  const level = levelOf(whole, values)
  return { good: score, bad: level === 'wins' ? 0 : level === 'loses' ? 1 : score }
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, n) => sum + n, 0) / numbers.length
}

/** Whether what it says is made up: then it is only rehearsed that it is asked. */
export function isSimulated(dataset: Dataset, check: JudgeSpec): boolean {
  return stepsOf(dataset, check).some(({ model }) => model.provider === 'simulated')
}

/** Ids of the judges that are known not to tell good from bad: nothing that they say counts against a row. */
export function failingJudges(ground: Ground): ReadonlySet<string> {
  const failing = judgesOf(ground.dataset.checks).filter((check) => {
    const seen = controlsOf(ground, check).map((control) => lookAt(ground, check, control))
    return reportOf(check, seen, isSimulated(ground.dataset, check))?.state === 'failing'
  })
  return new Set(failing.map(({ id }) => id))
}
