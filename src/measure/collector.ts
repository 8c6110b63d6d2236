/** The one pass over the rows: words into columns, counts into counters, a sample of texts; the texts themselves are let go. */

import { GrowingU32 } from './growing.ts'
import { HashOrderSample } from './hash-order-sample.ts'
import { LANGUAGES, LanguageGuesser } from './language.ts'
import { RowRepetition } from './loops.ts'
import { askOf, contentsOf } from './manner.ts'
import { PairTable } from './pair-table.ts'
import { DISCLAIMERS, PhraseFinder, REFUSAL_WORDS, REFUSALS } from './phrases.ts'
import { type MeasuredRow, saidBy } from './row.ts'
import { Vocabulary } from './vocabulary.ts'
import { WordStore } from './word-store.ts'
import { wordsOf } from './words.ts'

const MOST_ROWS_NAMED = 100
const MOST_SYSTEM_PROMPTS = 1000
const SYSTEM_CHARACTERS = 300

/** Rows that something was found in: all counted, the first ones named. */
export class FoundRows {
  count = 0
  readonly rows: number[] = []

  add(row: number): void {
    this.count++
    if (this.rows.length < MOST_ROWS_NAMED) this.rows.push(row)
  }
}

/** What becomes of one side's texts besides their words. */
export class SideTexts {
  readonly sample = new HashOrderSample()
  readonly digests = new PairTable()
  bytes = 0
  /** The first 64 bits of the last text's digest. */
  readonly last = { high: 0, low: 0 }

  push(text: string, words: number, row: number): void {
    const { last } = this
    const digest = this.sample.push(text, row)
    last.high = digest.readInt32BE(0)
    last.low = digest.readInt32BE(4)
    if (words > 0) this.digests.add(last.high, last.low)
    this.bytes += Buffer.byteLength(text)
  }
}

export class Collector {
  readonly vocabulary = new Vocabulary()
  // Before any word of the data, so that their own words have the smallest numbers.
  private readonly guesser = new LanguageGuesser(this.vocabulary)
  readonly refusalPhrases = new PhraseFinder(REFUSALS, this.vocabulary)
  readonly disclaimerPhrases = new PhraseFinder(DISCLAIMERS, this.vocabulary)
  private readonly repetition = new RowRepetition(this.vocabulary)

  readonly store = new WordStore()
  /** Rows of the file, from 1, by row measured. */
  readonly places = new GrowingU32()
  readonly prompts = new SideTexts()
  readonly responses = new SideTexts()
  readonly wholeDigests = new PairTable()

  readonly kinds = new Map<string, number>()
  readonly roles = new Map<string, number>()
  readonly turns = new Map<number, number>()
  readonly systemPrompts = new Map<string, { text: string; rows: number }>()
  withSystem = 0
  otherBytes = 0
  withTools = 0
  toolCalls = 0
  readonly asks = { question: 0, command: 0, statement: 0 }
  readonly contains = { code: 0, list: 0, header: 0, table: 0, json: 0 }
  readonly languages = { prompt: new Uint32Array(LANGUAGES.length), response: new Uint32Array(LANGUAGES.length) }
  /** Of the whole row, an index into `LANGUAGES`. */
  readonly languageOfRow = new GrowingU32()
  readonly refusals = new Map<number, FoundRows>()
  readonly disclaimers = new Map<number, FoundRows>()
  readonly empty = new FoundRows()
  readonly loops: { row: number; ratio: number }[] = []
  answered = 0
  pairs = 0
  readonly equalPairs = new FoundRows()
  chosenLonger = 0
  rejectedLonger = 0
  readonly labels = { good: 0, bad: 0 }

  get rows(): number {
    return this.places.length
  }

  /** `place` is the row's number in its file, from 1. */
  push(row: MeasuredRow, place = this.rows + 1): void {
    const index = this.rows
    this.places.push(place)
    this.countShape(row)
    const prompt = saidBy('user', row.messages)
    const response = saidBy('assistant', row.messages)
    const promptWords = this.vocabulary.encode(wordsOf(prompt))
    const responseWords = this.vocabulary.encode(wordsOf(response))
    this.store.push(promptWords, responseWords)
    this.prompts.push(prompt, promptWords.length, index)
    this.responses.push(response, responseWords.length, index)
    this.countWhole(index)
    this.countPrompt(row, promptWords)
    this.countResponse(row, response, responseWords, place, index)
    if (row.rejected) this.countPair(row, row.rejected, place)
  }

