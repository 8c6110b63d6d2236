import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remarksOf } from '../../../src/review/remarks.ts'
import { Reviews } from '../../../src/review/reviews.ts'
import type { Edit } from '../../../src/review/verdict.ts'
import { accepting, CSV, rejecting, verdicts } from './lines.ts'

const A = 'a'.repeat(32)
const editing = (by: string, content: string, revision = 1): Edit => ({
  ...CSV,
  verdict: 'edit',
  by,
  revision,
  edited: { messages: [{ role: 'assistant', content }] },
  was: A,
  keys: {},
})
const pinned = (...lines: Edit[]) => {
  const pin = new Reviews(lines).pins.get('topic=csv#0')
  return { words: pin?.edit.edited.messages[0]?.content, rivals: pin?.rivals.map(({ by }) => by) }
}

describe('what verdicts come to', () => {
  it('does not depend on the order of lines', () => {
    fc.assert(
      fc.property(verdicts, (lines) => {
        const [one, two] = [new Reviews(lines), new Reviews(lines.toReversed())]
        expect([...one.fingerprints].sort()).toEqual([...two.fingerprints].sort())
        expect([...one.pins.values()].map((pin) => pin.fingerprint).sort()).toEqual(
          [...two.pins.values()].map((pin) => pin.fingerprint).sort(),
        )
        expect(remarksOf(one, () => true)).toEqual(remarksOf(two, () => true))
        expect(one.disputed.map(({ example }) => example).sort()).toEqual(two.disputed.map(({ example }) => example).sort())
      }),
    )
  })

  it('among people, a rejection beats an acceptance, and both are known', () => {
    const reviews = new Reviews([accepting('anna', { revision: 9 }), rejecting('ben', 'rude'), rejecting('çelik', 'wrong')])
    expect(reviews.ruling(A)).toEqual({ kind: 'reject', by: ['ben', 'çelik'], reason: 'rude; wrong', against: ['anna'] })
    expect(reviews.ruling(`${A}${A}`)).toEqual(reviews.ruling(A))
    expect(reviews.rulingOfMark(0xaaaaaaaa, 0xaaaaaaaa)).toEqual(reviews.ruling(A))
    expect(reviews.rulingOfMark(0xaaaaaaaa, 0xaaaaaaab)).toBeUndefined()
    expect(reviews.disputed.map(({ example }) => example)).toEqual([A])
  })

  it('of one person, the highest revision counts; of equal ones, the stricter', () => {
    expect(new Reviews([rejecting('anna', 'rude'), accepting('anna', { revision: 2 })]).ruling(A)?.kind).toBe('accept')
    expect(new Reviews([rejecting('anna', 'rude'), accepting('anna')]).ruling(A)?.kind).toBe('reject')
    expect(new Reviews([rejecting('anna', 'rude'), accepting('anna')]).disputed).toEqual([])
  })

  it('an acceptance is over the checks that any of those who accept saw against the row', () => {
    const reviews = new Reviews([accepting('anna', { over: ['length'] }), accepting('ben', { over: ['unique'] })])
    expect(reviews.ruling(A)).toEqual({ kind: 'accept', by: ['anna', 'ben'], over: new Set(['length', 'unique']) })
  })

  it('of edits, the highest revision counts, whoever made it; two with one revision are rivals unless they say the same', () => {
    expect(pinned(editing('anna', 'one'), editing('ben', 'two', 2))).toEqual({ words: 'two', rivals: [] })
    expect(pinned(editing('anna', 'one'), editing('ben', 'two'))).toEqual({ words: 'two', rivals: ['anna'] })
    expect(pinned(editing('anna', 'one'), editing('ben', 'one'))).toEqual({ words: 'one', rivals: [] })
  })
})

describe('remarks', () => {
  const all = (lines: Parameters<typeof rejecting>[2][], words: string[], most?: number) =>
    remarksOf(new Reviews(lines.map((more, i) => rejecting('anna', words[i] as string, more))), ({ topic }) => topic === 'csv', {
      most: most ?? 20,
      longest: 10,
    })
  const of = (digit: string) => ({ example: digit.repeat(32) })

  it('are the reasons of the wanted rows, each once, sorted, and short', () => {
    expect(all([of('a'), of('b'), of('c'), of('d')], ['Too  long', 'too long', 'bad', 'a reason without end'])).toEqual([
      'Too long',
      'a reason w…',
      'bad',
    ])
    expect(all([of('a'), { ...of('b'), cell: { topic: 'json' } }], ['one', 'two'])).toEqual(['one'])
  })

  it('when there are too many, those given most often stay', () => {
    expect(all([of('a'), of('b'), of('c'), of('d')], ['x', 'b', 'x', 'a'], 2)).toEqual(['a', 'x'])
  })
})
