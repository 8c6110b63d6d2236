/** Every value of `../shared/reference-metrics`, which another implementation computed, comes out of this one. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { balanceOf } from '../../../src/measure/balance.ts'
import { type BoilerplateOptions, boilerplateOf } from '../../../src/measure/boilerplate.ts'
import { brotliRatio, doubleGzipRatio, gzipRatio } from '../../../src/measure/compression.ts'
import { contaminationOf } from '../../../src/measure/contamination.ts'
import { type Distinct, distinctN, distinctWithin, ngramDiversity } from '../../../src/measure/distinct.ts'
import { documentsOf, sumOfWords } from '../../../src/measure/documents.ts'
import { driftOfNumbers, driftOfVariety, noveltyOf } from '../../../src/measure/drift.ts'
import { exactDuplicates } from '../../../src/measure/exact-duplicates.ts'
import { HashOrderSample } from '../../../src/measure/hash-order-sample.ts'
import { lengthsOf } from '../../../src/measure/lengths.ts'
import { mattr, mattrOfRows, mattrOfStream } from '../../../src/measure/mattr.ts'
import { nearDuplicatesOf } from '../../../src/measure/near-duplicates.ts'
import { openingsOf } from '../../../src/measure/openings.ts'
import { compareRanks } from '../../../src/measure/ranks.ts'
import { homogeneity, rougeL } from '../../../src/measure/rouge.ts'
import { selfRepetition } from '../../../src/measure/self-repetition.ts'
import { mannKendall } from '../../../src/measure/trend.ts'
import { twayCoverage } from '../../../src/measure/tway.ts'
import { Vocabulary } from '../../../src/measure/vocabulary.ts'
import { blankSeparated, normalised, rougeWordsOf, wordsOf } from '../../../src/measure/words.ts'
import { type DatasetName, viewsOf } from '../../rig/reference-views.ts'
import { NEEDS_SHARED, sharedJson, sharedText, WITHOUT_SHARED } from '../../rig/shared.ts'

type Reference = { readonly [key: string]: Reference } & { readonly [key: string]: unknown }

const NAMES: readonly DatasetName[] = ['gsm8k_train', 'gpteacher_roleplay', 'fastchat_dummy', 'openai_toy', 'seed_tasks']
const VIEWS = ['prompt', 'response', 'full'] as const
const BUDGET_5K = 5000

const reference = WITHOUT_SHARED ? ({} as Reference) : sharedJson<Reference>('reference-metrics/reference-values.json')

const valuesOf = (name: DatasetName, view: string) => (reference[name] as Reference)[view] as Reference

/** Equal numbers, up to the last digits in which sums taken in another order may differ. */
function expectSame(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Number.isInteger(expected)) expect(Math.abs(actual - expected), `${path}: ${actual} for ${expected}`).toBeLessThan(1e-9)
    else expect(Math.abs(actual / expected - 1), `${path}: ${actual} for ${expected}`).toBeLessThan(1e-9)
    return
  }
  if (typeof expected === 'object' && expected !== null) {
    for (const [key, value] of Object.entries(expected)) expectSame((actual as { [key: string]: unknown })[key], value, `${path}.${key}`)
    return
  }
  expect(actual, path).toEqual(expected)
}

/** Node's zlib differs from stock zlib by about half a per cent; a file of a few hundred bytes by some bytes, which is more than that. */
function expectWithin1Percent(actual: number, expected: number, path: string, compressedBytes = Number.POSITIVE_INFINITY): void {
  const tolerance = Math.max(0.01, 80 / compressedBytes)
  expect(Math.abs(actual / expected - 1), `${path}: ${actual} for ${expected}`).toBeLessThan(tolerance)
}

const plain = ({ unique, total, value }: Distinct) => ({ unique, total, value })

function duplicates(marks: Iterable<string>) {
  const found = exactDuplicates(marks)
  return {
    rows: found.rows,
    unique: found.unique,
    duplicate_rows: found.duplicateRows,
    duplicate_groups: found.duplicateGroups,
    largest_group: found.largestGroup,
  }
}

function boilerplate(texts: readonly string[], options: BoilerplateOptions) {
  const found = boilerplateOf(documentsOf(texts), options)
  return {
    n: options.n,
    frac: options.frac,
    df_threshold: found.dfThreshold,
    boilerplate_ngrams: found.ngrams,
    token_coverage: found.tokenCoverage,
    doc_rate: found.docRate,
    heavy_doc_rate_30pct: found.heavyDocRate,
    mean_doc_coverage: found.meanDocCoverage,
  }
}

