import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Example } from '../../../schema/config.ts'
import { type UniqueRule, uniqueMark } from '../../../src/check/unique.ts'

const row = (user: string, assistant = 'yes'): Example => ({
  messages: [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ],
})
const mark = (example: Example, of: UniqueRule['of'] = 'user') => uniqueMark({ check: 'unique', of }, example)

describe('the mark of a row', () => {
  it('is a digest', () => expect(mark(row('How?'))).toMatch(/^[0-9a-f]{64}$/))

  it.each([
    ['letter case', 'HOW does it work?'],
    ['runs of white space', ' how\n does\u00a0\tit   work? '],
  ])('does not see %s', (_, text) => expect(mark(row(text))).toBe(mark(row('How does it work?'))))

  it('does not see how a letter is composed', () => expect(mark(row('cafe\u0301'))).toBe(mark(row('caf\u00e9'))))

  it.each(['How does it work', 'How do es it work?', 'How does it works?'])('sees that %s is another text', (text) =>
    expect(mark(row(text))).not.toBe(mark(row('How does it work?'))),
  )

  it('looks at the side it is told to', () => {
    const [one, two] = [row('same', 'this'), row('same', 'that')]
    expect(mark(one)).toBe(mark(two))
    expect(mark(one, 'assistant')).not.toBe(mark(two, 'assistant'))
    expect(mark(one, 'conversation')).not.toBe(mark(two, 'conversation'))
  })

  it('is the same exactly for texts that fold to the same', () => {
    const fold = (text: string) => text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim()
    const text = fc.array(fc.constantFrom('a', 'A', 'b', ' ', '\n', 'é', 'e\u0301'), { maxLength: 5 }).map((parts) => parts.join(''))
    fc.assert(fc.property(text, text, (a, b) => (mark(row(a)) === mark(row(b))) === (fold(a) === fold(b))))
  })
})