  private countShape(row: MeasuredRow): void {
    raise(this.kinds, row.kind ?? 'conversation')
    let spoken = 0
    let calls = 0
    let system: string | undefined
    for (const { role, content, tool_calls } of row.messages) {
      raise(this.roles, role)
      if (role === 'user' || role === 'assistant') spoken++
      if (role === 'system') system ??= content ?? ''
      if (role !== 'user' && role !== 'assistant' && content !== null) this.otherBytes += Buffer.byteLength(content)
      calls += tool_calls?.length ?? 0
    }
    raise(this.turns, spoken)
    this.toolCalls += calls
    if (calls > 0 || (row.tools?.length ?? 0) > 0) this.withTools++
    if (row.label !== undefined) this.labels[row.label ? 'good' : 'bad']++
    if (system === undefined) return
    this.withSystem++
    const known = this.systemPrompts.get(system)
    if (known) known.rows++
    // A set that has a system prompt for each row tells that by the number alone.
    else if (this.systemPrompts.size < MOST_SYSTEM_PROMPTS)
      this.systemPrompts.set(system, { text: system.slice(0, SYSTEM_CHARACTERS), rows: 1 })
  }

  private countWhole(index: number): void {
    const { last: prompt } = this.prompts
    const { last: response } = this.responses
    if (this.store.wholes.at(index).length === 0) return this.languageOfRow.push(0)
    // A row is its two sides; they are told apart because only one of them is multiplied.
    this.wholeDigests.add(Math.imul(prompt.high, 0x9e3779b1) ^ response.high, Math.imul(prompt.low, 0x85ebca6b) ^ response.low)
    this.languageOfRow.push(this.guesser.guess(this.store.wholes.at(index)))
  }

  private countPrompt(row: MeasuredRow, words: Uint32Array): void {
    count(this.languages.prompt, this.guesser.guess(words))
    const last = row.messages.findLast(({ role, content }) => role === 'user' && content !== null && content !== '')?.content
    if (last) this.asks[askOf(last)]++
  }

  private countResponse(row: MeasuredRow, text: string, words: Uint32Array, place: number, index: number): void {
    if (row.kind === 'prompt') return
    this.answered++
    const called = row.messages.some(({ tool_calls }) => (tool_calls?.length ?? 0) > 0)
    if (text.trim() === '' && !called) this.empty.add(place)
    count(this.languages.response, this.guesser.guess(words))
    const contents = contentsOf(text)
    for (const kind of ['code', 'list', 'header', 'table', 'json'] as const) if (contents[kind]) this.contains[kind]++
    const refusal = this.refusalPhrases.find(words, REFUSAL_WORDS)
    if (refusal >= 0) found(this.refusals, refusal).add(place)
    const disclaimer = this.disclaimerPhrases.find(words)
    if (disclaimer >= 0) found(this.disclaimers, disclaimer).add(place)
    const ratio = this.repetition.ratio(text, words)
    if (ratio > LOOP_RATIO) this.loops.push({ row: index, ratio })
  }

  private countPair(row: MeasuredRow, rejected: NonNullable<MeasuredRow['rejected']>, place: number): void {
    this.pairs++
    for (const { content } of rejected) this.otherBytes += content === null ? 0 : Buffer.byteLength(content)
    const chosen = saidBy('assistant', row.messages.slice(row.prompt ?? row.messages.length - 1))
    const other = saidBy('assistant', rejected)
    if (chosen === other) this.equalPairs.add(place)
    if (chosen.length > other.length) this.chosenLonger++
    if (chosen.length < other.length) this.rejectedLonger++
  }
}

// Kept for naming; where the check itself warns is a threshold.
const LOOP_RATIO = 3

function raise<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function count(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] as number) + 1
}

function found(map: Map<number, FoundRows>, phrase: number): FoundRows {
  const rows = map.get(phrase) ?? new FoundRows()
  map.set(phrase, rows)
  return rows
}
