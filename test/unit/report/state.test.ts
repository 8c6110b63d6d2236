import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { advance, remaining, startPace } from '../../../src/report/pace.ts'
import { reduce } from '../../../src/report/reduce.ts'
import { initialState, total } from '../../../src/report/state.ts'
import { ENDING, MIDDLE, OPENING, STARTING, STOPPING } from '../../rig/screen-run.ts'

const run = (...events: readonly (readonly Event[])[]) => events.flat().reduce(reduce, initialState())
const counts = (state: ReturnType<typeof run>, name: string) => {
  const { phase, cached, generated, rejected, failed, running, done } = state.batches.get(name) ?? expect.fail(`no batch ${name}`)
  return { phase, cached, generated, rejected, failed, running, done }
}

describe('the state', () => {
  test('knows before the first call what is cached', () => {
    const state = run(OPENING)
    expect(counts(state, 'seed')).toEqual({
      phase: 'waiting',
      cached: 5_940,
      generated: 0,
      rejected: 0,
      failed: 0,
      running: 0,
      done: 5_940,
    })
    expect(total(state)).toMatchObject({ done: 7_040, todo: 5_440, running: 0 })
  })

  test('counts no row as made that was taken back before the batch was complete', () => {
    const cell = (state: 'accepted' | 'failed'): Event => ({ type: 'cell-end', batch: 'seed', cell: 'c', state, cached: false })
    const taken = { items: 6_000, accepted: 1, rejected: 0, failed: 2, pending: 5_997 }
    const state = run(OPENING, [cell('accepted'), cell('accepted'), cell('failed'), { type: 'batch-end', batch: 'seed', counts: taken }])
    expect(counts(state, 'seed')).toMatchObject({ generated: 1, cached: 0, done: 3 })
  })

  test('counts what runs, ends and goes wrong, by batch', () => {
    const state = run(OPENING, STARTING, MIDDLE)
    expect(counts(state, 'seed')).toEqual({ phase: 'ended', cached: 5_940, generated: 60, rejected: 0, failed: 0, running: 0, done: 6_000 })
    expect(counts(state, 'harden')).toEqual({
      phase: 'running',
      cached: 1_100,
      generated: 1_112,
      rejected: 9,
      failed: 2,
      running: 70,
      done: 2_223,
    })
    expect(state.usage).toMatchObject({ inputTokens: 1_172 * 700, outputTokens: 1_172 * 400, unpriced: 0 })
    expect([...state.problems.values()].map(({ code, state: kind, count }) => [code, kind, count])).toEqual([
      ['not-json', 'rejected', 9],
      ['server-error', 'failed', 2],
    ])
    expect(state.running.get(6_003)).toMatchObject({ retries: 1, note: 'api.openai.com asks to wait 4 s' })
  })

  test('says of a call why it was made twice, and counts what the other one was billed', () => {
    const state = run(OPENING, STARTING, MIDDLE)
    const { inputTokens, usd } = state.usage
    reduce(state, { type: 'step-hedge', id: 6_003, at: 1, reason: 'no answer after 4.1 s' })
    expect(state.running.get(6_003)?.note).toBe('no answer after 4.1 s: asked twice')
    const usage = { inputTokens: 7, outputTokens: 2, usd: 0.5, estimated: false }
    reduce(state, { type: 'step-hedge-end', id: 6_003, at: 2, outcome: 'lost', usage })
    reduce(state, { type: 'step-hedge', id: 99_999, at: 1, reason: 'of a call that nobody knows' })
    expect([state.usage.inputTokens - inputTokens, state.usage.usd - usd]).toEqual([7, expect.closeTo(0.5, 9)])
  })

  test('takes the engine at its word when a batch and the run end', () => {
    const state = run(OPENING, STARTING, MIDDLE, STOPPING, ENDING)
    expect(counts(state, 'harden')).toMatchObject({ phase: 'ended', done: 2_293, rejected: 9, failed: 2, running: 0 })
    expect([state.running.size, state.stopping?.why, state.end?.exitCode]).toEqual([0, 'interrupt', 130])
  })

  test('begins anew with a new run', () => {
    const state = run(OPENING, STARTING, MIDDLE, STOPPING, ENDING, OPENING)
    expect(state).toEqual(run(OPENING))
  })

  test('equal warnings are one with a count, and a flood of kinds is bounded', () => {
    const notice = (headline: string): Event => ({ type: 'notice', diagnostic: { code: 'x', severity: 'warning', headline } })
    const state = run(Array.from({ length: 1_000 }, (_, i) => notice(i % 2 ? 'same' : `other ${i}`)))
    expect(state.notices.size).toBe(200)
    expect(state.notices.get('x same')?.count).toBe(500)
  })

  test('events of calls and batches that were never announced change no count', () => {
    const state = run(OPENING, [
      { type: 'step-end', id: 99, at: 5, outcome: 'aborted' },
      { type: 'cell-end', batch: 'nowhere', cell: 'a', state: 'accepted', cached: false },
    ])
    expect(total(state)).toEqual(total(run(OPENING)))
  })

  test('takes constant time for an event, whatever is in flight', () => {
    const many = run(
      OPENING,
      Array.from({ length: 4_096 }, (_, i): Event => ({ ...(STARTING[1] as Extract<Event, { type: 'step-start' }>), id: i })),
    )
    const started = performance.now()
    for (let i = 0; i < 100_000; i++) reduce(many, { type: 'step-retry', id: i % 4_096, code: 'x', message: 'y', waitMs: 1, at: 0 })
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('the remaining time', () => {
  const steady = (until: number, everyMs: number) => {
    const pace = startPace()
    for (let at = 0; at <= until; at += everyMs) advance(pace, at, at === 0 ? 0 : 1)
    return pace
  }

  test('is unknown for fifteen seconds, and until a twentieth is done', () => {
    expect(remaining(steady(14_900, 100), 149, 1_000, 14_900)).toBeUndefined()
    expect(remaining(steady(15_000, 1_000), 15, 1_000, 15_000)).toBeUndefined()
    expect(remaining(startPace(), 0, 10, 99_000)).toBeUndefined()
  })

  test('is exact at a steady pace', () => {
    expect(remaining(steady(20_000, 100), 200, 1_000, 20_000)).toBeCloseTo(80_000, -2)
  })

  test('follows a slow-down within minutes and grows during silence', () => {
    const pace = steady(60_000, 100)
    for (let at = 61_000; at <= 240_000; at += 1_000) advance(pace, at, 1)
    const slow = remaining(pace, 780, 1_000, 240_000) ?? 0
    expect(slow).toBeGreaterThan(150_000) // 220 cells left, at one a second since three minutes
    expect(remaining(pace, 780, 1_000, 250_000)).toBeGreaterThan(slow)
  })

  test('is nothing when nothing is left', () => {
    expect(remaining(steady(20_000, 100), 200, 200, 20_000)).toBe(0)
  })
})
