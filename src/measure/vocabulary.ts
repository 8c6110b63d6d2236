/** Numbers for words: the same word has the same number, and numbers are what all measures work on. */

// 2 M words take about 250 MB in a Map. A set with more (hashes, identifiers) keeps its memory bounded instead.
const MOST_WORDS = 2_000_000

/** Words to numbers from 0. After `limit` different words, further ones share hashed numbers and are no longer counted apart for certain. */
export class Vocabulary {
  private readonly numbers = new Map<string, number>()
  private readonly words: string[] = []
  private overflowing = false

  private readonly limit: number

  constructor(limit = MOST_WORDS) {
    this.limit = limit
  }

  /** Different words seen, up to the limit. */
  get size(): number {
    return this.words.length
  }

  /** There were more words than can be told apart for certain. */
  get isFull(): boolean {
    return this.overflowing
  }

  add(word: string): number {
    const known = this.numbers.get(word)
    if (known !== undefined) return known
    const number = this.words.length
    if (number >= this.limit) {
      this.overflowing = true
      return this.limit + (hashOf(word) % (0xffff_ffff - this.limit))
    }
    const own = detached(word)
    this.numbers.set(own, number)
    this.words.push(own)
    return number
  }

  find(word: string): number | undefined {
    return this.numbers.get(word)
  }

  word(number: number): string {
    return this.words[number] ?? '…'
  }

  /** A phrase for people. */
  phrase(numbers: Iterable<number>): string {
    return Array.from(numbers, (number) => this.word(number)).join(' ')
  }

  encode(words: readonly string[]): Uint32Array {
    const numbers = new Uint32Array(words.length)
    for (let i = 0; i < words.length; i++) numbers[i] = this.add(words[i] as string)
    return numbers
  }
}

/** V8 keeps a whole text alive for a piece of 13 or more characters that was cut from it; a copy does not. */
function detached(word: string): string {
  return word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le')
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
