import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event, Hold, PlannedBatch } from '../../../src/events/event.ts'
import { reduce } from '../../../src/report/reduce.ts'
import { initialState, type State } from '../../../src/report/state.ts'
import { bar } from '../../../src/report/tty/fit.ts'
import { type Frame, frame, type Screen } from '../../../src/report/tty/frame.ts'
import { clearReflowed } from '../../../src/report/tty/reflow.ts'
import { callRows } from '../../../src/report/tty/running.ts'
import { FIRST_VIEW, press, type View } from '../../../src/report/tty/view.ts'
import { width } from '../../../src/util/safe-text.ts'
import { MIDDLE, MIDDLE_MS, OPENING, STARTING } from '../../rig/screen-run.ts'

const SCREEN: Screen = { columns: 80, rows: 24, now: 0, keys: true, color: false }
const run = (...events: readonly (readonly Event[])[]) => events.flat().reduce(reduce, initialState())
const draw = (state: State, view: Partial<View> = {}, screen: Partial<Screen> = {}, shown: Frame['shown'] = []) =>
  frame(state, { ...FIRST_VIEW, ...view }, shown, { ...SCREEN, ...screen })

function planned(batches: readonly Partial<PlannedBatch>[], more: object = {}): Event[] {
  const all = batches.map((batch, i) => ({ batch: `b${i}`, items: 10, cached: 0, todo: 10, after: [], ...batch }))
  const items = all.reduce((sum, batch) => sum + batch.items, 0)
  return [
    { type: 'run-start', schema: 1, run: '1', time: '', command: 'build', dataset: 'd' },
    {
      type: 'planned',
      items,
      batches: all,
      outputs: ['a'],
      models: [{ name: 'm', use: 'openai:gpt-5', simulated: false }],
      concurrency: 8,
      ...more,
    },
  ]
}
const call = (id: number, at = 0, more: object = {}): Event => ({
  type: 'step-start',
  id,
  batch: 'b0',
  cell: `cell ${id}`,
  step: 'ask',
  model: 'gpt-5',
  attempt: 1,
  at,
  reason: 'new',
  ...more,
})
const over = (id: number, at = 0): Event => ({ type: 'step-end', id, at, outcome: 'ok' })

const held = (hold: Hold, at = 0): Event => ({ type: 'hold-up', use: 'openai:gpt-5', at, hold })
const waits = (events: readonly Event[], now = 0) =>
  draw(run(planned([{}]), [call(1)], events), {}, { now, columns: 120 }).lines[2]?.replace(/^ waiting {2}/, '')

