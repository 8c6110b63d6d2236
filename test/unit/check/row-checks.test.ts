/** Checks of one row's text, each with what it must find and what it must let pass. */
import { describe, expect, it } from 'vitest'
import type { Example } from '../../../schema/config.ts'
import { judgeRow } from '../../../src/check/rules.ts'
import type { CheckSpec, EvaluationItem } from '../../../src/config/dataset.ts'
import { guard } from '../../../src/config/guard.ts'
import { fencesOf } from '../../../src/util/fences.ts'

const cell = guard<string>(Object.assign(Object.create(null), { complexity: 'brief', edge: 'none' }), 'dimension')
const row = (answer: string | null, user = 'How do I do it?'): Example => ({
  messages: [
    { role: 'user', content: user },
    { role: 'assistant', content: answer },
  ],
})
const said = (rule: CheckSpec['rule'], example: Example) =>
  judgeRow([{ id: 'it', severity: 'reject', rule }], example, cell, {}).map(({ message }) => message)

describe('the refusal check', () => {
  const rule = { check: 'refusal', disclaimers: true } as const
  it.each([
    ["I can't help with that.", 'an answer begins with a refusal: "i can\'t help with"'],
    ['I’m sorry, but I cannot do that for you.', 'an answer begins with a refusal: "i\'m sorry but i cannot"'],
    ['Sure. As an AI language model, I like lists.', 'an answer has a boilerplate disclaimer: "as an ai"'],
  ])('finds %s', (answer, message) => expect(said(rule, row(answer))).toEqual([message]))

  it('lets an answer pass that quotes a refusal further on', () => {
    const late = `${'The log shows every request that the server turned down, with the time and the address it came from, and '.repeat(2)}the text "I can't help with that".`
    expect(said(rule, row(late))).toEqual([])
  })
  it('can leave disclaimers out, and cells in which refusing is right', () => {
    expect(said({ ...rule, disclaimers: false }, row('As an AI, I like lists.'))).toEqual([])
    expect(said({ ...rule, where: { edge: 'hostile' } }, row("I can't help with that."))).toEqual([])
    expect(said({ ...rule, where: { edge: 'none' } }, row("I can't help with that."))).toHaveLength(1)
  })
})

describe('the repetition check', () => {
  const rule = { check: 'repetition', of: 'assistant', max: 10 } as const
  it('finds words said over and over, in short texts too', () => {
    expect(said(rule, row('and then call the function again '.repeat(6)))).toEqual(['the assistant text says the same words over and over'])
  })
  it('finds a long text that compresses too well', () => {
    const lines = Array.from({ length: 200 }, (_, i) => `Step ${i % 7}: open the panel, press the button and wait for the light.`)
    expect(said(rule, row(lines.join('\n')))[0]).toMatch(/^the assistant text (says the same|repeats itself)/)
  })
  it('lets prose, short emphasis and a table of numbers pass', () => {
    const prose =
      'A heap keeps its smallest item on top. Sorting costs n log n, a heap log n for each item you take; which is better depends on how many you need.'
    expect(said(rule, row(prose))).toEqual([])
    expect(said(rule, row('No, no, no, no! Use a context manager.'))).toEqual([])
    expect(said(rule, row('0 0 0 0 0 0'))).toEqual([])
  })
})

describe('the language check', () => {
  const rule = { check: 'language', of: 'assistant', is: 'en' } as const
  const german = 'Das ist nicht die Funktion, die wir für den Aufruf brauchen, und sie wird auch nicht mit der anderen verwendet.'
  it('names what the text looks like', () => expect(said(rule, row(german))).toEqual(['the assistant text looks like de, not en']))
  it('knows scripts', () =>
    expect(said(rule, row('これは関数の使い方を説明する文章です。とても簡単です。'))).toEqual(['the assistant text looks like ja, not en']))
  it('lets pass what it cannot tell, and code', () => {
    expect(said(rule, row('OK.'))).toEqual([])
    expect(said(rule, row(`\`\`\`\n${german}\n\`\`\``))).toEqual([])
    expect(said({ ...rule, is: 'de' }, row(german))).toEqual([])
  })
})

describe('the json check', () => {
  const schema = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }
  const rule = { check: 'json', fenced: false, schema } as const
  it('wants one value and nothing else', () => {
    expect(said(rule, row('{"id": 1}'))).toEqual([])
    expect(said(rule, row('Here it is: {"id": 1}'))).toEqual(['an answer is not one JSON value'])
    expect(said(rule, row('{"id": "<script>"}'))).toEqual(['an answer does not match the schema: /id must be integer'])
    expect(said(rule, row(null))).toEqual(['there is no answer'])
  })
  it('never says what the model called things', () => {
    const each = { type: 'object', additionalProperties: { type: 'integer' } }
    expect(said({ ...rule, schema: each }, row('{"\\u001b[2J": "x"}'))).toEqual(['an answer does not match the schema'])
  })
  it('takes a fence away where that is allowed', () => {
    expect(said(rule, row('```json\n{"id": 1}\n```'))).toEqual(['an answer is not one JSON value'])
    expect(said({ ...rule, fenced: true }, row('```json\n{"id": 1}\n```'))).toEqual([])
    expect(said({ ...rule, fenced: true }, row('So:\n```json\n{"id": 1}\n```'))).toEqual(['an answer is not one JSON value'])
  })
})