const CASED = (texts: readonly string[]) => {
  const vocabulary = new Vocabulary()
  const rows = texts.map((text) => vocabulary.encode(blankSeparated(text)))
  return { length: rows.length, at: (row: number) => rows[row] as Uint32Array }
}

function lexical(texts: readonly string[]): { [key: string]: () => unknown } {
  const vocabulary = new Vocabulary()
  const documents = documentsOf(texts, vocabulary)
  const first = texts.slice(0, BUDGET_5K)
  return {
    tokens: () => sumOfWords(documents),
    vocabulary: () => vocabulary.size,
    empty_docs: () => texts.filter((text) => wordsOf(text).length === 0).length,
    exact_duplicates_raw: () => duplicates(texts),
    exact_duplicates_normalised: () => duplicates(texts.map(normalised)),
    length_tokens: () => lengthsOf(texts.map((text) => wordsOf(text).length)),
    distinct_1: () => plain(distinctN(documents, 1)),
    distinct_2: () => plain(distinctN(documents, 2)),
    distinct_3: () => plain(distinctN(documents, 3)),
    distinct_1_first_100k_tokens: () => distinctWithin(documents, 1),
    distinct_2_first_100k_tokens: () => distinctWithin(documents, 2),
    mattr_doc_mean_w50: () => mattrOfRows(documents),
    mattr_corpus_w500: () => mattrOfStream(documents),
    self_repetition_n4_5k: () => selfRepetition(CASED(first)),
    self_repetition_n4_all: () => selfRepetition(CASED(texts)),
    ngram_diversity_cshaib_5k: () => ngramDiversity(first),
    openings_3: () => {
      const found = openingsOf(documents)
      return {
        docs: found.docs,
        unique: found.unique,
        top1: vocabulary.phrase(found.top[0]?.words ?? []),
        top1_share: found.top1Share,
        top10_share: found.top10Share,
        entropy_nats: found.entropyNats,
        entropy_norm: found.entropyNorm,
      }
    },
    'boilerplate_n6_0.2pct_5k': () => boilerplate(first, { n: 6, frac: 0.002 }),
    'boilerplate_n6_0.2pct_all': () => boilerplate(texts, { n: 6, frac: 0.002 }),
    'boilerplate_n5_0.5pct_5k': () => boilerplate(first, { n: 5, frac: 0.005 }),
    'boilerplate_n5_0.5pct_all': () => boilerplate(texts, { n: 5, frac: 0.005 }),
    boilerplate_n4_1pct_5k: () => boilerplate(first, { n: 4, frac: 0.01 }),
    'boilerplate_n8_0.2pct_5k': () => boilerplate(first, { n: 8, frac: 0.002 }),
    rougeL_first_500: () => {
      const cased = new Vocabulary()
      const found = homogeneity(texts.slice(0, 500).map((text) => cased.encode(rougeWordsOf(text))))
      return {
        docs: found.docs,
        homogenization_rougeL: found.meanPairwise,
        mean_max_previous: found.meanMaxPrevious,
        share_max_previous_gt_0_7: found.shareMaxPreviousAbove,
        greedy_kept_at_0_7: found.greedyKept,
      }
    },
  }
}