describe('a build that waits says for what', () => {
  test.each([
    [{ why: 'requests', perMinute: 60, by: 'config' }, 'at most 60 requests a minute, by the config: openai:gpt-5'],
    [{ why: 'requests', perMinute: 1, by: 'trial' }, 'at most 1 request a minute, as found by trying: openai:gpt-5'],
    [{ why: 'tokens', perMinute: 90_000, by: 'server' }, 'at most 90,000 tokens a minute, by the server: openai:gpt-5'],
    [{ why: 'pause', ms: 60_000 }, '57s, as the server of openai:gpt-5 asks'],
    [{ why: 'outage', ms: 5_000 }, 'no answer for 8s, asked once a second: openai:gpt-5'],
    [{ why: 'slots', calls: 4 }, 'at most 4 calls at once, as found by trying: openai:gpt-5'],
    [{ why: 'first-call' }, 'the first call goes alone, to show what openai:gpt-5 honours'],
    [{ why: 'budget' }, 'for the budget: what calls in flight may cost is held until they are answered'],
  ] as const)('%j', (hold, text) => {
    expect(waits([held(hold)], 3_000)).toBe(text)
  })

  test('not for longer than it lasts', () => {
    expect(waits([held({ why: 'requests', perMinute: 60, by: 'config' })], 10_000)).toBe('')
    expect(waits([held({ why: 'pause', ms: 60_000 })], 60_000)).toBe('')
    expect(waits([held({ why: 'first-call' }), over(1)])).toBe('')
    expect(waits([held({ why: 'outage', ms: 0 }), over(1)])).toBe('')
  })

  test('and what is graver comes first', () => {
    const other: Event = { type: 'hold-up', use: 'groq:llama', at: 0, hold: { why: 'outage', ms: 0 } }
    expect(waits([other, held({ why: 'slots', calls: 2 })])).toContain('groq:llama')
  })

  test('when all that is under way has failed, and is tried again later', () => {
    const retry = (id: number, waitMs: number): Event => ({
      type: 'step-retry',
      id,
      code: 'rate-limit',
      message: 'too many',
      waitMs,
      at: 0,
    })
    expect(waits([retry(1, 60_000)], 2_000)).toBe('the call is tried again in 58s: too many')
    expect(waits([call(2), retry(1, 60_000), retry(2, 30_000)], 2_000)).toBe('all 2 calls are tried again, first in 28s: too many')
    expect(waits([call(2), retry(1, 60_000)], 2_000)).toBe('')
    const { lines } = draw(run(planned([{}]), [call(1), retry(1, 60_000)]), {}, { now: 2_000 })
    expect(lines[5]).toBe(' ● cell 1  ask     2s  retry 1 in 58s: too many')
  })
})

