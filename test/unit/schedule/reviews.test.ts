/** What reviews do to a build's look at its items: which are judged anew, what is asked of the store, and what it costs. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../schema/config.ts'
import { digestOf } from '../../../src/key/key.ts'
import { outlineOf } from '../../../src/plan/outline.ts'
import { Reviews } from '../../../src/review/reviews.ts'
import type { Accept, Edit, Reject, Verdict } from '../../../src/review/verdict.ts'
import { approvalOf } from '../../../src/schedule/approval.ts'
import { batchRemarks } from '../../../src/schedule/batch-remarks.ts'
import { STATE } from '../../../src/schedule/board.ts'
import { rowsDigest } from '../../../src/schedule/lock-file.ts'
import { columnsOf, type PlanColumns, recallFrom, recallNothing } from '../../../src/schedule/recall.ts'
import { pinConflicts } from '../../../src/schedule/review-conflicts.ts'
import { acceptLine, reviewOrder, reviewRow } from '../../../src/schedule/review-rows.ts'
import { judgedAnew } from '../../../src/schedule/reviewed.ts'
import { survey, surveyAll } from '../../../src/schedule/survey.ts'
import { Judge } from '../../../src/schedule/verdict.ts'
import { Work } from '../../../src/schedule/work.ts'
import type { Store } from '../../../src/store/store.ts'
import { createMemoryStore, type MemoryStore } from '../../rig/memory-store.ts'
import { planFor } from '../plan/plans.ts'
import { shop } from './shop.ts'

const DEFINITION = digestOf('the same config')
const values = (name: string) => Array.from({ length: 10 }, (_, i) => `${name}${i}`)
const CONFIG: Partial<Config> = {
  dimensions: { a: values('a'), b: values('b') },
  recipe: {
    steps: { said: { ask: 'm', prompt: 'about {{ cell.a }} and {{ cell.b }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ cell.a }}' },
        { role: 'assistant', content: '{{ steps.said }}' },
      ],
    },
  },
  checks: [{ check: 'forbid', of: 'user', phrases: ['a3'] }],
}

async function answered(config = CONFIG): Promise<MemoryStore> {
  const { plan, buy, store } = await shop({ config })
  for (let item = 0; item < plan.items; item++) await buy(item)
  return store
}

/** As a build without calls looks; what it leaves, and how often the store was asked. */
async function looked(store: Store, lines: readonly Verdict[] = [], columns?: PlanColumns, config = CONFIG) {
  const plan = await planFor(config)
  const reviews = new Reviews(lines)
  const outline = outlineOf(plan.dataset, DEFINITION)
  let gets = 0
  const counting = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (name === 'get') gets++
        return member.apply(target, args)
      }
    },
  })
  const recall = columns && recallFrom(plan, outline, counting, columns, reviews)
  if (columns && !recall) throw new Error('the columns say nothing')
  const work = new Work(plan, counting, recall ?? recallNothing(plan, counting), outline, { reviews })
  const judge = new Judge(work)
  const wanted: string[] = []
  for (const batch of plan.batches) {
    survey(work, judge, batch, (item) => wanted.push(work.label(item)))
    judge.barrier(batch)
  }
  return { work, wanted, gets, todo: [...work.recall.todo], columns: columnsOf(work, judge, []) as PlanColumns }
}

const item = (work: Work, label: string) =>
  Array.from({ length: work.plan.items }, (_, index) => index).find((index) => work.label(work.item(index)) === label) as number
const row = (work: Work, label: string) => reviewRow(work, item(work, label)) as NonNullable<ReturnType<typeof reviewRow>>
const rejecting = (work: Work, label: string, reason = 'no'): Reject => {
  const { cell, digest } = row(work, label)
  return { verdict: 'reject', by: 'anna', revision: 1, cell, sample: 0, example: digest, reason }
}
const editing = (work: Work, label: string): Edit => {
  const { cell, digest } = row(work, label)
  return {
    verdict: 'edit',
    by: 'anna',
    revision: 1,
    cell,
    sample: 0,
    was: digest,
    keys: {},
    edited: { messages: [{ role: 'assistant', content: `edited ${label}` }] },
  }
}

