/** Two calls for one answer: who counts, who is called off, and what the retries see. */
import { describe, expect, test } from 'vitest'
import { graver } from '../../../../src/generate/hedge/twice.ts'
import { type Failure, IDLE_CLOSED } from '../../../../src/generate/provider.ts'
import { Pace, type Turn } from '../../../../src/generate/rate/pace.ts'
import { Slots } from '../../../../src/generate/rate/slots.ts'
import type { Clock } from '../../../../src/util/clock.ts'
import { answer, failing, hangs, house } from './house.ts'

const said = (asked: unknown) => (asked as { envelope: { content: string } }).envelope.content

describe('a late call is made a second time', () => {
  test('the first answer counts, and the other call is called off', async () => {
    const { ask, until, seen, told } = house({ fates: [hangs, answer('second')] })
    const asked = await until(ask())
    // What the answer itself took, for estimates.
    expect(asked).toMatchObject({ kind: 'response', tries: 1, ms: 100 })
    expect(said(asked)).toBe('second')
    expect(seen).toEqual([
      { at: 0, end: 1_100, calledOff: true },
      { at: 1_000, end: 1_100, calledOff: false },
    ])
    expect(told).toEqual(['begin', 'aborted', 'won'])
  })

  test('also where the first comes after all', async () => {
    const { ask, until, seen, told } = house({ fates: [answer('first', 1_050), answer('second')] })
    const asked = await until(ask())
    expect([said(asked), asked]).toMatchObject(['first', { ms: 1_050, tries: 1 }])
    expect(seen.map(({ end, calledOff }) => [end, calledOff])).toEqual([
      [1_050, false],
      [1_050, true],
    ])
    expect(told).toEqual(['begin', 'aborted', 'lost'])
  })

  test('of two that answer in the same moment one is kept, and nobody needs the other', async () => {
    const { ask, until, told } = house({
      fates: [
        { ...answer('first', 1_100), deaf: true },
        { ...answer('second'), deaf: true },
      ],
    })
    const kept = said(await until(ask()))
    const [other, won] = kept === 'first' ? ['second', 'lost'] : ['first', 'won']
    expect(told).toEqual(['begin', `unneeded ${other}`, won])
  })

  test('a call that is not late is made once', async () => {
    const { ask, until, seen, told } = house({ fates: [answer('first', 999)] })
    await until(ask())
    expect([seen.length, told]).toEqual([1, []])
  })

  test.each([
    ['', 'empty-body'],
    ['{"choices":[]}', 'no-choices'],
  ])('a 200 that is no answer does not count: %j', async (body, code) => {
    const { ask, until, seen, told } = house({
      fates: [answer('first', 1_500), { ms: 100, reply: { kind: 'response', raw: Buffer.from(body) } }],
    })
    expect(said(await until(ask()))).toBe('first')
    expect([seen.map(({ end }) => end), told]).toEqual([
      [1_500, 1_100],
      ['begin', code, 'lost'],
    ])
  })
})

