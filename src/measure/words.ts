/** What a word is, in one place: every measure counts with these definitions, so that numbers can be compared. */

/** Raised when a definition in this room changes, because then old numbers no longer compare with new ones. */
export const DEFINITIONS = 1

// Letters, digits and marks; an apostrophe joins. Underscore, hyphen and everything else separate; a run of CJK is one word.
const WORD = /[\p{L}\p{N}\p{M}]+(?:['\u2019][\p{L}\p{N}\p{M}]+)*/gu
const ASCII = /^[\0-\x7f]*$/

/** Words of a text: NFKC, lower case, no stemming, no stop words. */
export function wordsOf(text: string): string[] {
  return fold(text).match(WORD) ?? []
}

/** The text in which words are looked for; normalising plain ASCII would change nothing and cost a pass. */
export function fold(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : text.normalize('NFKC').toLowerCase()
}

/** Two texts with equal words are duplicates, whatever their letter case, punctuation and layout. */
export function normalised(text: string): string {
  return wordsOf(text).join(' ')
}

/** Words of ROUGE as Google's `rouge_score` cuts them without a stemmer: only ASCII letters and digits count. */
export function rougeWordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
}

// As Python's `str.split()`, which the reference uses: it knows four separators that `\s` does not, and not U+FEFF.
const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u

/** Pieces between white space with their letter case, for self-repetition. */
export function blankSeparated(text: string): string[] {
  return text.split(BLANKS).filter((piece) => piece !== '')
}
