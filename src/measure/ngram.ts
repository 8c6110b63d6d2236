/** Identity of n words in a row of words: exact for one and two words, a 64-bit hash for more. */

/** Where the two halves of an n-gram's identity are put; one object is used over and over because millions are made. */
export interface NgramKey {
  high: number
  low: number
}

/** With 64 bits, two different n-grams among ten million meet with a probability of 0.000003. */
export function keyOfNgram(words: Uint32Array, from: number, n: number, key: NgramKey): void {
  if (n <= 2) {
    key.high = n === 2 ? (words[from] as number) : 0
    key.low = words[from + n - 1] as number
    return
  }
  let high = 0x9747b28c ^ n
  let low = 0x3c6ef372
  for (let i = from; i < from + n; i++) {
    const word = words[i] as number
    high = Math.imul(high ^ word, 0x85ebca6b)
    high ^= high >>> 15
    low = Math.imul(low + word, 0xc2b2ae35)
    low ^= low >>> 13
  }
  key.high = high
  key.low = low
}

/** How many n-grams a row of this many words has. */
export function ngramsIn(words: number, n: number): number {
  return Math.max(0, words - n + 1)
}
