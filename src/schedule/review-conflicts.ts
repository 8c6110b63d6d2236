/** Edits that no longer stand on what they were made from, and verdicts that contradict each other: shown, never decided silently. */
import type { Resolution } from '../plan/resolve.ts'
import type { Pin } from '../review/reviews.ts'
import { type Edit, EXAMPLE_DIGITS, KEY_DIGITS } from '../review/verdict.ts'
import type { Diagnostic } from '../util/diagnostic.ts'
import { STATE } from './board.ts'
import { itemOf } from './pins.ts'
import { exampleMark } from './verdict.ts'
import type { Work } from './work.ts'

/** What there is to decide. */
export interface PinConflict {
  readonly pin: Pin
  /** Undefined when the cell is no longer planned. */
  readonly item: number | undefined
  readonly why: string
}

/** Of edits only: each is one walk over kept answers, and people edit few rows. */
export function pinConflicts(work: Work): PinConflict[] {
  return [...work.reviews.pins.values()].flatMap((pin): PinConflict[] => {
    const item = itemOf(work.plan, pin.edit.cell, pin.edit.sample)
    const why = whyOff(work, item, pin)
    return why === undefined ? [] : [{ pin, item, why }]
  })
}

function whyOff(work: Work, item: number | undefined, { edit, rivals }: Pin): string | undefined {
  if (item === undefined) return 'its cell is no longer planned'
  if (rivals.length > 0)
    return `${[edit, ...rivals].map(({ by }) => by).join(' and ')} edited it at the same time; the words of ${edit.by} count for now`
  const { resolution, keys } = originOf(work, item)
  for (const [step, key] of Object.entries(keys))
    if (edit.keys[step] !== undefined && edit.keys[step] !== key) return `${whatMoved(resolution, step)} since it was edited`
  switch (resolution.kind) {
    case 'example':
      return exampleMark(resolution.example).slice(0, EXAMPLE_DIGITS) === edit.was
        ? undefined
        : 'its recipe makes something else of it since it was edited'
    case 'rejected':
    case 'distrusted':
      return `the answer it was made from is rejected now: ${resolution.message}`
    case 'wanted':
      // The same request, whose answer is elsewhere: nothing is known against it.
      return Object.hasOwn(edit.keys, resolution.step.name) ? undefined : `step "${resolution.step.name}" is new since it was edited`
  }
}

function whatMoved(resolution: Resolution, step: string): string {
  if (resolution.kind !== 'wanted' || resolution.step.name !== step) return `another answer of step "${step}" counts`
  return resolution.draw.epoch > 0 ? `step "${step}" was asked again on purpose` : `the request of step "${step}" changed`
}

/** What an item's recipe comes to by itself, and the keys on the way there. */
export function originOf(work: Work, index: number): { readonly resolution: Resolution; readonly keys: Edit['keys'] } {
  const resolution = work.resolve(work.item(index))
  const used = resolution.kind === 'wanted' ? [] : resolution.used
  const keys: Record<string, string> = {}
  // Of each step the last answer counted; those before it were turned down.
  for (const { step, key } of resolution.kind === 'wanted' ? usedUpTo(work, index) : used) keys[step] = key.slice(0, KEY_DIGITS)
  if (resolution.kind === 'wanted') keys[resolution.step.name] = resolution.key.slice(0, KEY_DIGITS)
  return { resolution, keys }
}

function usedUpTo(work: Work, index: number): { step: string; key: string }[] {
  return work.trail(work.item(index)).flatMap(({ step, key, raw }) => (raw === undefined ? [] : [{ step, key }]))
}

/** For the end of a build, for plan and status. */
export function reviewNotices(work: Work): Diagnostic[] {
  return [...pinNotice(work, pinConflicts(work)), ...disputeNotice(work)]
}

// A person reads a handful; `datagen review --conflicts` has them all.
const MOST_FACTS = 5

function pinNotice(work: Work, conflicts: readonly PinConflict[]): Diagnostic[] {
  if (conflicts.length === 0) return []
  const more = conflicts.length - MOST_FACTS
  return [
    {
      code: 'review/conflict',
      severity: 'warning',
      headline: `${conflicts.length} edited ${conflicts.length === 1 ? 'row' : 'rows'} no longer ${conflicts.length === 1 ? 'stands' : 'stand'} on what ${conflicts.length === 1 ? 'it was' : 'they were'} made from`,
      facts: [
        ...conflicts.slice(0, MOST_FACTS).map(({ pin, item, why }) => [conflictLabel(work, pin, item), why] as const),
        ...(more > 0 ? [['…', `and ${more} more`] as const] : []),
      ],
      hint: 'the edits still count; `datagen review --conflicts` keeps or drops them',
    },
  ]
}

export function conflictLabel(work: Work, { edit }: Pin, item: number | undefined): string {
  if (item !== undefined) return work.label(work.item(item))
  return `${Object.values(edit.cell).join(' × ')}${edit.sample === 0 ? '' : ` #${edit.sample}`}`
}

function disputeNotice(work: Work): Diagnostic[] {
  const disputes = disputesOf(work)
  const [first] = disputes
  if (!first) return []
  return [
    {
      code: 'review/disputed',
      severity: 'warning',
      headline: `${disputes.length} ${disputes.length === 1 ? 'row is' : 'rows are'} judged differently by two people: the rejection counts`,
      facts: [
        [work.label(work.item(first.item)), `${first.against.join(', ')} accepted it, ${first.by.join(', ')} did not: ${first.reason}`],
      ],
      hint: '`datagen review --conflicts` shows them',
    },
  ]
}

export interface Dispute {
  readonly item: number
  readonly by: readonly string[]
  readonly against: readonly string[]
  readonly reason: string
}

/** Among the rows that there are now. */
export function disputesOf({ board, reviews }: Work): Dispute[] {
  const { disputed } = reviews
  if (disputed.length === 0) return []
  const lows = new Set(disputed.map(({ example }) => Number.parseInt(example.slice(8, 16), 16)))
  const found: Dispute[] = []
  for (let item = 0; item < board.markLow.length; item++) {
    if (board.state[item] === STATE.pending || !lows.has(board.markLow[item] as number)) continue
    const ruling = reviews.rulingOfMark(board.markHigh[item] as number, board.markLow[item] as number)
    if (ruling?.kind === 'reject' && ruling.against.length > 0) found.push({ item, ...ruling })
  }
  return found
}
