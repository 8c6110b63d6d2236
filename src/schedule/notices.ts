/** What a person should know about a plan or a build beside its numbers. */
import type { Diagnostic } from '../util/diagnostic.ts'
import { reasonFor, reasonText } from './reasons.ts'
import type { Judge } from './verdict.ts'
import type { Work } from './work.ts'

/** Two cells that ask the same thing get two answers; that is rarely what was meant. */
export function equalRequests(work: Work): Diagnostic | undefined {
  const [first] = work.ordinals.equal
  if (!first) return undefined
  const rowOf = (index: number) => work.item(index).row
  const other = first.find((index) => rowOf(index) !== rowOf(first[0] as number)) as number
  const cells = work.ordinals.equal.reduce((n, group) => n + new Set(group.map(rowOf)).size, 0)
  return {
    code: 'plan/equal-requests',
    severity: 'warning',
    headline: `${cells} cells render the same request as another cell`,
    facts: [['for example', [first[0] as number, other].map((index) => work.label(work.item(index))).join(' and ')]],
    hint: 'each gets an answer of its own; name the dimension that tells them apart in the prompt',
  }
}

// A person reads a handful; `datagen plan` counts them all.
const MOST_MISSING = 20

/** What a frozen build would have to ask for, and how many of its items wait for batch jobs. */
export function missing(work: Work, items: readonly Uint32Array[], waiting: number): Diagnostic | undefined {
  const count = items.reduce((n, { length }) => n + length, 0)
  if (count === 0) return waiting === 0 ? undefined : awaited(waiting)
  const facts: (readonly [string, string])[] = []
  for (const index of items.flatMap((batch) => [...batch.subarray(0, MOST_MISSING)]).slice(0, MOST_MISSING)) {
    const item = work.item(index)
    const wanted = work.resolve(item)
    if (wanted.kind === 'wanted')
      facts.push([work.label(item), reasonText(reasonFor(work.dataset, item, wanted, work.store), wanted.step.name)])
  }
  if (count > facts.length) facts.push(['…', `and ${count - facts.length} more`])
  return {
    code: 'build/frozen',
    severity: 'error',
    headline: `${cells(count)} would be asked for, and this build is frozen`,
    facts: waiting === 0 ? facts : [...facts, ['besides', `${cells(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for batch jobs`]],
    hint: 'build without --frozen, or bring the answers here with `datagen cache import`',
  }
}

function awaited(waiting: number): Diagnostic {
  return {
    code: 'build/frozen',
    severity: 'error',
    headline: `${cells(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for batch jobs, and this build is frozen: it looks at none`,
    hint: '`datagen build` collects what has ended; `datagen jobs` lists what is waited for',
  }
}

function cells(n: number): string {
  return `${n} ${n === 1 ? 'cell' : 'cells'}`
}

/** Findings of severity `warn`. */
export function findings(judge: Judge): Diagnostic[] {
  return [...judge.warnings].map(([finding, count]) => ({
    code: 'check/warning',
    severity: 'warning',
    headline: `${count} ${count === 1 ? 'row' : 'rows'}: ${finding}`,
  }))
}

/** Answers that rotted on disk count as missing; whoever paid for them should know. */
export function damage({ store: { damaged } }: Work): Diagnostic[] {
  const lost = damaged.filter(({ harmless }) => !harmless)
  const [first] = lost
  const found: Diagnostic[] = []
  if (first) {
    found.push({
      code: 'store/damaged',
      severity: 'warning',
      headline: `${lost.length} kept ${lost.length === 1 ? 'answer was' : 'answers were'} damaged on disk and set aside`,
      facts: [['first', `${first.key.slice(0, 12)}: ${first.why}`]],
      hint: 'they count as missing and are asked again; check the disk',
    })
  }
  for (const { why } of damaged.filter(({ harmless }) => harmless)) {
    found.push({
      code: 'store/index',
      severity: 'warning',
      headline: `the index of kept answers was damaged on disk: ${why}`,
      hint: 'no answer was lost by it; check the disk',
    })
  }
  return found
}
