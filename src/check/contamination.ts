/** Rows that repeat items of an evaluation, by runs of words (n = 13 as in GPT-3; n = 8 covering more than half, as in Tulu 3). */
import type { EvaluationItem } from '../config/dataset.ts'
import { knownWords } from '../measure/known-words.ts'
import { keyOfNgram, ngramsIn } from '../measure/ngram.ts'
import { PairTable } from '../measure/pair-table.ts'
import { Vocabulary } from '../measure/vocabulary.ts'
import { wordsOf } from '../measure/words.ts'

export interface ContaminationRule {
  readonly items: readonly EvaluationItem[]
  readonly any: number
  readonly half: number
}

const indexes = new WeakMap<readonly EvaluationItem[], Index>()

/** What the row has in common with an item, which is named by its place; undefined when it is clean. */
export function contaminationIn({ prompt, whole }: { prompt: string; whole: string }, rule: ContaminationRule): string | undefined {
  let index = indexes.get(rule.items)
  if (!index) {
    index = new Index(rule)
    indexes.set(rule.items, index)
  }
  const shared = index.any(knownWords(whole, index.vocabulary))
  if (shared !== undefined) return `shares ${rule.any} words in a row with ${nameOf(rule, shared)}`
  const covering = index.covering(knownWords(prompt, index.vocabulary))
  return covering === undefined ? undefined : `${nameOf(rule, covering)} covers more than half of what the user says`
}

function nameOf({ items }: ContaminationRule, item: number): string {
  const { file, place } = items[item] as EvaluationItem
  return `item ${place} of ${file}`
}

/** Runs of words of all items; made once for a check. */
class Index {
  readonly vocabulary = new Vocabulary()
  readonly #anyLength: number
  readonly #halfLength: number
  readonly #anyTable = new PairTable()
  readonly #anyHolder: number[] = []
  readonly #halfTable = new PairTable()
  readonly #halfHolders: number[][] = []

  constructor({ items, any, half }: ContaminationRule) {
    this.#anyLength = any
    this.#halfLength = half
    const key = { high: 0, low: 0 }
    for (const [item, { text }] of items.entries()) {
      const words = this.vocabulary.encode(wordsOf(text))
      for (let at = 0; at < ngramsIn(words.length, any); at++) {
        keyOfNgram(words, at, any, key)
        this.#anyHolder[this.#anyTable.add(key.high, key.low)] ??= item
      }
      for (let at = 0; at < ngramsIn(words.length, half); at++) {
        keyOfNgram(words, at, half, key)
        const index = this.#halfTable.add(key.high, key.low)
        this.#halfHolders[index] ??= []
        const holders = this.#halfHolders[index] as number[]
        if (holders.at(-1) !== item) holders.push(item)
      }
    }
  }

  /** The item that has a run of the row's. */
  any(words: Uint32Array): number | undefined {
    const key = { high: 0, low: 0 }
    for (let at = 0; at < ngramsIn(words.length, this.#anyLength); at++) {
      keyOfNgram(words, at, this.#anyLength, key)
      const index = this.#anyTable.find(key.high, key.low)
      if (index >= 0) return this.#anyHolder[index]
    }
    return undefined
  }

  /** The first item whose runs cover more than half of these words. */
  covering(words: Uint32Array): number | undefined {
    const n = this.#halfLength
    const key = { high: 0, low: 0 }
    const spans = new Map<number, { covered: number; upTo: number }>()
    for (let at = 0; at < ngramsIn(words.length, n); at++) {
      keyOfNgram(words, at, n, key)
      const index = this.#halfTable.find(key.high, key.low)
      for (const item of index < 0 ? [] : (this.#halfHolders[index] as number[])) {
        const span = spans.get(item) ?? { covered: 0, upTo: 0 }
        span.covered += at + n - Math.max(at, span.upTo)
        span.upTo = at + n
        if (span.covered > words.length / 2) return item
        spans.set(item, span)
      }
    }
    return undefined
  }
}