describe('a look after a review', () => {
  it('is at the rows that somebody spoke of since, and at no other', async () => {
    const store = await answered()
    const first = await looked(store)
    const [one, two] = [rejecting(first.work, 'a1 × b1'), rejecting(first.work, 'a2 × b2')]
    const judged = await looked(store, [one, two], first.columns)
    expect(judged.todo).toEqual([11, 22])
    expect(judged.gets).toBe(2)
    expect(judged.wanted).toEqual([])
    expect(judged.work.board.counts(0, 100)).toMatchObject({ accepted: 88, rejected: 12 })
    // Nothing new was said; one is taken back; one has another reason; a comment is nothing to a build.
    expect((await looked(store, [one, two], judged.columns)).todo).toEqual([])
    expect((await looked(store, [two], judged.columns)).todo).toEqual([11])
    expect((await looked(store, [{ ...one, reason: 'yes' }, two], judged.columns)).todo).toEqual([11])
    expect((await looked(store, [one, two, { ...two, verdict: 'comment', text: 'x' } as unknown as Verdict], judged.columns)).todo).toEqual(
      [],
    )
    expect((await looked(store, [one, { ...two, by: 'ben' }], judged.columns)).todo).toEqual([])
  })

  it('comes to the same as a look at everything, for edits too', async () => {
    const store = await answered()
    const first = await looked(store)
    const lines = [
      rejecting(first.work, 'a1 × b1'),
      acceptLine(first.work, row(first.work, 'a3 × b0'), 'anna'),
      editing(first.work, 'a4 × b4'),
    ]
    const some = await looked(store, lines, first.columns)
    const all = await looked(store, lines)
    expect(some.todo).toEqual([11, 30, 44])
    expect(some.work.board.state).toEqual(all.work.board.state)
    expect(some.work.board.markHigh).toEqual(all.work.board.markHigh)
    expect(some.work.board.state[30]).toBe(STATE.accepted)
    // Pins that are as before are taken over; one that is gone is looked at.
    expect((await looked(store, lines, some.columns)).todo).toEqual([])
    const undone = await looked(store, lines.slice(0, 2), some.columns)
    expect(undone.todo).toEqual([44])
    expect(undone.work.board.markHigh[44]).toBe(first.work.board.markHigh[44])
  })

  it('asks nothing for what a person wrote, and asks when the edit is gone', async () => {
    const store = createMemoryStore()
    const plan = await planFor(CONFIG)
    const work = new Work(plan, await answered())
    surveyAll(work)
    const lines = Array.from({ length: 100 }, (_, index) => editing(work, work.label(work.item(index))))
    expect((await looked(store, lines)).wanted).toEqual([])
    expect((await looked(store, lines.slice(1))).wanted).toEqual(['a0 × b0'])
  })

  it('at a million cells is one walk along two columns', async () => {
    const plan = await planFor(CONFIG)
    const high = new Uint32Array(1_000_000).map((_, i) => Math.imul(i + 1, 0x9e3779b1))
    const low = new Uint32Array(1_000_000).map((_, i) => Math.imul(i + 7, 0x85ebca6b))
    const mark = (i: number) => [high, low].map((column) => (column[i] as number).toString(16).padStart(8, '0')).join('')
    const lines = Array.from(
      { length: 1_000 },
      (_, i): Reject => ({
        verdict: 'reject',
        by: 'a',
        revision: 1,
        cell: {},
        sample: 0,
        example: `${mark(i * 1_000)}${'0'.repeat(16)}`,
        reason: 'x',
      }),
    )
    const reviews = new Reviews(lines)
    const before = performance.now()
    const items = judgedAnew(plan, undefined, reviews, new Map(), { high, low })
    const took = performance.now() - before
    expect(items).toEqual(lines.map((_, i) => i * 1_000))
    // 20 ms here; what must not be is a million look-ups.
    expect(took).toBeLessThan(1_000)
  })
})

