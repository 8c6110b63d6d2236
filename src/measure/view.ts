/** The measures of one view of a set, and what the checks need besides: which rows, which phrases. */
import type { MeasuredText, MeasuredView } from '../events/measures.ts'
import { boilerplateOf } from './boilerplate.ts'
import type { Collector, SideTexts } from './collector.ts'
import { brotliRatio, gzipRatio } from './compression.ts'
import { distinctN, distinctWithin } from './distinct.ts'
import { type Documents, someOf, sumOfWords } from './documents.ts'
import { LANGUAGES } from './language.ts'
import { histogramOf, lengthsOf } from './lengths.ts'
import { mattrOfRows } from './mattr.ts'
import { type NearDuplicates, nearDuplicatesOf } from './near-duplicates.ts'
import { openingsOf } from './openings.ts'
import { firstWithSameWords, groupsOf } from './same-words.ts'

export interface MeasuredSide {
  readonly text: MeasuredText
  /** Rows with equal words, the earlier one first; without rows that have none. */
  readonly groups: readonly (readonly number[])[]
  readonly near: NearDuplicates | undefined
  readonly heavyRows: readonly number[]
}

export interface SideRequest {
  readonly view: MeasuredView
  readonly documents: Documents
  /** Rows that equal no earlier one as a whole: what repeats exactly would pass for a template. */
  readonly unlike: Uint32Array
  readonly texts: SideTexts | undefined
  readonly near: boolean
  readonly languages: ArrayLike<number>
}

// distinct-2 over everything takes about 16 bytes for each different pair of words.
const MOST_WORDS_COUNTED = 20_000_000
const BUDGET = 100_000

export function measureSide(collector: Collector, request: SideRequest): MeasuredSide {
  const { documents, texts } = request
  const { vocabulary, places } = collector
  const place = (row: number) => places.at(row)
  const words = sumOfWords(documents)
  const lengths = lengthsIn(documents)
  const empty = lengths.reduce((sum, length) => sum + (length === 0 ? 1 : 0), 0)
  const groups = [...groupsOf(firstWithSameWords(documents)).values()].filter(([first]) => (lengths[first as number] as number) > 0)
  const near = request.near ? nearDuplicatesOf(documents) : undefined
  const boilerplate = boilerplateOf(someOf(documents, request.unlike))
  const openings = openingsOf(someOf(documents, request.unlike))
  const sampled = texts?.sample.texts() ?? []
  const sample = sampled.map(({ text }) => text).join('\n')
  const budgeted = distinctWithin(documents, 2, BUDGET)
  const unique = distinctN(documents, 1)
  const original = (row: number) => place(request.unlike[row] as number)
  const text: MeasuredText = {
    words,
    bytes: texts?.bytes ?? collector.prompts.bytes + collector.responses.bytes,
    empty,
    vocabulary: unique.unique,
    lengths: { ...lengthsOf(lengths), histogram: histogramOf(lengths) },
    duplicates: {
      raw: documents.length - empty - (texts?.digests ?? collector.wholeDigests).size,
      normalised: groups.reduce((sum, group) => sum + group.length - 1, 0),
      groups: groups.length,
      largestGroup: groups.reduce((most, group) => Math.max(most, group.length), documents.length > 0 ? 1 : 0),
    },
    ...(near
      ? {
          near: {
            method: near.method,
            pairs: near.pairs,
            clusters: near.clusters,
            removable: near.removable,
            largestCluster: near.largestCluster,
          },
        }
      : {}),
    boilerplate: {
      coverage: boilerplate.tokenCoverage,
      heavyShare: boilerplate.heavyDocRate,
      phrases: boilerplate.phrases.map((phrase) => ({
        phrase: vocabulary.phrase(phrase.words),
        rows: phrase.rows,
        example: original(phrase.example),
      })),
    },
    openings: {
      top1Share: openings.top1Share,
      top10Share: openings.top10Share,
      top: openings.top.map((opening) => ({
        phrase: vocabulary.phrase(opening.words),
        rows: opening.rows,
        example: original(opening.example),
      })),
    },
    compression: {
      rows: sampled.length,
      bytes: Buffer.byteLength(sample),
      gzip: sample === '' ? 1 : gzipRatio(sample),
      brotli: sample === '' ? 1 : brotliRatio(sample),
    },
    distinct1: unique.value,
    ...(words <= MOST_WORDS_COUNTED ? { distinct2: distinctN(documents, 2).value } : {}),
    distinct2Budgeted: budgeted.value,
    budgetReached: budgeted.tokens >= BUDGET,
    mattr50: mattrOfRows(documents),
    languages: LANGUAGES.flatMap((language, i) =>
      (request.languages[i] ?? 0) > 0 ? [{ language, rows: request.languages[i] as number }] : [],
    ).sort((a, b) => b.rows - a.rows),
  }
  return { text, groups, near, heavyRows: boilerplate.heavyRows.map(original) }
}

export function lengthsIn(documents: Documents): Uint32Array {
  return Uint32Array.from({ length: documents.length }, (_, row) => documents.at(row).length)
}