describe.skipIf(WITHOUT_SHARED)(`the reference values${NEEDS_SHARED}`, () => {
  describe.each(NAMES)('of %s', (name) => {
    it.each(VIEWS)('are reproduced for %s', (view) => {
      const expected = valuesOf(name, view)
      const texts = viewsOf(name)[view]
      const computed = lexical(texts)
      for (const [key, value] of Object.entries(expected)) {
        // The reference leaves out what would have taken it too long.
        if (key === 'compression' || key === 'near_duplicates_word5' || value === null) continue
        const compute = computed[key]
        expect(compute, `nothing computes ${key}`).toBeDefined()
        expectSame(compute?.(), value, `${name}.${view}.${key}`)
      }
    })

    it.each(VIEWS)('are reproduced where %s is compressed, within 1 per cent', (view) => {
      const expected = valuesOf(name, view)['compression'] as unknown as { readonly [key: string]: number }
      const texts = viewsOf(name)[view]
      const lines = texts.join('\n')
      const blanks = texts.join(' ')
      expect(Buffer.byteLength(lines)).toBe(expected['bytes_nl'])
      expect(Buffer.byteLength(blanks)).toBe(expected['bytes_space'])
      const bytes = expected['gzip6_bytes'] as number
      const near = (actual: number, key: string) => expectWithin1Percent(actual, expected[key] as number, key, bytes)
      near(gzipSync(lines, { level: 6 }).length, 'gzip6_bytes')
      near(gzipSync(blanks, { level: 9 }).length, 'gzip9_bytes')
      near(gzipRatio(lines), 'cr_gzip6')
      near(gzipRatio(blanks, 9), 'cr_gzip9_space')
      near(doubleGzipRatio(texts), 'cr_cshaib_double_gzip')
    })

    it.each(VIEWS)('are reproduced for near duplicates of %s, pair by pair', (view) => {
      const expected = valuesOf(name, view)['near_duplicates_word5'] as Reference
      const texts = viewsOf(name)[view]
      for (const [key, value] of Object.entries(expected)) {
        const [, threshold, rows] = /^J>=(0\.\d)_(5k|all)$/.exec(key) ?? []
        const documents = documentsOf(rows === '5k' ? texts.slice(0, BUDGET_5K) : texts)
        const found = nearDuplicatesOf(documents, { threshold: Number(threshold), method: 'exact', examples: 100_000 })
        const counts = {
          pairs: found.pairs,
          docs_in_pairs: found.docsInPairs,
          clusters: found.clusters,
          removable: found.removable,
          largest_cluster: found.largestCluster,
        }
        expectSame(counts, value, `${name}.${view}.${key}`)
        if (key !== 'J>=0.8_5k') continue
        const pairs = sharedJson<[number, number, number][]>(`reference-metrics/pairs_${name}_${view}_5k_J0.8.json`)
        const sorted = found.examples.toSorted((x, y) => x.a - y.a || x.b - y.b)
        expect(sorted.map(({ a, b, jaccard }) => [a, b, Number(jaccard.toFixed(6))])).toEqual(pairs)
        // MinHash finds the same rows here: its clusters, not only their number.
        const hashed = nearDuplicatesOf(documents, { method: 'minhash' })
        expect(hashed.leaders).toEqual(found.leaders)
      }
    })

    it('are reproduced for drift', () => {
      const { response } = viewsOf(name)
      const documents = documentsOf(response)
      const lengths = driftOfNumbers(response.map((text) => wordsOf(text).length))
      const novelty = noveltyOf(documents)
      const variety = driftOfVariety(documents)
      const trend = ({ n, s, varS, z, p, tauA, senSlope }: ReturnType<typeof mannKendall>) => ({
        n,
        S: s,
        varS,
        Z: z,
        p,
        tau_a: tauA,
        sen_slope: senSlope,
      })
      const { n1, n2, u1, z, p, cliffsDelta } = lengths.firstVsLast
      const computed = {
        drift_20_windows: {
          mean_tokens: lengths.windows,
          mk_mean_tokens: trend(lengths.trend),
          novel_4gram_share: novelty,
          mk_novel_4gram: trend(mannKendall(novelty)),
          first_vs_last_quarter_len: { n1, n2, U1: u1, z, p, cliffs_delta: cliffsDelta },
        },
        drift_within_window_distinct2: { token_budget: variety.tokenBudget, values: variety.windows, mk: trend(variety.trend) },
      }
      for (const key of ['drift_20_windows', 'drift_within_window_distinct2'] as const) {
        const expected = reference[name]?.[key]
        if (expected) expectSame(computed[key], expected, `${name}.${key}`)
      }
      expect(reference[name]?.['rows']).toBe(response.length)
    })
  })

  it('are reproduced for the test vectors', () => {
    const vectors = reference['_test_vectors'] as unknown as {
      mann_kendall: { x: number[]; n: number; S: number; varS: number; Z: number; p: number; tau_a: number; sen_slope: number }[]
      mann_whitney: { a: number[]; b: number[]; n1: number; n2: number; U1: number; z: number; p: number; cliffs_delta: number }[]
      balance: { counts: number[]; weights: number[]; [key: string]: unknown }[]
      rougeL: { a: string; b: string; f: number }[]
      tokenise: { text: string; tokens: string[] }[]
      mattr: { tokens: string[]; w: number; v: number }[]
    }
    for (const { x, ...expected } of vectors.mann_kendall) {
      const { n, s, varS, z, p, tauA, senSlope } = mannKendall(x)
      expectSame({ n, S: s, varS, Z: z, p, tau_a: tauA, sen_slope: senSlope }, expected, 'mann_kendall')
    }
    for (const { a, b, ...expected } of vectors.mann_whitney) {
      const { n1, n2, u1, z, p, cliffsDelta } = compareRanks(a, b)
      expectSame({ n1, n2, U1: u1, z, p, cliffs_delta: cliffsDelta }, expected, 'mann_whitney')
    }
    for (const { counts, weights, ...expected } of vectors.balance) {
      const { n, k, chi2, df, p, entropyNats, evenness, klNats, jsNats, tv, cramersV, maxAbsDev } = balanceOf(counts, weights)
      expectSame(
        {
          N: n,
          k,
          chi2,
          df,
          p,
          entropy_nats: entropyNats,
          evenness,
          kl_nats: klNats,
          js_nats: jsNats,
          tv,
          cramers_v_like: cramersV,
          max_abs_dev: maxAbsDev,
        },
        expected,
        'balance',
      )
    }
    const vocabulary = new Vocabulary()
    for (const { a, b, f } of vectors.rougeL)
      expectSame(rougeL(vocabulary.encode(rougeWordsOf(a)), vocabulary.encode(rougeWordsOf(b))), f, 'rougeL')
    for (const { text, tokens } of vectors.tokenise) expect(wordsOf(text)).toEqual(tokens)
    for (const { tokens, w, v } of vectors.mattr) expectSame(mattr(vocabulary.encode(tokens), w), v, 'mattr')
  })

  it('are reproduced for t-way coverage', () => {
    const { tway_nist_7878: nist, tway_seed_lattice: seed } = reference['_test_vectors'] as unknown as {
      tway_nist_7878: { rows: number[][]; domains: number[][]; t2: object; t3: object }
      tway_seed_lattice: { domains: string[][]; full_size: number; first_27_of_product: object; diagonal_12: object; all_t2: number }
    }
    const coverage = (rows: number[][], sizes: number[], t: number) => {
      const found = twayCoverage(rows, sizes, t)
      return {
        t,
        combinations: found.combinations,
        configurations: found.configurations,
        covered: found.covered,
        total_coverage: found.totalCoverage,
        fully_covered: found.fullyCovered,
        simple_coverage: found.simpleCoverage,
        min_combination: found.minCombination,
      }
    }
    expectSame(coverage(nist.rows, [2, 2, 2, 2], 2), nist.t2, 't2')
    expectSame(coverage(nist.rows, [2, 2, 2, 2], 3), nist.t3, 't3')
    const sizes = seed.domains.map((values) => values.length)
    const product = sizes.reduce<number[][]>(
      (rows, size) => rows.flatMap((row) => Array.from({ length: size }, (_, value) => [...row, value])),
      [[]],
    )
    expect(product).toHaveLength(seed.full_size)
    expectSame(coverage(product.slice(0, 27), sizes, 2), seed.first_27_of_product, 'first_27')
    const diagonal = Array.from({ length: 12 }, (_, i) => sizes.map((size) => i % size))
    expectSame(coverage(diagonal, sizes, 2), seed.diagonal_12, 'diagonal_12')
    expect(twayCoverage(product, sizes, 2).totalCoverage).toBe(seed.all_t2)
  })

  it('are reproduced for decontamination', () => {
    const vocabulary = new Vocabulary()
    const of = (texts: readonly string[]) => documentsOf(texts, vocabulary)
    const train = viewsOf('azure_chat_train')
    for (const evaluation of ['gsm8k_train', 'gsm8k_test'] as const) {
      for (const n of [8, 13]) {
        const expected = reference['_decontamination']?.[`azure_chat_train vs ${evaluation}`]?.[`n=${n}`] as unknown
        const found = contaminationOf(of(train[DECONTAMINATED]), of(viewsOf(evaluation)[DECONTAMINATED]), n)
        expectSame(
          { train_rows: found.rows, any_ngram_hit: found.anyHit, covered_gt_half_by_one_item: found.halfCovered },
          expected,
          `${evaluation} n=${n}`,
        )
      }
    }
  })

  it('are reproduced for compression at 1 MB in hash order', () => {
    const table = sharedText('reference-metrics/README.md').split('## Compression at 1 MB')[1]?.split('\n## ')[0] ?? ''
    const rows = [...table.matchAll(/^\| (\w+)\.(prompt|response) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)]
    expect(rows).toHaveLength(10)
    for (const [, name, view, taken, bytes, gzip, brotli] of rows) {
      const sample = new HashOrderSample()
      for (const [row, text] of viewsOf(name as DatasetName)[view as 'prompt'].entries()) sample.push(text, row)
      const texts = sample.texts().map(({ text }) => text)
      const joined = texts.join('\n')
      expect(texts.length, `${name}.${view}`).toBe(Number(taken?.replace(',', '')))
      expect(Buffer.byteLength(joined), `${name}.${view}`).toBe(Number(bytes?.replaceAll(',', '')))
      expectWithin1Percent(gzipRatio(joined), Number(gzip), `${name}.${view} gzip`)
      expectWithin1Percent(brotliRatio(joined), Number(brotli), `${name}.${view} brotli`)
    }
  })
})

/** Questions are compared with questions: an answer to another question may well share a calculation. */
const DECONTAMINATED = 'prompt'
