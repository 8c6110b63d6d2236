/** Words as hashes instead of numbers of a vocabulary: the same for a text whatever stands beside it, and nothing to keep. */
import { wordsOf } from './words.ts'

/** 32 bits a word: among a million different words one in 4,000 shares its hash, which no run of five words does. */
export function hashedWords(text: string): Uint32Array {
  const words = wordsOf(text)
  const hashes = new Uint32Array(words.length)
  for (let i = 0; i < words.length; i++) hashes[i] = hashOf(words[i] as string)
  return hashes
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  return (hash ^ (hash >>> 15)) >>> 0
}
