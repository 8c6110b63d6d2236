/** What is taken over from the last build, what is looked at again, and what that costs. */
import { describe, expect, it } from 'vitest'
import type { Check, Config } from '../../../schema/config.ts'
import { Pace } from '../../../src/generate/rate/pace.ts'
import { digestOf } from '../../../src/key/key.ts'
import { outlineOf } from '../../../src/plan/outline.ts'
import type { Plan } from '../../../src/plan/plan.ts'
import { type Board, STATE } from '../../../src/schedule/board.ts'
import { build } from '../../../src/schedule/build.ts'
import { Halt } from '../../../src/schedule/halt.ts'
import { Limits } from '../../../src/schedule/limits.ts'
import { type PlanColumns, recallFrom, recallNothing, rowsFrom } from '../../../src/schedule/recall.ts'
import { EVERYTHING } from '../../../src/schedule/scope.ts'
import { surveyAll } from '../../../src/schedule/survey.ts'
import { Work } from '../../../src/schedule/work.ts'
import type { Store } from '../../../src/store/store.ts'
import { instantClock } from '../../rig/instant-clock.ts'
import { createMemoryStore } from '../../rig/memory-store.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { planFor } from '../plan/plans.ts'

const DEFINITION = digestOf('the same config')
const values = (name: string, edited: Record<string, string> = {}) =>
  Array.from({ length: 10 }, (_, i) => ({ id: `${name}${i}`, guide: edited[`${name}${i}`] ?? `guide ${name}${i}` }))

function config(edited: Record<string, string> = {}, checks: readonly Check[] = []): Partial<Config> {
  return {
    dimensions: { a: values('a', edited), b: values('b', edited), c: values('c', edited) },
    recipe: {
      steps: { said: { ask: 'm', prompt: 'about {{ guide.a }}, {{ guide.b }} and {{ guide.c }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ guide.a }}' },
          { role: 'assistant', content: '{{ steps.said }}' },
        ],
      },
    },
    checks: [...checks],
  }
}

/** Counts what is asked of a store, and how often a prompt is rendered. */
function counted(store: Store, plan: Plan) {
  const counts = { questions: 0, keys: 0, gets: 0, rowsRead: 0, renders: 0 }
  const counting = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (name === 'get') counts.gets++
        if (name === 'mayHold') {
          counts.questions++
          counts.keys += (args[0] as unknown[]).length
        }
        if (name === 'readAll') counts.rowsRead += (args[0] as Uint32Array).length
        return member.apply(target, args)
      }
    },
  })
  const [step] = plan.dataset.recipe.steps
  if (step?.kind !== 'ask') throw new Error('the recipe asks')
  const { messages } = step
  ;(step as { messages: typeof messages }).messages = (context) => {
    counts.renders++
    return messages(context)
  }
  return { counting, counts }
}

async function built(store: Store, settings: Partial<Config> = config(), definition = DEFINITION): Promise<PlanColumns> {
  const plan = await planFor(settings)
  const work = new Work(plan, store, recallNothing(plan, store), outlineOf(plan.dataset, definition))
  const provider = new ScriptedProvider({ fresh: false })
  const { columns } = await build({
    work,
    sink: { emit: () => {} },
    halt: new Halt(),
    clock: instantClock(),
    random: () => 0.5,
    run: 'r',
    root: '/nowhere',
    files: {
      open: () => ({ write() {}, prepare() {}, commit: () => ({ what: 'written', bytes: 0, sha256: '' }), discard() {} }),
      discardPartial() {},
    },
    environment: {},
    startedAt: 0,
    concurrency: 8,
    models: [],
    scope: EVERYTHING,
    mayBuy: async () => true,
    sellers: () => ({ provider, pace: new Pace(instantClock()) }),
    limits: new Limits({}),
    partial: false,
    simulated: new Set(),
  })
  if (!columns) throw new Error('a build leaves columns')
  return columns
}

async function looked(store: Store, columns: PlanColumns, settings: Partial<Config>, definition = DEFINITION) {
  const base = await planFor(settings)
  const outline = outlineOf(base.dataset, definition)
  const { counting, counts } = counted(store, base)
  const recall = recallFrom(base, outline, counting, columns)
  if (!recall) return { recall, counts }
  const work = new Work(base, counting, recall, outline)
  surveyAll(work)
  const seen = { ...counts }
  const whole = new Work(base, store, recallNothing(base, store), outline)
  surveyAll(whole)
  return { recall, counts: seen, work, whole }
}

