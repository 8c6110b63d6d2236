/** The measures against versions that are slow and obvious, over random rows of a few words, where everything happens at once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementOf } from '../../../src/measure/agreement.ts'
import { balanceOf } from '../../../src/measure/balance.ts'
import { boilerplateOf } from '../../../src/measure/boilerplate.ts'
import { contaminationOf } from '../../../src/measure/contamination.ts'
import { distinctN } from '../../../src/measure/distinct.ts'
import { type Documents, documentsOf } from '../../../src/measure/documents.ts'
import { HashOrderSample } from '../../../src/measure/hash-order-sample.ts'
import { wilson } from '../../../src/measure/interval.ts'
import { histogramOf } from '../../../src/measure/lengths.ts'
import { mattr } from '../../../src/measure/mattr.ts'
import { candidatesByMinHash } from '../../../src/measure/minhash.ts'
import { nearDuplicatesOf } from '../../../src/measure/near-duplicates.ts'
import { chiSquaredTail, twoSided } from '../../../src/measure/normal.ts'
import { openingsOf } from '../../../src/measure/openings.ts'
import { compareRanks } from '../../../src/measure/ranks.ts'
import { lcsLength } from '../../../src/measure/rouge.ts'
import { firstWithSameWords } from '../../../src/measure/same-words.ts'
import { mannKendall } from '../../../src/measure/trend.ts'
import { twayCoverage } from '../../../src/measure/tway.ts'
import { Vocabulary } from '../../../src/measure/vocabulary.ts'
import { WordStore } from '../../../src/measure/word-store.ts'

/** Few words and long rows: phrases recur within rows and between them. */
const row = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 })
const rows = fc.array(row, { maxLength: 30 })
const RUNS = { numRuns: 150 }

const documents = (list: readonly number[][]): Documents => {
  const arrays = list.map((words) => Uint32Array.from(words))
  return { length: arrays.length, at: (at) => arrays[at] as Uint32Array }
}
const grams = (words: readonly number[], n: number) =>
  Array.from({ length: Math.max(0, words.length - n + 1) }, (_, at) => words.slice(at, at + n).join())
const shingles = (words: readonly number[]) => new Set(words.length === 0 ? [] : grams(words, Math.min(5, words.length)))

