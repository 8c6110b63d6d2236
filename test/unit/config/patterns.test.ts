/** Patterns: what they must be, and which branch a cell takes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Pattern, TurnAlternative } from '../../../schema/config.ts'
import { Complaints } from '../../../src/config/complaints.ts'
import { type PatternSpec, patternSpec } from '../../../src/config/patterns.ts'
import { presetNames, readPreset } from '../../../src/config/presets.ts'

function compiled(pattern: string | Pattern): PatternSpec {
  const complaints = new Complaints(() => ({ file: 'x' }))
  const spec = patternSpec(pattern, [], complaints)
  complaints.throwIfAny()
  return spec as PatternSpec
}

function wrong(pattern: Pattern): string[] {
  const complaints = new Complaints(() => ({ file: 'x' }))
  patternSpec(pattern, [], complaints)
  return complaints.list.map(({ headline }) => headline)
}

const cells = (count: number) => Array.from({ length: count }, (_, i) => ({ scenario: `s${i}`, tone: i % 2 === 0 ? 'calm' : 'angry' }))
const asked = { id: 'asked', by: 'user', intent: 'ask' } as const
const answered = { id: 'answered', by: 'assistant', intent: 'answer' } as const
const fork = (alternatives: TurnAlternative[]): Pattern => ({ turns: [asked, { id: 'way', by: 'assistant', alternatives }] })
const way = (id: string, weight?: number): TurnAlternative => ({ id, intent: `go ${id}`, ...(weight === undefined ? {} : { weight }) })

test('there are exactly three, each of six turns with an intent and an example for every way it can go', () => {
  expect(presetNames('patterns')).toEqual(['debugging', 'learning', 'support'])
  for (const name of presetNames('patterns')) {
    const { title, turns } = readPreset('patterns', name)
    expect(title).toBeTruthy()
    expect(turns.map(({ by }) => by)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant'])
    for (const { intent, example, alternatives } of turns)
      for (const one of alternatives ?? [{ intent, example }]) {
        expect(one.intent).toMatch(/^[A-Z].{40,}\.$/)
        expect(one.example?.length).toBeGreaterThan(20)
      }
    compiled(name)
  }
})

test('support goes four ways as the method has it, and nobody accepts a solution that was not offered', () => {
  const { branches } = compiled('support')
  expect(branches.map(({ name, values }) => [name, values])).toEqual([
    [
      'opening',
      [
        { id: 'clarify', weight: 2 },
        { id: 'first-solution', weight: 1 },
      ],
    ],
    [
      'reply',
      [
        { id: 'detail', weight: 3 },
        { id: 'accept', weight: 1 },
      ],
    ],
  ])
  const taken = cells(2000).map((cell) => branches.map(({ of }) => of(cell)).join(' > '))
  const share = (name: string) => taken.filter((one) => one === name).length / taken.length
  expect(share('clarify > accept')).toBe(0)
  expect(share('clarify > detail')).toBeCloseTo(2 / 3, 1)
  expect(share('first-solution > accept')).toBeCloseTo(1 / 12, 1)
})

describe('the branch of a cell', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 })

  test('changes with a weight only to or from the alternative that got it', () => {
    fc.assert(
      fc.property(weights, fc.nat(), fc.integer({ min: 1, max: 9 }), (all, pick, weight) => {
        const at = pick % all.length
        const edited = all.map((one, i) => (i === at ? weight : one))
        const [before, after] = [all, edited].map((given) => compiled(fork(given.map((one, i) => way(`w${i}`, one)))).branches[0])
        for (const cell of cells(60)) {
          const [from, to] = [before?.of(cell), after?.of(cell)]
          if (from === to) continue
          // More weight draws cells in, less lets them go.
          expect(weight > (all[at] as number) ? to : from).toBe(`w${at}`)
        }
      }),
    )
  })

  test('does not depend on the order of alternatives, of dimensions, or on other turns', () => {
    fc.assert(
      fc.property(weights, (all) => {
        const ways = all.map((weight, i) => way(`w${i}`, weight))
        const one = compiled(fork(ways)).branches[0]
        const turned = compiled({
          turns: [asked, answered, { ...asked, id: 'more' }, { id: 'way', by: 'assistant', alternatives: ways.toReversed() }],
        })
        for (const { scenario, tone } of cells(40)) expect(turned.branches[0]?.of({ tone, scenario })).toBe(one?.of({ scenario, tone }))
      }),
    )
  })

  test('of a further alternative takes cells from the others and moves none between them', () => {
    const [two, three] = [
      ['a', 'b'],
      ['a', 'b', 'c'],
    ].map((ids) => compiled(fork(ids.map((id) => way(id)))).branches[0])
    const moved = cells(600).filter((cell) => two?.of(cell) !== three?.of(cell))
    expect(moved.every((cell) => three?.of(cell) === 'c')).toBe(true)
    expect(moved.length).toBeGreaterThan(150)
    expect(moved.length).toBeLessThan(250)
  })
})

test('what cannot be a conversation is refused, with the turn that is wrong', () => {
  expect(wrong({ turns: [answered, asked] })).toEqual([
    `turn 1 ("answered") must be the user's: the two sides take turns, and the user begins`,
    `turn 2 ("asked") must be the assistant's: the two sides take turns, and the user begins`,
  ])
  expect(wrong({ turns: [asked, answered, { ...asked, id: 'thanks' }] })).toEqual([`the last turn must be the assistant's`])
  expect(wrong({ turns: [asked, { ...answered, id: 'asked' }] })).toEqual(['two turns are called "asked"'])
  expect(wrong({ turns: [asked, { id: 'a', by: 'assistant' }] })).toEqual(['turn "a" needs an intent or alternatives'])
  expect(wrong(fork([way('a'), way('a')]))).toEqual(['two alternatives of turn "way" are called "a"'])
  expect(wrong(fork([way('a', 0)]))).toEqual(['turn "way" goes no way after any other'])
  expect(wrong(fork([{ ...way('a'), when: { askd: 'x' } }, way('b')]))).toEqual(['no turn "askd" with alternatives comes before "way"'])
  const late = (when: TurnAlternative['when']): Pattern => ({
    turns: [
      { id: 'start', by: 'user', alternatives: [way('x'), way('y')] },
      { id: 'way', by: 'assistant', alternatives: [{ ...way('a'), ...(when ? { when } : {}) }] },
    ],
  })
  expect(wrong(late({ start: 'x' }))).toEqual(['turn "way" goes no way after "start: y"'])
  expect(wrong(late({ start: ['x', 'z'] }))).toEqual(['turn "start" has no alternative "z"', 'turn "way" goes no way after "start: y"'])
  expect(wrong(late({ start: ['x', 'y'] }))).toEqual([])
})