describe('the code check', () => {
  const rule = { check: 'code', languages: new Set(['javascript', 'typescript', 'json', 'yaml'] as const), required: false } as const
  const fenced = (label: string, code: string) => row(`Like this:\n\n\`\`\`${label}\n${code}\n\`\`\`\n\nDone.`)
  it.each([
    ['js', 'const a = await load()\nexport default a'],
    ['js', 'if (x) return 5'],
    ['javascript', 'with (a) { b }'],
    ['ts', 'enum A { B }\nconst f = <T,>(x: T): x is T => true'],
    ['json', '{"a": [1, 2]}'],
    ['yaml', 'a: 1\n---\nb: [1, 2]'],
    ['python', 'def f(:'],
    ['', 'not code {'],
    ['constructor', 'function ('],
  ])('%s: %s passes', (label, code) => expect(said(rule, fenced(label, code))).toEqual([]))
  it.each([
    ['js', 'const = 5', 'JavaScript'],
    ['ts title="a.ts"', 'let x: = 5', 'TypeScript'],
    ['JSON', '{"a": 1,}', 'JSON'],
    ['yml', 'a: [1', 'YAML'],
  ])('%s: %s does not', (label, code, name) =>
    expect(said(rule, fenced(label, code))).toEqual([`an answer has ${name} that does not parse`]),
  )

  it('never runs anything', () => {
    const globals = globalThis as { ran?: boolean }
    said(rule, fenced('js', 'globalThis.ran = true'))
    said(rule, fenced('js', '}); globalThis.ran = true; (function () {'))
    expect(globals.ran).toBe(undefined)
  })
  it('may want code in every answer', () => {
    expect(said({ ...rule, languages: new Set(['yaml'] as const), required: true }, fenced('json', '{}'))).toEqual([
      'an answer has no fenced code in yaml',
    ])
  })
})

describe('fences', () => {
  it('hold what stands between equal marks, to the end when they are never closed', () => {
    expect(fencesOf('````md\n```js\na\n```\n````\n~~~\nb')).toEqual([
      { label: 'md', text: '```js\na\n```' },
      { label: '', text: 'b' },
    ])
    expect(fencesOf('`a` and ``` b ```')).toEqual([])
    expect(fencesOf('1. so:\n\n   ```py\n   if x:\n     y\n  z\n   ```')).toEqual([{ label: 'py', text: 'if x:\n  y\nz' }])
  })
})

describe('the contamination check', () => {
  const question =
    'Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did she sell?'
  const items: EvaluationItem[] = [
    { file: 'eval/test.jsonl', place: 1, text: 'Something else entirely that has nothing to do with any of this.' },
    { file: 'eval/test.jsonl', place: 2, text: question },
  ]
  const rule = { check: 'contamination', items, any: 13, half: 8 } as const
  it('finds a long run of shared words anywhere in the row, whatever case and punctuation', () => {
    expect(said(rule, row(`Recall: ${question.toUpperCase()}`))).toEqual(['shares 13 words in a row with item 2 of eval/test.jsonl'])
  })
  it('finds a prompt that one item covers to more than half', () => {
    expect(said(rule, row('72', 'she sold half as many clips in May. Why?'))).toEqual([
      'item 2 of eval/test.jsonl covers more than half of what the user says',
    ])
  })
  it('lets shared phrases pass', () => {
    expect(
      said(rule, row('72', 'Somebody told me that she sold half as many clips in May, and I would like to know where that comes from.')),
    ).toEqual([])
  })
})

describe('length by complexity', () => {
  const each = new Map([['brief', { min: 0, max: 10 }]])
  const rule = { check: 'length', of: 'assistant', min: 50, max: 90, by: { dimension: 'complexity', each } } as const
  it('holds a text to the bounds of its value, others to the general ones', () => {
    expect(said(rule, row('x'.repeat(11)))).toEqual(['the assistant text is longer than 10 characters'])
    expect(said(rule, row('x'.repeat(10)))).toEqual([])
    expect(said({ ...rule, by: { dimension: 'edge', each } }, row('x'.repeat(11)))).toEqual([
      'the assistant text is shorter than 50 characters',
    ])
  })
})
