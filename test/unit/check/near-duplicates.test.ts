import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NearRows } from '../../../src/check/near-duplicates.ts'
import { wordsOf } from '../../../src/measure/words.ts'

/** Which of these texts stay, one after another. */
function kept(texts: readonly string[], similarity = 0.8): number[] {
  const rows = new NearRows(texts.length, similarity, (item) => texts[item] as string)
  return texts.flatMap((text, item) => {
    rows.sign(item, text)
    if (rows.isHeld(item)) return []
    rows.accept(item)
    return [item]
  })
}

function jaccard(a: string, b: string): number {
  const shingles = (text: string) => {
    const words = wordsOf(text)
    const size = Math.min(5, words.length)
    return new Set(
      words.length === 0 ? [] : Array.from({ length: words.length - size + 1 }, (_, at) => words.slice(at, at + size).join(' ')),
    )
  }
  const [x, y] = [shingles(a), shingles(b)]
  const both = [...x].filter((one) => y.has(one)).length
  return x.size + y.size === 0 ? 0 : both / (x.size + y.size - both)
}

const long = Array.from({ length: 60 }, (_, i) => `word${i}`)

it('finds a row in which one word of sixty is another one, and lets one with five other words stay', () => {
  const one = [...long.slice(0, 30), 'other', ...long.slice(31)].join(' ')
  const five = long.map((word, i) => (i % 12 === 0 ? `other${i}` : word)).join(' ')
  expect(kept([long.join(' '), one, five])).toEqual([0, 2])
})

it('does not look at letter case and punctuation, and leaves rows without words alone', () => {
  expect(kept(['How do I sort a list?', 'how do I sort a LIST', '', '…', 'how do I sort a set'])).toEqual([0, 2, 3, 4])
})

it('never turns down a row that is not alike, and hardly ever misses one that is', () => {
  const row = fc.record({ base: fc.constantFrom('a', 'b'), from: fc.nat(9), upTo: fc.integer({ min: 25, max: 40 }) })
  let alike = 0
  let missed = 0
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
      const texts = rows.map(({ base, from, upTo }) => long.slice(from, upTo).join(`${base} `))
      const stay = kept(texts)
      for (const [item, text] of texts.entries()) {
        const held = stay.some((other) => other < item && jaccard(text, texts[other] as string) >= 0.8)
        if (!stay.includes(item)) expect(held).toBe(true)
        if (held) {
          alike++
          if (stay.includes(item)) missed++
        }
      }
    }),
    { seed: 5, numRuns: 300 },
  )
  expect(alike).toBeGreaterThan(200)
  expect(missed / alike).toBeLessThan(0.01)
})

it('says the same of a row whatever else was looked at', () => {
  const noise = Array.from({ length: 500 }, (_, i) => `${i} ${long.slice(i % 50).join(' ')} ${i}`)
  const pair = [long.join(' '), `${long.join(' ')} again`]
  expect(kept(pair)).toEqual([0])
  expect(kept([...noise, ...pair])).not.toContain(501)
})