describe('the measures agree with obvious versions of themselves', () => {
  it('distinct-n', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (list, n) => {
        const all = list.flatMap((words) => grams(words, n))
        expect(distinctN(documents(list), n)).toMatchObject({ unique: new Set(all).size, total: all.length })
      }),
      RUNS,
    )
  })

  it('boilerplate', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 5 }), (list, n, floor) => {
        const df = new Map<string, number>()
        for (const words of list) for (const gram of new Set(grams(words, n))) df.set(gram, (df.get(gram) ?? 0) + 1)
        const covered = list.map((words) => {
          const marks = words.map(() => false)
          for (const [at, gram] of grams(words, n).entries()) if ((df.get(gram) as number) >= floor) marks.fill(true, at, at + n)
          return marks.filter(Boolean).length
        })
        const tokens = list.flat().length
        const filled = list.filter((words) => words.length > 0).length
        const found = boilerplateOf(documents(list), { n, frac: 0, floor })
        expect(found.ngrams).toBe([...df.values()].filter((count) => count >= floor).length)
        expect(found.tokenCoverage).toBeCloseTo(tokens === 0 ? 0 : covered.reduce((a, b) => a + b, 0) / tokens, 12)
        expect(found.heavyRows).toEqual(
          [...list.keys()].filter((i) => (list[i] as number[]).length > 0 && (covered[i] as number) >= 0.3 * (list[i] as number[]).length),
        )
        expect(found.heavyDocRate).toBeCloseTo(filled === 0 ? 0 : found.heavyRows.length / filled, 12)
        // Every phrase that is named does occur in as many rows as it says.
        for (const { words, rows: count, example } of found.phrases) {
          const holders = list.filter((other) => other.join().includes(words.join()))
          expect(words.length).toBeGreaterThanOrEqual(n)
          expect((list[example] as number[]).join()).toContain(words.join())
          expect(holders.length).toBeLessThanOrEqual(count)
        }
      }),
      RUNS,
    )
  })

  it('near duplicates, in the exact way; MinHash finds no pair that is not one', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(0.5, 0.7, 0.8, 1), (list, threshold) => {
        const sets = list.map(shingles)
        const expected: [number, number, number][] = []
        for (let a = 0; a < sets.length; a++)
          for (let b = a + 1; b < sets.length; b++) {
            const both = [...(sets[a] as Set<string>)].filter((gram) => (sets[b] as Set<string>).has(gram)).length
            const all = (sets[a] as Set<string>).size + (sets[b] as Set<string>).size - both
            // Rows shorter than a shingle are one shingle of their own length.
            if (all > 0 && both / all >= threshold) expected.push([a, b, both / all])
          }
        const exact = nearDuplicatesOf(documents(list), { threshold, method: 'exact' })
        expect(exact.examples.map(({ a, b, jaccard }) => [a, b, jaccard]).sort()).toEqual(expected.sort())
        expect(exact.pairs).toBe(expected.length)
        expect(exact.docsInPairs - exact.clusters).toBe(exact.removable)
        const hashed = nearDuplicatesOf(documents(list), { threshold, method: 'minhash' })
        for (const [at, leader] of hashed.leaders.entries()) expect(exact.leaders[at]).toBe(exact.leaders[leader])
      }),
      RUNS,
    )
  })

  it('equal words', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const first = list.map((words) => list.findIndex((other) => other.join() === words.join()))
        expect(Array.from(firstWithSameWords(documents(list)))).toEqual(first)
      }),
      RUNS,
    )
  })

  it('the longest common subsequence', () => {
    const long = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 100 })
    fc.assert(
      fc.property(long, long, (a, b) => {
        let last = new Array<number>(b.length + 1).fill(0)
        for (const x of a) {
          const next = [0]
          for (const [j, y] of b.entries())
            next.push(x === y ? (last[j] as number) + 1 : Math.max(last[j + 1] as number, next[j] as number))
          last = next
        }
        expect(lcsLength(a, b)).toBe(last.at(-1))
      }),
      RUNS,
    )
  })

  it('MATTR', () => {
    fc.assert(
      fc.property(row, fc.integer({ min: 1, max: 12 }), (words, w) => {
        const windows = words.length <= w ? [words] : Array.from({ length: words.length - w + 1 }, (_, at) => words.slice(at, at + w))
        const mean =
          windows.reduce((sum, window) => sum + (window.length === 0 ? 0 : new Set(window).size / window.length), 0) / windows.length
        expect(mattr(words, w)).toBeCloseTo(mean, 12)
      }),
      RUNS,
    )
  })

  it('openings', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const counts = new Map<string, number>()
        for (const words of list)
          if (words.length >= 3) counts.set(words.slice(0, 3).join(), (counts.get(words.slice(0, 3).join()) ?? 0) + 1)
        const ranked = [...counts.values()].sort((a, b) => b - a)
        const found = openingsOf(documents(list))
        expect(found.top.map((opening) => opening.rows)).toEqual(ranked.slice(0, 10))
        expect(found).toMatchObject({ docs: ranked.reduce((a, b) => a + b, 0), unique: ranked.length })
      }),
      RUNS,
    )
  })

  it('shared runs of words with evaluation items', () => {
    fc.assert(
      fc.property(rows, rows, fc.integer({ min: 1, max: 6 }), (list, items, n) => {
        const held = items.map((words) => new Set(grams(words, n)))
        const share = (words: readonly number[], item: Set<string>) => {
          const marks = words.map(() => false)
          for (const [at, gram] of grams(words, n).entries()) if (item.has(gram)) marks.fill(true, at, at + n)
          return marks.filter(Boolean).length
        }
        const best = list.map((words) => Math.max(0, ...held.map((item) => share(words, item))))
        const found = contaminationOf(documents(list), documents(items), n)
        expect(found.anyHit).toBe(best.filter((most) => most > 0).length)
        expect(found.halfCovered).toBe(best.filter((most, at) => most > (list[at] as number[]).length / 2).length)
        for (const hit of found.hits) expect(hit.covered).toBeCloseTo((best[hit.row] as number) / (list[hit.row] as number[]).length, 12)
      }),
      RUNS,
    )
  })

  it('t-way coverage', () => {
    const lattice = fc.record({ sizes: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), seed: rows })
    fc.assert(
      fc.property(lattice, fc.integer({ min: 1, max: 3 }), ({ sizes, seed }, t) => {
        const cells = seed.map((words) => sizes.map((size, d) => ((words[d] ?? 0) + d) % (size + 1)))
        const found = twayCoverage(cells, sizes, t)
        for (const { dimensions, covered, configurations, least, most } of found.each) {
          const seen = new Map<string, number>()
          for (const cell of cells) {
            const values = dimensions.map((d) => cell[d] as number)
            if (values.every((value, i) => value < (sizes[dimensions[i] as number] as number)))
              seen.set(values.join(), (seen.get(values.join()) ?? 0) + 1)
          }
          expect(covered).toBe(seen.size)
          expect(most).toBe(Math.max(0, ...seen.values()))
          expect(least).toBe(seen.size < configurations ? 0 : Math.min(...seen.values()))
        }
        expect(found.covered).toBe(found.each.reduce((sum, { covered }) => sum + covered, 0))
      }),
      RUNS,
    )
  })

  it("Mann–Whitney's U, Cliff's delta, Mann–Kendall's S", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const wins = a.flatMap((x) => b.map((y) => Math.sign(x - y)))
        const found = compareRanks(a, b)
        expect(found.u1).toBeCloseTo(
          wins.reduce<number>((sum, win) => sum + (win + 1) / 2, 0),
          9,
        )
        expect(found.cliffsDelta).toBeCloseTo(wins.reduce<number>((sum, win) => sum + win, 0) / wins.length, 9)
        expect(compareRanks(b, a).cliffsDelta).toBeCloseTo(-found.cliffsDelta, 9)
        const rises = a.flatMap((x, i) => a.slice(i + 1).map((y) => Math.sign(y - x)))
        expect(mannKendall(a).s).toBe(rises.reduce<number>((sum, rise) => sum + rise, 0))
      }),
      RUNS,
    )
  })

  it('the sample in hash order is what sorting everything would give', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 200 }), fc.integer({ min: 1, max: 200 }), (texts, bytes) => {
        const sampled = (wanted: number) => {
          const sample = new HashOrderSample(wanted)
          for (const [at, text] of texts.entries()) sample.push(text, at)
          return sample.texts().map(({ text }) => text)
        }
        const sorted = sampled(Number.MAX_SAFE_INTEGER)
        expect(sorted.toSorted()).toEqual(texts.toSorted())
        const prefix: string[] = []
        for (let at = 0, sum = 0; at < sorted.length && sum < bytes; at++) {
          prefix.push(sorted[at] as string)
          sum += Buffer.byteLength(sorted[at] as string)
        }
        expect(sampled(bytes)).toEqual(prefix)
      }),
      RUNS,
    )
  })

  it('histograms lose no row', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5000 })), (lengths) => {
        const bins = histogramOf(lengths)
        for (const { from, to, rows: count } of bins) expect(lengths.filter((n) => n >= from && n < to)).toHaveLength(count)
        expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(lengths.length)
      }),
      RUNS,
    )
  })

  it('the store of words gives back what was put in, whatever the sizes of rows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, row)), (pairs) => {
        const store = new WordStore(16)
        for (const [prompt, response] of pairs) store.push(Uint32Array.from(prompt), Uint32Array.from(response))
        for (const [at, [prompt, response]] of pairs.entries()) {
          expect(Array.from(store.prompts.at(at))).toEqual(prompt)
          expect(Array.from(store.responses.at(at))).toEqual(response)
          expect(Array.from(store.wholes.at(at))).toEqual([...prompt, ...response])
        }
      }),
      RUNS,
    )
  })
})