describe('what a reviewer sees', () => {
  it('is first what nobody has spoken of, spread by the rows themselves, and only what has an example', async () => {
    const store = await answered()
    const { work } = await looked(store)
    const order = reviewOrder(work, () => true)
    expect(order).toHaveLength(100)
    expect(order.slice(0, 10)).not.toEqual([...order.slice(0, 10)].sort((a, b) => a - b))
    const first = order[0] as number
    const after = await looked(store, [rejecting(work, work.label(work.item(first)))])
    expect(reviewOrder(after.work, () => true)).toEqual([...order.slice(1), first])
    expect(reviewOrder((await looked(createMemoryStore())).work, () => true)).toEqual([])
  })

  it('has what the checks say, whoever overruled them, and what an acceptance is over', async () => {
    const store = await answered()
    const { work } = await looked(store)
    const line: Accept = acceptLine(work, row(work, 'a3 × b0'), 'anna')
    expect(line).toMatchObject({ over: ['forbid'], revision: 1 })
    const after = await looked(store, [line])
    expect(row(after.work, 'a3 × b0')).toMatchObject({ accepted: true, findings: [{ check: 'forbid' }] })
    expect(acceptLine(after.work, row(after.work, 'a3 × b0'), 'anna').revision).toBe(2)
    expect(acceptLine(after.work, row(after.work, 'a3 × b0'), 'ben').revision).toBe(1)
  })

  it('has the values of judging steps', async () => {
    const store = await answered()
    const plan = await planFor(CONFIG)
    const judging = { kind: 'derive', name: 'judge:clarity', derive: () => ({ level: 4, why: 'clear' }) } as const
    const dataset = { ...plan.dataset, recipe: { ...plan.dataset.recipe, steps: [...plan.dataset.recipe.steps, judging] } }
    const work = new Work({ ...plan, dataset }, store)
    surveyAll(work)
    expect(row(work, 'a0 × b0').scores).toEqual([['clarity', { level: 4, why: 'clear' }]])
  })
})

describe('edits', () => {
  it('stand on the keys they were made from: an answer that is elsewhere is no conflict, another request is', async () => {
    const store = await answered()
    const { work } = await looked(store)
    const known = work.trail(work.item(0))[0]?.key.slice(0, 16) as string
    const edit = { ...editing(work, 'a0 × b0'), keys: { said: known } }
    expect(pinConflicts((await looked(store, [edit])).work)).toEqual([])
    expect(pinConflicts((await looked(createMemoryStore(), [edit])).work)).toEqual([])
    const other = { ...edit, keys: { said: '0'.repeat(16) } }
    expect(pinConflicts((await looked(createMemoryStore(), [other])).work).map(({ why }) => why)).toEqual([
      'the request of step "said" changed since it was edited',
    ])
    expect(pinConflicts((await looked(store, [other])).work).map(({ why }) => why)).toEqual([
      'another answer of step "said" counts since it was edited',
    ])
    const gone = { ...edit, cell: { a: 'a99', b: 'b0' } }
    expect(pinConflicts((await looked(store, [gone])).work).map(({ why }) => why)).toEqual(['its cell is no longer planned'])
  })
})

describe('a batch', () => {
  it('is approved as it is, by whoever approved these rows', async () => {
    const store = await answered()
    const { work } = await looked(store)
    const approve: Verdict = {
      verdict: 'approve',
      by: 'anna',
      revision: 1,
      batch: 'all',
      accepted: 90,
      rows: rowsDigest(work, work.plan.batches, 90),
    }
    const approval = async (lines: Verdict[]) => approvalOf((await looked(store, lines)).work, 'all')
    expect(approvalOf(work, 'all')).toEqual({ kind: 'none' })
    expect(await approval([approve])).toEqual({ kind: 'approved', by: ['anna'] })
    expect(await approval([approve, rejecting(work, 'a0 × b0')])).toEqual({ kind: 'outdated', by: ['anna'] })
    expect(await approval([approve, { ...approve, revision: 2, rows: '0'.repeat(32) }])).toEqual({ kind: 'outdated', by: ['anna'] })
  })

  it('has the reasons given for its rows', async () => {
    const store = await answered()
    const { work } = await looked(store)
    const lines = [rejecting(work, 'a1 × b1', 'too long'), { ...rejecting(work, 'a2 × b2', 'elsewhere'), cell: { a: 'a99', b: 'b1' } }]
    const after = await looked(store, lines)
    expect(batchRemarks(after.work, new Set(['all']))).toEqual(['too long'])
  })
})
