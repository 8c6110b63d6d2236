/** Which rows two plans over one store differ in, and why: each row by its cell's coordinates and sample. */
import { diffFields } from '../key/explain.ts'
import { type Item, itemsOf } from '../plan/plan.ts'
import { Counterparts } from './absence.ts'
import { STATE } from './board.ts'
import { reasonFor, reasonText, rolesOf } from './reasons.ts'
import { timesRedone } from './redone-draws.ts'
import type { Work } from './work.ts'

export interface RowChange {
  readonly change: 'added' | 'changed' | 'dropped'
  /** Undefined for an added row; otherwise of the earlier work. */
  readonly before?: Item
  /** Undefined for a dropped row of a cell that is no longer planned. */
  readonly after?: Item
  readonly why: string
}

// Comparing two requests costs look-ups and a diff; beyond this many the causes are known well enough.
const MOST_COMPARED = 20_000

/** After a survey of both, with barriers: rows are what was accepted. In the order of the later plan, then what was dropped. */
export function* rowChanges(before: Work, after: Work): Generator<RowChange> {
  const back = new Counterparts(after.plan, before.plan)
  const forth = new Counterparts(before.plan, after.plan)
  let left = MOST_COMPARED
  for (const batch of after.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (after.board.state[item.index] !== STATE.accepted) continue
      const old = back.find(item)
      if (!old) yield { change: 'added', after: item, why: back.whyAbsent(item, 'added') }
      else if (before.board.state[old.index] !== STATE.accepted)
        yield { change: 'added', before: old, after: item, why: whyNotThen(before, old) }
      else if (!sameRow(before, old, after, item))
        yield { change: 'changed', before: old, after: item, why: left-- > 0 ? whyChanged(before, old, after, item) : NOT_COMPARED }
    }
  }
  for (const batch of before.plan.batches) {
    for (const item of itemsOf(batch)) {
      if (before.board.state[item.index] !== STATE.accepted) continue
      const now = forth.find(item)
      if (now && after.board.state[now.index] === STATE.accepted) continue
      const gone = { change: 'dropped', before: item } as const
      if (!now) yield { ...gone, why: forth.whyAbsent(item, 'dropped') }
      else yield { ...gone, after: now, why: left-- > 0 ? whyNotNow(after, now) : NOT_COMPARED }
    }
  }
}

const NOT_COMPARED = 'not compared one by one'

function sameRow(before: Work, old: Item, after: Work, item: Item): boolean {
  return (
    before.board.markHigh[old.index] === after.board.markHigh[item.index] &&
    before.board.markLow[old.index] === after.board.markLow[item.index]
  )
}

/** The row was planned, and was none. */
function whyNotThen({ board }: Work, { index }: Item): string {
  const problem = board.problem(index)
  return problem && board.state[index] === STATE.rejected
    ? `no longer rejected by ${problem.code}`
    : 'not answered then, as far as this store knows'
}

function whyNotNow(work: Work, item: Item): string {
  const problem = work.board.problem(item.index)
  if (problem && work.board.state[item.index] === STATE.rejected) return `rejected by ${problem.code}`
  const resolution = work.resolve(item)
  if (resolution.kind !== 'wanted') return 'not answered yet'
  return `not answered yet: ${reasonText(reasonFor(work.dataset, item, resolution, work.store), resolution.step.name)}`
}

/** The first step, in order, that is not the same: all behind it follows from it. */
function whyChanged(before: Work, old: Item, after: Work, item: Item): string {
  const [was, is] = [before.pins.get(old.index), after.pins.get(item.index)]
  if (was && is) return 'edited by a person, again'
  if (was || is) return is ? 'edited by a person' : 'no longer as a person edited it'
  const then = new Map(before.trail(old).map((trail) => [trail.step, trail]))
  const now = after.trail(item)
  for (const trail of now) {
    const { step, key, identified } = trail
    const was = then.get(step)
    if (!was) return `step "${step}" is new`
    if (was.identified.digest !== identified.digest) {
      const changes = diffFields(was.identified.request, identified.request)
      return reasonText({ kind: 'request-changed', changes, roles: rolesOf(identified), run: '' }, step)
    }
    if (was.key === key) continue
    if (timesRedone(before, old, was) !== timesRedone(after, item, trail)) return `step "${step}" was asked again on purpose`
    return `another answer to the same request of step "${step}" counts`
  }
  const gone = [...then.keys()].find((step) => !now.some((trail) => trail.step === step))
  if (gone !== undefined) return `step "${gone}" is gone`
  return before.dataset.recipe.steps.concat(after.dataset.recipe.steps).some(({ kind }) => kind === 'derive')
    ? 'the example or a computed step changed'
    : 'the example changed'
}
