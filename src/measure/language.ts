/**
 * A guess at a row's language: by its script, and for Latin script by its small words. Honest about its limits: eight languages of Latin
 * script are known, short rows and code have none, and languages that share a script are not told apart.
 */
import type { Vocabulary } from './vocabulary.ts'

const SMALL_WORDS: { readonly [language: string]: string } = {
  en: 'the of and to in is that it for was with as on be at by this are or from an have not you but they which we can what your how if',
  de: 'der die das und ist nicht ein eine zu den mit von für auf dem sich auch es an werden wird im wie oder sie ich wenn bei nach aus',
  fr: 'le la les des et est une un dans pour que qui sur avec pas par plus ce sont au du ne se il vous nous cette être ou comme',
  es: 'el la los las de y en que es un una por con para no se del al como más pero sus su este esta son lo ser o entre cuando',
  pt: 'o a os as de e em que é um uma por com para não se do da dos das como mais mas seu sua este esta são ser ou entre quando',
  it: 'il lo la gli le di e che è un una per con non si del della dei nel al come più ma suo sua questo questa sono essere o tra',
  nl: 'de het een en van in is dat op te zijn met voor niet aan er om ook als bij maar of naar dit deze wordt door heeft uit',
  pl: 'i w nie na się z do to że jest jak po co ale od przez dla są czy tym był jego tego lub oraz może przy',
}

const SCRIPTS: readonly (readonly [language: string, script: RegExp])[] = [
  ['ja', /[\p{sc=Hiragana}\p{sc=Katakana}]/u],
  ['zh', /\p{sc=Han}/u],
  ['ko', /\p{sc=Hangul}/u],
  ['Cyrillic script', /\p{sc=Cyrillic}/u],
  ['Arabic script', /\p{sc=Arabic}/u],
  ['Devanagari script', /\p{sc=Devanagari}/u],
  ['el', /\p{sc=Greek}/u],
  ['he', /\p{sc=Hebrew}/u],
  ['th', /\p{sc=Thai}/u],
]

export const UNKNOWN_LANGUAGE = 'unknown'
const LATIN = Object.keys(SMALL_WORDS)
/** Names of what `guess` returns the index of. */
export const LANGUAGES: readonly string[] = [UNKNOWN_LANGUAGE, ...LATIN, ...SCRIPTS.map(([language]) => language)]

const FEWEST_HITS = 3 // small words; two may be chance ("die", "an", "in")
const LEAST_SHARE = 0.08 // of the words; running text has 30 % and more, code and names have none

export class LanguageGuesser {
  private readonly vocabulary: Vocabulary
  /** Which of the languages have a word as a small word, as bits. */
  private readonly small: number[] = []
  /** By word: 0 not looked at, 1 Latin or none, otherwise 2 + index into `SCRIPTS`. */
  private scripts = new Uint8Array(1 << 16)
  private readonly hits = new Uint32Array(LATIN.length)
  private readonly letters = new Uint32Array(SCRIPTS.length)

  /** Make it before other words are numbered, so that its own are the smallest. */
  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary
    for (const [bit, language] of LATIN.entries()) {
      for (const word of (SMALL_WORDS[language] as string).split(' ')) {
        const number = vocabulary.add(word)
        this.small[number] = (this.small[number] ?? 0) | (1 << bit)
      }
    }
  }

  /** Index into `LANGUAGES`; 0 where it cannot be told. */
  guess(words: Uint32Array): number {
    const { hits, letters, small } = this
    hits.fill(0)
    letters.fill(0)
    let foreign = 0
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number
      if (word < small.length) {
        for (let bits = small[word] ?? 0, bit = 0; bits !== 0; bits >>= 1, bit++) if (bits & 1) hits[bit] = (hits[bit] as number) + 1
      }
      const script = this.scriptOf(word) - 2
      if (script < 0) continue
      // A run of Chinese is one word however long it is, so it counts by its letters.
      const weight = script < 2 ? Math.ceil(this.vocabulary.word(word).length / 2) : 1
      letters[script] = (letters[script] as number) + weight
      foreign += weight
    }
    if (foreign > 0 && foreign >= words.length * 0.3) {
      // Japanese is written with Chinese characters too; kana decide.
      if ((letters[0] as number) > 0 && (letters[0] as number) >= (letters[1] as number) * 0.1) return 1 + LATIN.length
      return 1 + LATIN.length + letters.indexOf(letters.reduce((a, b) => Math.max(a, b), 0))
    }
    let best = 0
    for (let i = 1; i < hits.length; i++) if ((hits[i] as number) > (hits[best] as number)) best = i
    const most = hits[best] as number
    return most < FEWEST_HITS || most < words.length * LEAST_SHARE ? 0 : 1 + best
  }

  private scriptOf(word: number): number {
    if (word >= this.vocabulary.size) return 1
    if (word >= this.scripts.length) {
      const wider = new Uint8Array(2 ** Math.ceil(Math.log2(word + 2)))
      wider.set(this.scripts)
      this.scripts = wider
    }
    const known = this.scripts[word] as number
    if (known !== 0) return known
    const text = this.vocabulary.word(word)
    const found = /^[\0-\u024f]*$/.test(text) ? 1 : 2 + SCRIPTS.findIndex(([, script]) => script.test(text))
    this.scripts[word] = found
    return found
  }
}