describe('the live screen', () => {
  test('with one batch does not draw its bar twice', () => {
    const { lines } = draw(run(planned([{ batch: 'all', items: 27, cached: 7, todo: 20 }]), [{ ...call(1), batch: 'all' } as Event]))
    expect(lines.slice(0, 5)).toEqual([
      ' datagen  d   27 cells · 1 batch · 1 output                               $0.00',
      ' ██████████▒·····························  7/27  1 running  ~ ?',
      '',
      ' all   7/27  7 cached  0 generated',
      '',
    ])
  })

  test('while a batch job is waited for before there is a plan says that, and counts nothing', () => {
    const [start] = planned([])
    const job: Event = {
      type: 'job',
      job: 1,
      state: 'waiting',
      use: 'openai:m',
      remote: 'b',
      requests: 60,
      since: '2026-01-01T03:10:00.000Z',
    }
    expect(
      draw(run([start as Event], [job]))
        .lines.filter((line) => line !== '')
        .map((line) => line.trim()),
    ).toEqual([
      'datagen  d',
      'waiting  1 batch job, 0 of 60 requests answered, since 2026-01-01 03:10 UTC',
      expect.stringMatching(/q leave, jobs go on$/),
    ])
  })

  test('labels simulated answers and shows no money for them', () => {
    const simulated = { name: 's', use: 'simulated', simulated: true }
    const real = { name: 'm', use: 'openai:gpt-5', simulated: false }
    expect(draw(run(planned([{}], { models: [simulated] }))).lines[0]).toBe(
      ' datagen  d   10 cells · 1 batch · 1 output         simulated: not for training',
    )
    expect(draw(run(planned([{}], { models: [simulated, real] }))).lines[0]).toContain('simulated: not for training  $0.00')
  })

  test('cuts the name of the dataset before the label or the money', () => {
    const simulated = { name: 's', use: 'simulated', simulated: true }
    const state = run(planned([{}], { models: [simulated] }))
    state.dataset = 'a-dataset-with-a-long-name'
    expect(draw(state, {}, { columns: 40 }).lines[0]).toBe(' a-datase…  simulated: not for training')
  })

  test('says that a price is unknown rather than nothing', () => {
    const usage = { inputTokens: 1, outputTokens: 1, estimated: false }
    const state = run(planned([{}]), [call(1), { ...over(1), usage } as Event])
    expect(draw(state).lines[0]).toMatch(/ price unknown$/)
  })

  test('of many batches shows those around the running one', () => {
    const many = planned(Array.from({ length: 12 }, (_, i) => ({ after: i > 0 ? [`b${i - 1}`] : [] })))
    const ends = Array.from(
      { length: 5 },
      (_, i): Event => ({ type: 'batch-end', batch: `b${i}`, counts: { items: 10, accepted: 10, rejected: 0, failed: 0, pending: 0 } }),
    )
    const lines = draw(run(many, ends, [{ ...call(1), batch: 'b5' } as Event])).lines.filter((line) => / b\d| more batch/.test(line))
    expect(lines.map((line) => line.trim().split(/ {2,}/)[0])).toEqual(['b5', 'b6', 'b7', 'b8', 'b9', 'b10', '… and 6 more batches'])
  })

  test('keeps every running call in its row, and gives a free row to the oldest that has none', () => {
    const state = run(
      planned([{}]),
      [1, 2, 3, 4, 5].map((id) => call(id)),
    )
    const first = callRows(state, [], SCREEN, 3)
    expect([first.shown, first.hidden]).toEqual([[1, 2, 3], 2])
    reduce(state, over(2))
    const second = callRows(state, first.shown, SCREEN, 3)
    expect([second.shown, second.hidden]).toEqual([[1, 4, 3], 1])
    for (const id of [1, 3, 4]) reduce(state, over(id))
    expect(callRows(state, second.shown, SCREEN, 3).shown).toEqual([5, undefined, undefined])
  })

  test('shows an age from two seconds on, in colour from twenty, in another from sixty', () => {
    const state = run(planned([{}]), [call(1, 0), call(2, 40_500), call(3, 58_500), call(4, 60_000)])
    const rows = draw(state, {}, { now: 60_600, color: true }).lines.filter((line) => line.includes('cell '))
    expect(rows.map((row) => row.slice(row.indexOf('ask')))).toEqual([
      'ask\x1b[22m  \x1b[31m1m01s\x1b[39m',
      'ask\x1b[22m  \x1b[33m  20s\x1b[39m',
      'ask\x1b[22m     2s',
      'ask\x1b[22m',
    ])
  })

  test('says why a call is tried again', () => {
    const state = run(planned([{}]), [
      call(1, 0, { attempt: 2, reason: 'attempt 2 of step "ask" after not-json' }),
      call(2, 0, { attempt: 3, reason: 'asked for again' }),
      call(3),
      { type: 'step-retry', id: 3, code: 'x', message: 'busy', waitMs: 1, at: 0 },
    ])
    const rows = draw(state).lines.filter((line) => line.includes('cell '))
    expect(rows.map((row) => row.trim().split(/ {3,}/)[1])).toEqual([
      'attempt 2 after not-json',
      'attempt 3: asked for again',
      'retry 1: busy',
    ])
  })

  test('knows no remaining time while it is paused or stopping', () => {
    const state = run(OPENING, STARTING, MIDDLE)
    expect(draw(state, {}, { now: MIDDLE_MS }).lines[1]).toContain('~6m20s')
    expect(draw(state, { paused: true }, { now: MIDDLE_MS }).lines.slice(1, 3).join()).not.toContain('~')
    expect(draw(state, { paused: true }, { now: MIDDLE_MS }).lines[2]).toBe(' paused  what is in flight is finished, nothing new starts')
  })

  test('names no keys where there is no keyboard', () => {
    expect(draw(run(OPENING, STARTING), {}, { keys: false }).lines.at(-1)).toBe('')
  })

  test('never has more lines or columns than it may, nor a raw control, whatever runs and whatever it is called', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('漢字漢字漢字漢字', '👩‍👩‍👧', '\x1b[2J', 'plain', '\u202e'))
    const batch = fc.record({ batch: text, items: fc.nat(2_000_000), share: fc.float({ min: 0, max: 1, noNaN: true }), failed: fc.nat(3) })
    fc.assert(
      fc.property(
        fc.array(batch, { minLength: 1, maxLength: 20 }),
        fc.array(fc.record({ cell: text, step: text, model: text, reason: text, attempt: fc.integer({ min: 1, max: 3 }) }), {
          maxLength: 40,
        }),
        fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }), keys: fc.boolean() }),
        fc.record({
          rows: fc.integer({ min: 1, max: 12 }),
          panel: fc.constantFrom('calls' as const, 'help' as const, 'problems' as const),
          paused: fc.boolean(),
        }),
        text,
        (batches, calls, size, view, dataset) => {
          const events: Event[] = [
            ...planned(
              batches.map(({ batch: name, items, share }) => ({
                batch: name,
                items,
                cached: Math.floor(items * share),
                todo: items - Math.floor(items * share),
                after: [name],
              })),
              { concurrency: 64, budgetUsd: 12 },
            ),
            ...calls.map((one, id) => call(id, id * 9_000, { ...one, batch: batches[0]?.batch })),
            ...batches.flatMap(({ batch: name, failed }) =>
              Array.from(
                { length: failed },
                (_, i): Event => ({
                  type: 'cell-end',
                  batch: name,
                  cell: dataset,
                  state: 'failed',
                  cached: false,
                  code: `c${i}`,
                  message: dataset,
                }),
              ),
            ),
            { type: 'notice', diagnostic: { code: 'x', severity: 'warning', headline: dataset } },
          ]
          const state = run(events)
          state.dataset = dataset
          const { lines } = draw(state, view, { ...size, now: 400_000 })
          expect(lines.length).toBeLessThanOrEqual(Math.max(1, Math.min(16, size.rows - 2)))
          for (const line of lines) {
            expect(width(line)).toBeLessThanOrEqual(size.columns)
            expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('the bar shows a little of everything that is there, and is full only at the end', () => {
  const text = (done: number, running: number, all: number) =>
    bar(done, running, all, 10)
      .map((span) => span[0])
      .join('')
  expect(text(0, 0, 100)).toBe('··········')
  expect(text(1, 1, 1_000)).toBe('█▒········')
  expect(text(999, 1, 1_000)).toBe('█████████▒')
  expect(text(999, 0, 1_000)).toBe('█████████·')
  expect(text(1_000, 0, 1_000)).toBe('██████████')
  expect(text(0, 0, 0)).toBe('██████████')
  expect(text(50, 64, 100)).toBe('█████▒▒▒▒▒')
})

test('keys change the view, and some of them the build', () => {
  const after = (keys: string[]) =>
    keys.reduce<{ view: View; wishes: unknown[] }>(
      ({ view, wishes }, key) => {
        const pressed = press(view, key)
        return { view: pressed.view, wishes: pressed.wish ? [...wishes, pressed.wish] : wishes }
      },
      { view: FIRST_VIEW, wishes: [] },
    )
  expect(after(['?']).view.panel).toBe('help')
  expect(after(['?', '?']).view.panel).toBe('calls')
  expect(after(['?', 'e']).view.panel).toBe('problems')
  expect(after(['e', 'escape']).view.panel).toBe('calls')
  expect(after(Array<string>(20).fill('+')).view.rows).toBe(12)
  expect(after(Array<string>(20).fill('-')).view.rows).toBe(1)
  expect(after(['p', 'p', 'p', 'q'])).toEqual({ view: FIRST_VIEW, wishes: ['pause', 'resume', 'pause', 'stop'] })
  expect(after(['ctrl-c', 'x', '']).wishes).toEqual(['interrupt'])
})

test('after a terminal has become narrower, the rows that broken lines have added are erased', () => {
  expect(clearReflowed(['x'.repeat(80), '', `\x1b[31m${'y'.repeat(50)}\x1b[39m`, 'z'.repeat(40)], 40)).toBe('\x1b[2A\x1b[J')
  expect(clearReflowed(['x'.repeat(40)], 40)).toBe('')
})