describe('a look with columns', () => {
  it('asks for the edited cells alone: 100 of 1,000 are rendered and asked about in one question, and no row is read', async () => {
    const store = createMemoryStore()
    const { recall, counts, work, whole } = await looked(store, await built(store), config({ c9: 'edited' }))
    expect(recall?.todo.length).toBe(100)
    expect(counts).toEqual({ questions: 1, keys: 100, gets: 0, rowsRead: 0, renders: 100 })
    expect(work?.board.state).toEqual(whole?.board.state)
    const marks = (board?: Board) => board?.markHigh.map((mark, item) => (board.state[item] === STATE.accepted ? mark : 0))
    expect(marks(work?.board)).toEqual(marks(whole?.board))
  })

  it('asks for nothing when nothing changed', async () => {
    const store = createMemoryStore()
    const { recall, counts, work, whole } = await looked(store, await built(store), config())
    expect([recall?.todo.length, counts]).toEqual([0, { questions: 0, keys: 0, gets: 0, rowsRead: 0, renders: 0 }])
    expect(work?.board.state).toEqual(whole?.board.state)
  })

  it('finds a new value only where it is new', async () => {
    const store = createMemoryStore()
    const settings = config()
    const { recall, counts } = await looked(store, await built(store), {
      ...settings,
      dimensions: { ...(settings.dimensions as object), a: [...values('a'), { id: 'new', guide: 'new' }] },
    } as Partial<Config>)
    expect([recall?.todo.length, counts.keys, counts.gets, counts.renders]).toEqual([100, 100, 0, 100])
  })

  it('knows the rejected rows again, and what was found about them', async () => {
    const store = createMemoryStore()
    const checks: Check[] = [{ check: 'forbid', of: 'user', phrases: ['guide a3'] }]
    const columns = await built(store, config({}, checks))
    const { work, whole, counts } = await looked(store, columns, config({ b1: 'edited' }, checks))
    expect(work?.board.problems()).toEqual(whole?.board.problems())
    expect(work?.board.counts(0, 1000)).toEqual({ items: 1000, accepted: 810, rejected: 90, failed: 0, pending: 100 })
    expect([counts.keys, counts.gets]).toEqual([100, 0])
  })

  it('judges twins again when the row they repeated is gone', async () => {
    const store = createMemoryStore()
    // Rows with one value of `a` say the same: of each hundred the first stays.
    const checks: Check[] = [{ check: 'unique', of: 'user' }]
    const columns = await built(store, config({}, checks))
    const { work, whole } = await looked(store, columns, config({ b0: 'edited' }, checks))
    expect(work?.board.counts(0, 1000)).toEqual({ items: 1000, accepted: 10, rejected: 890, failed: 0, pending: 100 })
    expect(work?.board.state).toEqual(whole?.board.state)
    expect(work?.board.problems()).toEqual(whole?.board.problems())
  })

  it('says each time what a check only warns of', async () => {
    const store = createMemoryStore()
    const checks: Check[] = [{ check: 'forbid', of: 'user', phrases: ['guide a3'], severity: 'warn' }]
    const { recall } = await looked(store, await built(store, config({}, checks)), config({}, checks))
    expect(recall?.todo.length).toBe(100)
  })

  it('takes nothing over from another definition, another store, or one that lost something', async () => {
    const store = createMemoryStore()
    const columns = await built(store)
    expect((await looked(store, columns, config(), digestOf('another config'))).recall).toBeUndefined()
    const elsewhere = { ...columns, head: { ...columns.head, store: { ...columns.head.store, identity: 'another' } } }
    expect((await looked(store, elsewhere, config())).recall).toBeUndefined()
    const older = { ...columns, head: { ...columns.head, keyFormat: 0 } }
    expect((await looked(store, older, config())).recall).toBeUndefined()
    await store.raiseEpoch(store.responses[0]?.request as never, 0)
    expect((await looked(store, columns, config())).recall).toBeUndefined()
  })

  it('selects nothing anew when the items are the same, and everything when they are not', async () => {
    const store = createMemoryStore()
    const columns = await built(store)
    const outline = (edited: Record<string, string>) => planFor(config(edited)).then((plan) => outlineOf(plan.dataset, DEFINITION))
    expect(rowsFrom(columns, await outline({ a1: 'edited' }))?.get('all')).toEqual(columns.arrays.get('rows 0'))
    expect(rowsFrom(columns, { ...(await outline({})), definition: 'other' })).toBeUndefined()
    expect(rowsFrom(undefined, await outline({}))).toBeUndefined()
  })
})
