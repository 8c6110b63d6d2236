/** Measures of all accepted rows together, at the barriers of batches: what is beyond its limits, with the rows and phrases behind it. */
import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { CheckSpec, LimitsSpec, MeasureRule, ShareRule, SpreadRule } from '../config/dataset.ts'
import { MEASURES } from '../config/set-checks.ts'
import type { MeasureCheck, MeasureReport } from '../events/measures.ts'
import type { Sink } from '../events/sink.ts'
import { Measurement } from '../measure/evaluate.ts'
import { wilson } from '../measure/interval.ts'
import type { ThresholdChanges } from '../measure/thresholds.ts'
import { DEFINITIONS } from '../measure/words.ts'
import { cellsOf, guardedValues } from '../plan/cells.ts'
import { type Lattice, latticeBalance, latticeCoverage } from '../plan/lattice.ts'
import { itemsOf, type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { safeText } from '../util/safe-text.ts'
import { STATE } from './board.ts'
import { MeasureMemo, type RememberedMeasures } from './measure-memo.ts'
import { examplesIn } from './rows.ts'
import { spreadMeasures } from './spread-measures.ts'
import type { Work } from './work.ts'

/** One measure beyond a limit. */
export interface Remark {
  readonly check: string
  readonly level: 'warn' | 'fail'
  /** Its check wants the build to fail for it. */
  readonly fails: boolean
  /** `22 % of … (at most 15 %)` */
  readonly headline: string
  readonly facts: readonly (readonly [string, string])[]
  readonly reason: string
}

type SetRule = MeasureRule | ShareRule | SpreadRule
type SetSpec = CheckSpec & { readonly rule: SetRule }

// Rows read from the store at a time.
const CHUNK = 256
// Phrases are words of a model: enough to know them by, and no flood.
const LONGEST_PHRASE = 100
const SPREAD_VERSION = 'spread 1'
const MOST_FACTS = 5

/** The measures of one build; nothing is measured twice, and nothing at all where no check wants it. */
export class SetMeasures {
  readonly #sink: Sink
  readonly #known = new Map<string, readonly Remark[]>()
  readonly #told = new Set<string>()
  readonly #memo: MeasureMemo
  #failed = false

  /** `remembered`: of the build before. */
  constructor(sink: Sink, remembered?: RememberedMeasures) {
    this.#sink = sink
    this.#memo = new MeasureMemo(remembered)
  }

  /** For the next build. */
  remembered(): RememberedMeasures {
    return this.#memo.remembered()
  }

  /** A measure was beyond its limit, and its check says that the build then has failed. */
  get failed(): boolean {
    return this.#failed
  }

  /** Says what is to be remarked about the rows so far, once; for a batch of which nothing is under way. */
  tell(work: Work, name: string): void {
    if (setChecks(work).length === 0 || !work.isSettled(name)) return
    const isLast = work.dataset.batches.at(-1)?.name === name
    for (const remark of this.remarks(work, name)) {
      // Which cells are still missing, and how balanced they are, is certain when all batches are there.
      if (!isLast && !isOfText(remark)) continue
      if (remark.level === 'fail' && remark.fails) this.#failed = true
      const diagnostic = diagnosticOf(name, remark)
      if (this.#told.has(diagnostic.headline)) continue
      this.#told.add(diagnostic.headline)
      this.#sink.emit({ type: 'notice', diagnostic })
    }
  }

  /** What is beyond its limits in the accepted rows of a batch and of all before it. */
  remarks(work: Work, name: string): readonly Remark[] {
    const checks = setChecks(work)
    if (checks.length === 0) return []
    const upTo = work.plan.batches.slice(0, work.plan.batches.findLastIndex(({ spec }) => spec.name === name) + 1)
    const id = `${name}/${digestOf(work, upTo)}`
    const known = this.#known.get(id)
    if (known) return known
    const remarks = measured(work, name, upTo, checks, this.#memo)
    this.#known.set(id, remarks)
    return remarks
  }
}

function setChecks({ dataset }: Work): SetSpec[] {
  return dataset.checks.filter(
    (check): check is SetSpec => check.rule.check === 'share' || check.rule.check === 'spread' || Object.hasOwn(MEASURES, check.rule.check),
  )
}

function isOfText({ check }: Remark): boolean {
  return /^(templates|diversity|drift|spread)/.test(check)
}

/** Of the rows that are accepted and their places: equal digests, equal measures. */
function digestOf({ board }: Work, batches: readonly PlanBatch[]): string {
  const marks: number[] = []
  for (const item of acceptedIn(board.state, batches)) marks.push(item, board.markHigh[item] as number, board.markLow[item] as number)
  return hash('sha256', new Uint8Array(Uint32Array.from(marks).buffer))
}

function* acceptedIn(state: Uint8Array, batches: readonly PlanBatch[]): Generator<number> {
  for (const { first, items } of batches)
    for (let item = first; item < first + items; item++) if (state[item] === STATE.accepted) yield item
}

function measured(work: Work, name: string, upTo: readonly PlanBatch[], checks: readonly SetSpec[], memo: MeasureMemo): Remark[] {
  const own = roundsNamed(work.plan, name)
  const reports = new Reports(work, checks, memo)
  return checks.flatMap((check) => ofCheck(work, check, { own, upTo, reports }))
}

interface Looked {
  readonly own: readonly PlanBatch[]
  readonly upTo: readonly PlanBatch[]
  readonly reports: Reports
}

function ofCheck(work: Work, { id, rule }: SetSpec, { own, upTo, reports }: Looked): Remark[] {
  switch (rule.check) {
    case 'templates':
    case 'diversity':
      return ofReport(work, id, rule, reports.of(upTo, rule))
    case 'drift':
      // Batches differ on purpose; within one, rows should not.
      return ofReport(work, id, rule, reports.of(own, rule))
    case 'spread':
      return ofReport(work, id, rule, reports.spread(upTo, rule))
    case 'coverage':
      return ofCoverage(work, id, rule, upTo)
    case 'balance':
      return ofBalance(work, id, rule, upTo)
    case 'share':
      return ofShares(work, id, rule, upTo)
  }
}

/** Texts are read in bulk, measured for all checks at once, and let go; what came of it is remembered. */
class Reports {
  readonly #work: Work
  readonly #memo: MeasureMemo
  /** Of all checks, as far as no two of them want other limits for one measure. */
  readonly #common: MeasureRule['measures']

  constructor(work: Work, checks: readonly SetSpec[], memo: MeasureMemo) {
    this.#work = work
    this.#memo = memo
    const common = new Map<string, LimitsSpec>()
    for (const { rule } of checks)
      if (rule.check !== 'share' && rule.check !== 'spread')
        for (const [id, limits] of rule.measures) if (!common.has(id)) common.set(id, limits)
    this.#common = common
  }

  of(batches: readonly PlanBatch[], { measures }: MeasureRule): readonly MeasureCheck[] {
    const isCommon = [...measures].every(([id, limits]) => isDeepStrictEqual(this.#common.get(id), limits))
    const thresholds = Object.fromEntries(isCommon ? this.#common : measures) as ThresholdChanges
    const made = [DEFINITIONS, digestOf(this.#work, batches), Object.entries(thresholds).sort(([a], [b]) => (a < b ? -1 : 1))]
    return this.#memo.of(hash('sha256', JSON.stringify(made)), () => this.#measure(batches, thresholds).checks)
  }

  spread(batches: readonly PlanBatch[], rule: SpreadRule): readonly MeasureCheck[] {
    const made = [SPREAD_VERSION, digestOf(this.#work, batches), rule.step, [...rule.measures]]
    const items = () => [...acceptedIn(this.#work.board.state, batches)]
    return this.#memo.of(hash('sha256', JSON.stringify(made)), () => spreadMeasures(this.#work, rule, items()))
  }

  #measure(batches: readonly PlanBatch[], thresholds: ThresholdChanges): MeasureReport {
    const measurement = new Measurement({ thresholds, near: false })
    let chunk: number[] = []
    const push = () => {
      for (const { item, example } of examplesIn(this.#work, chunk)) measurement.push({ row: example, place: item.index + 1 })
      chunk = []
    }
    for (const item of acceptedIn(this.#work.board.state, batches)) if (chunk.push(item) === CHUNK) push()
    push()
    return measurement.finish()
  }
}

const VIEWS = { prompt: ' (in prompts)', response: ' (in answers)', whole: '' } as const

function ofReport(
  work: Work,
  check: string,
  { measures, fails }: Pick<MeasureRule, 'measures' | 'fails'>,
  beyond: readonly MeasureCheck[],
): Remark[] {
  return beyond.flatMap((one): Remark[] => {
    if (!measures.has(one.id) || (one.status !== 'warn' && one.status !== 'fail')) return []
    const facts = one.findings.slice(0, MOST_FACTS).map((finding) => factOf(work, finding))
    const { id, view, looksAt, value = 0, reason, status: level } = one
    return [{ check, level, fails, headline: `${id}: ${said(one, value)}, ${looksAt}${VIEWS[view ?? 'whole']}`, facts, reason }]
  })
}

/** `22 %, more than 15 %` */
function said({ unit, side, warn, fail, status }: MeasureCheck, value: number): string {
  const limit = (status === 'fail' ? fail : warn) as number
  const number = (n: number) =>
    unit === 'share' ? percent(n) : String(Math.abs(n) < 0.1 ? Number(n.toPrecision(2)) : Math.round(n * 100) / 100)
  return `${number(value)}, ${side === 'above' ? 'more' : 'less'} than ${number(limit)}`
}

function factOf(work: Work, { what, phrase, rows, count }: MeasureCheck['findings'][number]): [string, string] {
  const first = rows[0] === undefined ? undefined : work.label(work.item(rows[0] - 1))
  const where = [
    count === undefined ? [] : [`${count} ${count === 1 ? 'row' : 'rows'}`],
    first === undefined ? [] : [`such as ${first}`],
  ].flat()
  const named = phrase === undefined ? [] : [JSON.stringify(safeText(phrase, { max: LONGEST_PHRASE }))]
  return [phrase === undefined ? 'found' : 'phrase', [...named, what, ...where].join(', ')]
}

function levelOf(value: number, limits: { readonly warn: number | null; readonly fail: number | null }, side: 'above' | 'below') {
  const beyond = (limit: number | null) => limit !== null && (side === 'above' ? value > limit : value < limit)
  return beyond(limits.fail) ? 'fail' : beyond(limits.warn) ? 'warn' : undefined
}

/** What could be: everything that is allowed when all batches are looked at, else what was planned. */
function latticeOf(work: Work, batches: readonly PlanBatch[]): { lattice: Lattice; rows: Uint32Array } {
  const { dimensions } = work.plan
  const branches = (work.dataset.recipe.branches ?? []).map(({ name, values, of }) => ({
    name,
    values,
    of: (row: number) => of(guardedValues(dimensions, row)),
  }))
  const isAll = batches.length === work.plan.batches.length
  const planned = () => Uint32Array.from(batches.flatMap((batch) => Array.from(itemsOf(batch), ({ row }) => row)))
  const rows = Uint32Array.from(acceptedIn(work.board.state, batches), (item) => work.item(item).row)
  return { lattice: { dimensions, branches, possible: isAll ? cellsOf(work.dataset).rows : planned() }, rows }
}

const COMBINATIONS = { 1: 'values', 2: 'pairs of values', 3: 'triples of values' } as const

function ofCoverage(work: Work, check: string, { measures, fails }: MeasureRule, batches: readonly PlanBatch[]): Remark[] {
  const { lattice, rows } = latticeOf(work, batches)
  return [...measures].flatMap(([measure, limits]): Remark[] => {
    const strength = Number(measure.slice(-1)) as 1 | 2 | 3
    const { covered, of, missing } = latticeCoverage(lattice, rows, strength)
    // Fewer rows than combinations cannot have them all, unless each has several: pairs and more are judged where it could be asked for.
    if (of === 0 || (strength > 1 && rows.length < of)) return []
    const level = levelOf(covered / of, limits, 'below')
    if (level === undefined) return []
    const facts = missing.map((values): [string, string] => [
      'missing',
      Object.entries(values)
        .map(([name, id]) => `${name}=${id}`)
        .join(' × '),
    ])
    const headline = `${measure}: ${covered} of ${of} ${COMBINATIONS[strength]} occur`
    return [
      {
        check,
        level,
        fails,
        headline,
        facts,
        reason: 'what never occurs is never learned; a pairwise selection reaches every pair with few rows',
      },
    ]
  })
}

const FEW_ROWS = 200 // below it, shares move by chance

function ofBalance(work: Work, check: string, { measures, fails }: MeasureRule, batches: readonly PlanBatch[]): Remark[] {
  const { lattice, rows } = latticeOf(work, batches)
  const limits = measures.get('balance')
  if (!limits || rows.length < FEW_ROWS) return []
  const off = latticeBalance(lattice, rows)
  const level = levelOf(off[0]?.tv ?? 0, limits, 'above')
  if (level === undefined || !off[0]) return []
  const facts = off
    .slice(0, MOST_FACTS)
    .map(({ name, tv, worst: { id, share, target } }): [string, string] => [
      name,
      `${percent(tv)} of the rows; ${id} has ${percent(share)} instead of ${percent(target)}`,
    ])
  const headline = `balance: in "${off[0].name}", ${percent(off[0].tv)} of the rows would have to have another value`
  return [{ check, level, fails, headline, facts, reason: 'values should have about the shares that their weights give them' }]
}

/** Off for certain is what the whole interval is: a share of few rows may be anything. */
function ofShares(work: Work, check: string, { shares, fails }: ShareRule, batches: readonly PlanBatch[]): Remark[] {
  const rows = [...acceptedIn(work.board.state, batches)].map((item) => work.item(item).row)
  if (rows.length === 0) return []
  return [...shares].flatMap(([name, [least, most]]): Remark[] => {
    const usual = work.plan.dimensions.find((dimension) => dimension.name === name)?.values[0]?.id
    const others = rows.filter((row) => guardedValues(work.plan.dimensions, row)[name] !== usual).length
    const { share, low, high } = wilson(others, rows.length)
    if (share >= least && share <= most) return []
    const level = high < least || low > most ? 'fail' : 'warn'
    const facts: [string, string][] = [['true share', `between ${percent(low)} and ${percent(high)} (95 %)`]]
    const headline = `share: ${others} of ${rows.length} rows (${percent(share)}) have another ${name} than "${usual}", ${percent(least)} to ${percent(most)} wanted`
    const reason = `change the weights of "${name}", or give a batch \`quota\` or \`gaps: { shares: { ${name}: [${least}, ${most}] } }\``
    return [{ check, level, fails, headline, facts, reason }]
  })
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

function diagnosticOf(batch: string, { check, level, fails, headline, facts, reason }: Remark): Diagnostic {
  return {
    code: `measure/${check}`,
    severity: level === 'fail' && fails ? 'error' : 'warning',
    headline: `after batch "${batch}": ${headline}`,
    facts,
    hint: reason,
  }
}
