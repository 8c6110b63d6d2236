import { describe, expect, it } from 'vitest'
import type { Example } from '../../../schema/config.ts'
import { judgeRow, matches } from '../../../src/check/rules.ts'
import type { CheckSpec } from '../../../src/config/dataset.ts'
import { guard, UnknownName } from '../../../src/config/guard.ts'
import { textOf } from '../../../src/util/example-text.ts'

const cell = guard<string>(Object.assign(Object.create(null), { tone: 'calm', level: 'expert' }), 'dimension')
const example: Example = {
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Where is it?' },
    { role: 'assistant', content: 'On its way.' },
    { role: 'user', content: 'Sure?' },
    { role: 'assistant', content: 'As an AI, yes.' },
  ],
}
const check = (rule: CheckSpec['rule'], severity: CheckSpec['severity'] = 'reject'): CheckSpec => ({ id: 'it', severity, rule })
const said = (rule: CheckSpec['rule']) => judgeRow([check(rule)], example, cell, {}).map(({ message }) => message)

describe('the text of a row', () => {
  it('is one side of it, or all of it, joined by empty lines', () => {
    expect(textOf(example, 'user')).toBe('Where is it?\n\nSure?')
    expect(textOf(example, 'assistant')).toBe('On its way.\n\nAs an AI, yes.')
    expect(textOf(example, 'conversation')).toBe('Be kind.\n\nWhere is it?\n\nOn its way.\n\nSure?\n\nAs an AI, yes.')
  })
})

describe('a match', () => {
  it('holds when every dimension has its value, or one of its values', () => {
    expect(matches(undefined, cell)).toBe(true)
    expect(matches({}, cell)).toBe(true)
    expect(matches({ tone: 'calm', level: ['novice', 'expert'] }, cell)).toBe(true)
    expect(matches({ tone: 'calm', level: 'novice' }, cell)).toBe(false)
    expect(matches({ level: [] }, cell)).toBe(false)
  })

  it('refuses a dimension that does not exist', () => {
    expect(() => matches({ topic: 'x' }, cell)).toThrow(UnknownName)
  })
})

describe('the length check', () => {
  const length = (min: number, max: number) => said({ check: 'length', of: 'user', min, max })
  it('accepts its own bounds', () => expect(length(19, 19)).toEqual([]))
  it('finds a text too short', () => expect(length(20, 100)).toEqual(['the user text is shorter than 20 characters']))
  it('finds a text too long', () => expect(length(0, 18)).toEqual(['the user text is longer than 18 characters']))
  it('looks only at the cells it is for', () => {
    expect(said({ check: 'length', of: 'user', min: 99, max: 100, where: { tone: 'angry' } })).toEqual([])
    expect(said({ check: 'length', of: 'user', min: 99, max: 100, where: { tone: 'calm' } })).toHaveLength(1)
  })
})

describe('phrases', () => {
  const phrases = (check: 'forbid' | 'require', ...list: string[]) => said({ check, of: 'assistant', phrases: list })
  it('are forbidden in whatever case', () =>
    expect(phrases('forbid', 'never', 'AS AN ai')).toEqual(['the assistant text has the phrase "AS AN ai"']))
  it('are looked for on one side only', () => expect(phrases('forbid', 'sure')).toEqual([]))
  it('are required, at least one', () => {
    expect(phrases('require', 'nothing', 'on its WAY')).toEqual([])
    expect(phrases('require', 'nothing')).toEqual(['the assistant text has none of the required phrases'])
  })
})

describe('a check of the config', () => {
  const custom = (test: unknown) => said({ check: 'custom', test } as CheckSpec['rule'])
  it('accepts with true and nothing else', () => {
    expect(custom(() => true)).toEqual([])
    for (const answer of [undefined, null, 1, {}, Promise.resolve(true), false])
      expect(custom(() => answer)).toEqual(['the check did not return true'])
  })
  it('says why with a text', () => expect(custom(() => 'too dull')).toEqual(['too dull']))
  it('has found something when it throws', () => {
    const test = () => {
      throw new Error('no answer to look at')
    }
    expect(custom(test)).toEqual(['the check threw: no answer to look at'])
  })
  it('sees the example and the cell', () => {
    expect(custom((row: Example, { tone }: { tone: string }) => row.messages.length === 5 && tone === 'calm')).toEqual([])
  })
  it('stops the build when it asks for a dimension that does not exist', () => {
    expect(() => custom((_: Example, { topic }: { topic: string }) => topic === 'x')).toThrow(UnknownName)
  })
})

describe('all checks together', () => {
  it('each have their say, in order, with their severity', () => {
    const findings = judgeRow(
      [
        check({ check: 'length', of: 'user', min: 99, max: 100 }, 'warn'),
        check({ check: 'unique', of: 'user' }),
        { id: 'second', severity: 'reject', rule: { check: 'forbid', of: 'assistant', phrases: ['yes'] } },
      ],
      example,
      cell,
      {},
    )
    expect(findings.map(({ check: id, severity }) => [id, severity])).toEqual([
      ['it', 'warn'],
      ['second', 'reject'],
    ])
  })
})