describe('statistics', () => {
  it('give the values of the textbooks', () => {
    expect(twoSided(1.959963984540054)).toBeCloseTo(0.05, 12)
    expect(chiSquaredTail(3.841458820694124, 1)).toBeCloseTo(0.05, 10)
    expect(chiSquaredTail(18.307038053275146, 10)).toBeCloseTo(0.05, 10)
    // Of 100 rows with a true share of 25 %, between 17 and 34 % are no surprise.
    expect(wilson(25, 100).low).toBeCloseTo(0.1755, 4)
    expect(wilson(25, 100).high).toBeCloseTo(0.343, 4)
    expect(wilson(0, 10)).toMatchObject({ share: 0, low: 0 })
    expect(wilson(0, 10).high).toBeCloseTo(0.2775, 4)
    // Two readers of 50 grant proposals: 20 times both yes, 15 times both no.
    const grants = [...Array(20).fill([1, 1]), ...Array(5).fill([1, 0]), ...Array(10).fill([0, 1]), ...Array(15).fill([0, 0])]
    expect(agreementOf(grants, 2)).toMatchObject({ n: 50, observed: 0.7 })
    expect(agreementOf(grants, 2).kappa).toBeCloseTo(0.4, 12)
    expect(
      agreementOf(
        [
          [1, 1],
          [1, 1],
        ],
        3,
      ).kappa,
    ).toBeUndefined()
  })

  it('weigh a near miss less than a far one', () => {
    const near = [
      [0, 0],
      [1, 1],
      [2, 2],
      [1, 2],
    ] as const
    const far = [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 2],
    ] as const
    expect(agreementOf(near, 3).observed).toBe(agreementOf(far, 3).observed)
    expect(agreementOf(near, 3, 'quadratic').kappa).toBeGreaterThan(agreementOf(far, 3, 'quadratic').kappa as number)
  })

  it('stay within their bounds for any counts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 5 })), { minLength: 2, maxLength: 6 }), (values) => {
        const found = balanceOf(
          values.map(([count]) => count),
          values.map(([, weight]) => weight),
        )
        expect(found.tv).toBeGreaterThanOrEqual(0)
        expect(found.tv).toBeLessThanOrEqual(1)
        expect(found.p).toBeGreaterThanOrEqual(0)
        expect(found.p).toBeLessThanOrEqual(1)
        expect(found.jsNats).toBeLessThanOrEqual(Math.LN2 + 1e-12)
        expect(found.evenness).toBeLessThanOrEqual(1 + 1e-12)
      }),
      RUNS,
    )
  })
})

