/** What a text is and contains: questions, languages, phrases, loops. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gzipRatio } from '../../../src/measure/compression.ts'
import { LANGUAGES, LanguageGuesser } from '../../../src/measure/language.ts'
import { loopOf, RowRepetition } from '../../../src/measure/loops.ts'
import { askOf, contentsOf } from '../../../src/measure/manner.ts'
import { DISCLAIMERS, PhraseFinder, REFUSALS } from '../../../src/measure/phrases.ts'
import { Vocabulary } from '../../../src/measure/vocabulary.ts'
import { wordsOf } from '../../../src/measure/words.ts'

describe('what a user does', () => {
  it.each([
    ['How do I reverse a string?', 'question'],
    ['what is a socket', 'question'],
    ['Reverse this string: abc', 'command'],
    ['please summarise the text below', 'command'],
    ['Write a poem. Can it rhyme?', 'question'],
    ['I fell off my bike today.', 'statement'],
    ['My code does not work:\n```\nx = a ? b : c\n```', 'statement'],
    ['¿Dónde está la biblioteca?', 'question'],
    ['日本の首都はどこですか？', 'question'],
    ['', 'statement'],
  ] as const)('%j is a %s', (text, ask) => {
    expect(askOf(text)).toBe(ask)
  })
})

describe('what an answer contains', () => {
  const none = { code: false, list: false, header: false, table: false, json: false }
  it.each([
    ['plain words, - no list, # no header', none],
    ['so:\n```py\nx = 1\n```', { ...none, code: true }],
    ['- one\n- two', { ...none, list: true }],
    ['1. one\n\n2) two', { ...none, list: true }],
    ['- only one', none],
    ['# Title\ntext', { ...none, header: true }],
    ['| a | b |\n|---|---|\n| 1 | 2 |', { ...none, table: true }],
    [' {"a": [1, 2]}\n', { ...none, json: true }],
    ['{not json}', none],
    ['[1, 2]', { ...none, json: true }],
  ])('%j', (text, contents) => {
    expect(contentsOf(text)).toEqual(contents)
  })
})

describe('languages', () => {
  const vocabulary = new Vocabulary()
  const guesser = new LanguageGuesser(vocabulary)
  const guess = (text: string) => LANGUAGES[guesser.guess(vocabulary.encode(wordsOf(text)))]
  it.each([
    ['The quick brown fox jumps over the lazy dog and it is not what you think.', 'en'],
    ['Der Hund ist nicht im Haus, sondern mit dem Kind auf der Straße.', 'de'],
    ['Le chien est dans la maison avec les enfants et il ne veut pas sortir.', 'fr'],
    ['El perro está en la casa con los niños y no quiere salir porque hace frío.', 'es'],
    ['O cão não está em casa com as crianças mas ele não quer sair.', 'pt'],
    ['Il cane non è nella casa ma questo è un problema per gli altri.', 'it'],
    ['De hond is niet in het huis maar op de straat met een kind.', 'nl'],
    ['Pies nie jest w domu, ale to nie jest problem, bo on był na ulicy.', 'pl'],
    ['日本語のテキストはこのように書かれます。', 'ja'],
    ['这是一个用中文写的句子，它没有假名。', 'zh'],
    ['이것은 한국어로 쓴 문장입니다.', 'ko'],
    ['Это предложение написано по-русски.', 'Cyrillic script'],
    ['هذه جملة مكتوبة بالعربية.', 'Arabic script'],
    ['x = foo(bar); return baz[0]', 'unknown'],
    ['Eat bananas', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (text, language) => {
    expect(guess(text)).toBe(language)
  })
})

describe('phrases', () => {
  it('are found with either apostrophe, in their place, and only whole', () => {
    const vocabulary = new Vocabulary()
    const refusals = new PhraseFinder(REFUSALS, vocabulary)
    const disclaimers = new PhraseFinder(DISCLAIMERS, vocabulary)
    const of = (finder: PhraseFinder, text: string, upTo?: number) => {
      const index = finder.find(vocabulary.encode(wordsOf(text)), upTo)
      return index < 0 ? undefined : finder.phrase(index)
    }
    expect(of(refusals, "I'm sorry, but I can't help.")).toBe("i'm sorry but i can't")
    expect(of(refusals, 'I’m sorry, but I can’t help.')).toBe("i'm sorry but i can't")
    expect(of(refusals, 'I’m sorry to hear that.')).toBeUndefined()
    expect(of(refusals, `${'word '.repeat(30)} I cannot assist with that`, 25)).toBeUndefined()
    expect(of(disclaimers, 'Well, as an AI, I think')).toBe('as an ai')
    expect(of(disclaimers, 'as an aid')).toBeUndefined()
    expect(of(disclaimers, 'as an')).toBeUndefined()
  })
})

describe('loops in a row', () => {
  const ratioOf = (text: string) => {
    const vocabulary = new Vocabulary()
    const repetition = new RowRepetition(vocabulary)
    return { ratio: repetition.ratio(text, vocabulary.encode(wordsOf(text))), compressed: repetition.compressed }
  }

  it('are never overlooked by the test that spares compressing', () => {
    const piece = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.constantFrom('Eat a banana! ', 'a', '!?', '=-', 'ab12', 'item ', '<td></td>'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([part, times]) => part.repeat(times)).join('')
        if (text.length <= 500 || gzipRatio(text) <= 5) return
        expect(ratioOf(text).ratio).toBe(gzipRatio(text))
      }),
      { numRuns: 300 },
    )
  })

  it('cost nothing where a text is ordinary', () => {
    const text = Array.from({ length: 120 }, (_, i) => `word${(i * 7919) % 1000}`).join(' ')
    expect(text.length).toBeGreaterThan(500)
    expect(ratioOf(text)).toEqual({ ratio: 1, compressed: 0 })
  })

  it('are told by the shortest words that repeat', () => {
    const vocabulary = new Vocabulary()
    const loop = (text: string) => {
      const found = loopOf(vocabulary.encode(wordsOf(text)))
      return found && [vocabulary.phrase(found.words), found.times]
    }
    expect(loop('before that eat a banana eat a banana eat a banana eat a banana and then')).toEqual(['eat a banana', 4])
    expect(loop('no no no no no')).toEqual(['no', 5])
    expect(loop('once is not enough')).toBeUndefined()
    expect(loop('twice twice')).toBeUndefined()
    expect(loop('')).toBeUndefined()
  })
})
