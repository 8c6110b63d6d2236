/** How many tokens a text has: exactly by one common encoding, or quickly by its length. */

export type Count = (text: string) => number

let loading: Promise<Count> | undefined

/** Tokens by o200k_base, which stands in for every model's own encoding. The encoding loads on first use (~2 MB). */
export async function countTokens(text: string): Promise<number> {
  return (await tokenizer())(text)
}

/** The same for who has many texts and no time to wait for each. */
export function tokenizer(): Promise<Count> {
  loading ??= load()
  return loading
}

async function load(): Promise<Count> {
  const { countTokens: count } = await import('gpt-tokenizer/encoding/o200k_base')
  // Nothing is special in data: a row may well talk about `<|endoftext|>`.
  const plain = { disallowedSpecial: new Set<string>() }
  return (text) => {
    if (!LONG_RUN.test(text)) return count(text, plain)
    let sum = 0
    for (const piece of text.match(PIECES) ?? []) sum += count(piece, plain)
    return sum
  }
}

// Merging is quadratic in the length of one word: 200,000 times "a" took 30 s. Such runs are counted in pieces.
const LONG_RUN = /\S{1000}|\s{1000}/u
const PIECES = /(?:(?!\S{1000}|\s{1000})[\s\S]){1,1000}|\S{1,1000}|\s{1,1000}/gu

/** No more than a text has bytes: in every model's encoding a token stands for one at least. */
export function mostTokens(text: string): number {
  return Buffer.byteLength(text)
}

// English prose and code come to about 4 bytes a token in o200k_base; scripts outside Latin to about one character.
const CHARACTERS_PER_TOKEN = 4

/** A guess without loading anything, for plans and for answers without usable numbers; 0 only for the empty text. */
export function estimateTokens(text: string): number {
  let ascii = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x80) ascii++
  return Math.ceil(ascii / CHARACTERS_PER_TOKEN + (text.length - ascii) * 0.75)
}
