/** Gates between batches: what must hold of a complete one before any batch behind it starts. */
import type { GateSpec } from '../config/dataset.ts'
import type { Sink } from '../events/sink.ts'
import { type PlanBatch, roundsNamed } from '../plan/plan.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { approvalOf } from './approval.ts'
import { JudgeRemarks } from './judge-remarks.ts'
import { rejectedBy } from './lock-file.ts'
import { SetMeasures } from './set-measures.ts'
import type { Work } from './work.ts'

export interface GateContext {
  readonly sink: Sink
  readonly measures: SetMeasures
  readonly judges: JudgeRemarks
}

/** The gates of one stage of a build; each that is closed is named once. */
export class Gates {
  readonly #work: Work
  readonly #context: GateContext
  readonly #closed = new Set<string>()

  constructor(work: Work, context: GateContext) {
    this.#work = work
    this.#context = context
  }

  /** Whether every gate before a batch is open. One of a batch that is not complete is closed without a word: that is said elsewhere. */
  before({ spec }: PlanBatch): boolean {
    const { batches } = this.#work.dataset
    const earlier = batches.slice(
      0,
      batches.findIndex(({ name }) => name === spec.name),
    )
    return earlier.every(({ name, gate }) => !gate || this.#isOpen(name, gate))
  }

  #isOpen(name: string, gate: GateSpec): boolean {
    if (this.#closed.has(name) || !this.#work.isSettled(name)) return false
    const problem = closedBecause(this.#work, name, gate, this.#context)
    if (!problem) return true
    this.#closed.add(name)
    this.#context.sink.emit({ type: 'notice', diagnostic: problem })
    return false
  }
}

/**
 * The batch whose closed gate keeps another from being started, as far as can be said without asking anybody: of one that is not complete it
 * cannot.
 */
export function closedBefore(work: Work, name: string): string | undefined {
  const { batches } = work.dataset
  const context = { measures: new SetMeasures(UNHEARD, work.recall.measured), judges: new JudgeRemarks(UNHEARD) }
  return batches
    .slice(
      0,
      batches.findIndex((batch) => batch.name === name),
    )
    .find(({ name: before, gate }) => gate && work.isSettled(before) && closedBecause(work, before, gate, context))?.name
}

const UNHEARD: Sink = { emit: () => {} }

/** What of a complete batch's gate does not hold; undefined when it is open. */
export function closedBecause(
  work: Work,
  name: string,
  gate: GateSpec,
  { measures, judges }: Pick<GateContext, 'measures' | 'judges'>,
): Diagnostic | undefined {
  const { items, accepted } = work.counts(name)
  const facts: (readonly [string, string])[] = []
  if (gate.accepted !== undefined && accepted < gate.accepted * items)
    facts.push(['accepted', `${share(accepted, items)}, at least ${percent(gate.accepted)} wanted`])
  const turnedDown = rejectedBy(work, roundsNamed(work.plan, name))
  for (const [check, most] of gate.rejectedBy) {
    const count = turnedDown.get(check) ?? 0
    if (count > most * items) facts.push([`rejected by ${check}`, `${share(count, items)}, at most ${percent(most)} allowed`])
  }
  for (const remark of gate.measures.length === 0 ? [] : [...measures.remarks(work, name), ...judges.remarks(work, name)]) {
    if (remark.level === 'fail' && (gate.measures === 'all' || gate.measures.includes(remark.check)))
      facts.push([remark.check, remark.headline], ...remark.facts)
  }
  if (facts.length > 0) return closed(work, name, facts, MEND)
  const approval = gate.approval ? approvalOf(work, name) : undefined
  if (!approval || approval.kind === 'approved') return undefined
  const why =
    approval.kind === 'none' ? 'nobody has approved of its rows' : `its rows have changed since ${approval.by.join(', ')} approved of them`
  return closed(
    work,
    name,
    [['approval', why]],
    `\`datagen review ${name}\` shows them, \`datagen review --approve ${name}\` opens the gate`,
  )
}

const MEND = 'look at its rows (`datagen review`), mend the prompts or the checks, build again; or loosen the gate'

function closed(work: Work, name: string, facts: readonly (readonly [string, string])[], hint: string): Diagnostic {
  const place = work.dataset.locate(['batches', name, 'gate'])
  return {
    code: 'build/gate',
    severity: 'error',
    headline: `the gate behind batch "${name}" is closed: nothing behind it was started`,
    facts,
    ...(place ? { place } : {}),
    hint,
  }
}

function share(count: number, of: number): string {
  return `${count} of ${of} (${percent(count / Math.max(1, of))})`
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`
}