describe('when one fails', () => {
  test('the other goes on', async () => {
    const { ask, until, told } = house({ fates: [failing({}, 1_050), answer('second')], maxTries: 3 })
    const asked = await until(ask())
    expect([said(asked), asked]).toMatchObject(['second', { tries: 1 }])
    expect(told).toEqual(['begin', 'server-error', 'won'])
  })

  test('and the other too, that is one failure, and one try', async () => {
    const { ask, until, seen, told } = house({
      fates: [failing({ code: 'connection-lost' }, 1_050), failing({ code: 'rate-limit', retryAfterMs: 7_000 }), answer('third')],
      maxTries: 2,
    })
    const asked = await until(ask())
    expect([said(asked), asked]).toMatchObject(['third', { tries: 2 }])
    expect(told).toEqual(['begin', 'connection-lost', 'failed', 'rate-limit', 'retry rate-limit 7000'])
    expect(seen[2]?.at).toBe(8_100)
  })

  test.each([
    ['fatal', 'transient'],
    ['transient', 'fatal'],
    ['refused', 'transient'],
    ['transient', 'refused'],
  ] as const)('%s and then %s: what trying again cannot mend is what counts', async (first, second) => {
    const { ask, until, seen } = house({
      fates: [failing({ kind: first, code: first }, 1_050), failing({ kind: second, code: second })],
      maxTries: 3,
    })
    const kind = first === 'transient' ? second : first
    expect(await until(ask())).toMatchObject({ kind: 'failure', failure: { kind, code: kind }, tries: 1 })
    expect(seen.length).toBe(2)
  })

  test('of two that may be tried again the one that says how long to wait counts, else the last', () => {
    const failure = (code: string, retryAfterMs?: number): Failure => ({
      kind: 'transient',
      code,
      message: '',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
    expect(graver(failure('a'), failure('b')).code).toBe('b')
    expect(graver(failure('a', 1), failure('b')).code).toBe('a')
    expect(graver(failure('a', 1), failure('b', 2)).code).toBe('b')
    expect(graver(failure('a', 3), failure('b', 2)).code).toBe('a')
    // That a connection had closed is nobody's fault, and says nothing.
    expect(graver(failure('a'), failure(IDLE_CLOSED)).code).toBe('a')
  })
})

describe('ends', () => {
  test('an abort reaches both calls', async () => {
    const { ask, until, time, abort, seen, told } = house({ fates: [hangs] })
    time.after(2_000, () => abort.abort())
    expect(await until(ask())).toMatchObject({ kind: 'failure', failure: { kind: 'aborted' } })
    expect(seen.map(({ end, calledOff }) => [end, calledOff])).toEqual([
      [2_000, true],
      [2_000, true],
    ])
    expect(told).toEqual(['begin', 'aborted', 'failed', 'aborted'])
  })

  test('while the build is stopping no second call is made, and both that are under way are waited for', async () => {
    const before = house({ fates: [answer('first', 3_000)] })
    before.time.after(500, () => before.stop.abort())
    expect(said(await before.until(before.ask()))).toBe('first')
    expect(before.seen.length).toBe(1)

    const after = house({ fates: [answer('first', 5_000), answer('second', 2_000)] })
    after.time.after(1_500, () => after.stop.abort())
    expect(said(await after.until(after.ask()))).toBe('second')
    expect(after.seen.map(({ at }) => at)).toEqual([0, 1_000])
  })

  test('each call has its own deadline', async () => {
    const late = failing({ code: 'timeout' }, 4_000)
    const { ask, until, seen } = house({ fates: [late, late] })
    expect(await until(ask())).toMatchObject({ failure: { code: 'timeout' }, tries: 1 })
    expect(seen.map(({ end }) => end)).toEqual([4_000, 5_000])
  })
})

describe('a second call need not be made, and is made only', () => {
  test('where the limits allow it; it is looked at again when it has taken twice as long', async () => {
    let asked = 0
    const { ask, until, seen } = house({ fates: [hangs, answer('second')], allowed: () => ++asked === 3 })
    await until(ask())
    expect(seen.map(({ at }) => at)).toEqual([0, 4_000])
  })

  test('where nobody waits for a turn', async () => {
    // One a second.
    const { ask, until, pace, seen, told } = house({
      fates: [hangs, answer('b'), answer('c'), answer('d')],
      pace: { requestsPerMinute: 60 },
    })
    const first = ask()
    const others = [ask(), ask(), ask()]
    await until(Promise.all(others))
    // At 1,000 and 2,000 others had the turn.
    expect([seen.map(({ at }) => at), told]).toEqual([[0, 960, 1_960, 2_960], []])
    await until(first)
    expect([seen.at(-1)?.at, told, pace.calls]).toEqual([4_000, ['begin', 'aborted', 'won'], 5])
  })

  test('where nobody waits for a turn whom a timer that is late has not told of it yet', () => {
    let now = 0
    const clock: Clock = { now: () => now, date: () => new Date(0), sleep: () => new Promise(() => {}) }
    const pace = new Pace(clock, { requestsPerMinute: 60 })
    pace.turn({ lane: '' }, [])
    now = 2_000
    expect(pace.spare({ lane: '' }, () => false)).toBe(undefined)
    now = 2_001
    expect(pace.spare({ lane: '' }, () => true)).toMatchObject({ at: 2_001 })
    void pace.turn({ lane: '' }, [])
    now = 9_000
    expect(pace.spare({ lane: '' }, () => true)).toBe(undefined)
  })

  test('where its turn is free at once', async () => {
    // One in two seconds.
    const { ask, until, seen } = house({ fates: [hangs, answer('second')], pace: { requestsPerMinute: 30 } })
    await until(ask())
    expect(seen.map(({ at }) => at)).toEqual([0, 2_000])
  })

  test.each([
    ['rate-limit', 1_000],
    ['overloaded', undefined],
  ])('where nobody was told "%s" in the last minute', async (code, retryAfterMs) => {
    const fates = [failing({ code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }), hangs, answer('third')]
    const { ask, until, seen } = house({ fates, maxTries: 2 })
    await until(ask())
    const again = seen[1]?.at as number
    expect(again).toBeLessThan(2_000)
    // Looked at 1, 2, 4 … seconds after it began, until a minute has passed.
    expect(seen[2]?.at).toBe(again + 64_000)
  })

  test('where the server answers: in an outage one call a second asks whether it is back, and that is enough', async () => {
    const { pace, clock, until } = house({ fates: [] })
    const turn = (lane: string) => pace.turn({ lane }, []) as Turn
    pace.ended(turn('up'), {}, 0)
    const { failure } = failing({ code: 'connection-refused' }).reply as { readonly failure: Failure }
    const turns = ['a', 'b', 'c', 'd', 'e'].map(turn)
    expect(pace.spare({ lane: 'x' }, () => true)).toBeDefined()
    for (const one of turns) pace.ended(one, { failure }, 0)
    expect(pace.downSince).toBe(0)
    await until(clock.sleep(5_000))
    expect(pace.spare({ lane: 'x' }, () => true)).toBe(undefined)
    expect(pace.turn({ lane: 'y' }, [])).toMatchObject({ at: 5_000 })
  })

  test('where a slot of a server of one’s own is free', async () => {
    const { ask, until, seen } = house({ fates: [hangs, answer('b', 2_500), answer('c')], pace: { slots: new Slots(2) } })
    const both = [ask(), ask()]
    await until(Promise.all(both))
    expect(seen.map(({ at }) => at)).toEqual([0, 0, 4_000])
  })
})