describe('a vocabulary', () => {
  it('stays bounded however many words there are, and says so', () => {
    const vocabulary = new Vocabulary(100)
    const numbers = vocabulary.encode(Array.from({ length: 1000 }, (_, i) => `word${i}`))
    expect(vocabulary.size).toBe(100)
    expect(vocabulary.isFull).toBe(true)
    expect(Array.from(numbers.subarray(0, 100))).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(Math.min(...numbers.subarray(100))).toBeGreaterThanOrEqual(100)
    expect(vocabulary.encode(['word999'])[0]).toBe(numbers[999])
    expect(vocabulary.phrase([0, 1, numbers[999] as number])).toBe('word0 word1 …')
  })

  it('keeps no long text alive for a word of it', () => {
    const vocabulary = new Vocabulary()
    documentsOf(['Supercalifragilistic expialidocious'], vocabulary)
    expect(vocabulary.phrase([0, 1])).toBe('supercalifragilistic expialidocious')
  })
})

describe('a template of thousands of rows', () => {
  it('is one cluster, found without comparing everybody with everybody', () => {
    const frame = Array.from({ length: 60 }, (_, i) => 10_000 + i)
    const list = documents(Array.from({ length: 3000 }, (_, i) => [...frame, i]))
    let comparisons = 0
    const found = new Set<number>()
    candidatesByMinHash(
      list,
      () => true,
      (row, earlier) => {
        comparisons++
        found.add(row).add(earlier)
        return true
      },
      (row, earlier) => found.has(row) && found.has(earlier),
    )
    expect(found.size).toBe(3000)
    expect(comparisons).toBeLessThan(2 * 3000)
    expect(nearDuplicatesOf(list, { method: 'minhash' })).toMatchObject({ clusters: 1, removable: 2999 })
  })
})
