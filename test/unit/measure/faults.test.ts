/** Sets with one fault each, planted into text that has none: the check meant for the fault remarks on it, names it, and no other does. */
import { describe, expect, it } from 'vitest'
import type { MeasureCheck } from '../../../src/events/measures.ts'
import { evaluate, type MeasureOptions } from '../../../src/measure/evaluate.ts'
import { seeded } from '../../rig/random.ts'

const ROWS = 400
const random = seeded(7)
const SYLLABLES = ['ba', 'co', 'di', 'fu', 'ge', 'ho', 'ji', 'ka', 'le', 'mo', 'nu', 'pe', 'ra', 'si', 'to', 'vu', 'we', 'xa', 'yo', 'zi']
const WORDS = Array.from({ length: 3000 }, () => Array.from({ length: 2 + random.below(2) }, () => random.pick(SYLLABLES)).join(''))
/** Some words are much more frequent than others, as in any language. */
const word = () => WORDS[Math.floor(WORDS.length * random() ** 2)] as string
const text = (words: number) => Array.from({ length: words }, word).join(' ')

interface Turn {
  readonly prompt: string
  readonly answer: string
}
const honest = (): Turn[] =>
  Array.from({ length: ROWS }, () => ({ prompt: text(12 + random.below(12)), answer: text(30 + random.below(40)) }))

async function remarks(turns: readonly Turn[], options: MeasureOptions = {}): Promise<MeasureCheck[]> {
  const { checks } = await evaluate(
    turns.map(({ prompt, answer }) => ({
      row: {
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: answer },
        ],
      },
    })),
    options,
  )
  return checks.filter(({ status }) => status === 'warn' || status === 'fail')
}
const names = (checks: readonly MeasureCheck[]) => checks.map(({ id, view, status }) => `${status} ${id}${view ? ` ${view}` : ''}`)

describe('a planted fault is found by the check meant for it', () => {
  it('and where none is planted, nothing is found', async () => {
    expect(names(await remarks(honest()))).toEqual([])
  })

  it('a model that gets stuck in one answer', async () => {
    const turns = honest()
    turns[41] = { prompt: text(12), answer: 'round and round it goes. '.repeat(200) }
    const found = await remarks(turns)
    expect(names(found)).toEqual(['fail repetition response'])
    expect(found[0]?.findings[0]).toMatchObject({ phrase: 'round and round it goes', rows: [42] })
    expect(found[0]?.findings[0]?.what).toContain('200 times')
  })

  it('a model that says the same phrase in every third answer', async () => {
    const turns = honest().map((turn, i) => (i % 3 === 0 ? { ...turn, answer: `${turn.answer} i hope this helps you on your way` } : turn))
    const found = await remarks(turns)
    expect(names(found)).toEqual(['warn boilerplate response'])
    expect(found[0]?.findings[0]).toMatchObject({ phrase: 'i hope this helps you on your way', count: 134 })
  })

  it('a model that opens every answer alike', async () => {
    const turns = honest().map((turn) => ({ ...turn, answer: `Certainly, here is ${turn.answer}` }))
    const found = await remarks(turns)
    expect(names(found)).toEqual(['fail opening response', 'fail openings response'])
    expect(found[0]?.findings[0]).toMatchObject({ phrase: 'certainly here is', count: ROWS })
  })

  it('a model that gets shorter after 60 % of the rows', async () => {
    const turns = honest().map((turn, i) => (i < ROWS * 0.6 ? turn : { ...turn, answer: text(20 + random.below(15)) }))
    const found = await remarks(turns)
    expect(names(found)).toEqual(['fail drift-length response'])
    expect(found[0]?.findings[0]?.what).toMatch(/^answers go from [45]\d to 2\d words/)
  })

  it('a model that gets monotonous after 60 % of the rows', async () => {
    const few = WORDS.slice(0, 40)
    const dull = (n: number) => Array.from({ length: n }, () => random.pick(few)).join(' ')
    const turns = honest().map((turn, i) => (i < ROWS * 0.6 ? turn : { ...turn, answer: dull(30 + random.below(40)) }))
    expect(names(await remarks(turns))).toContain('fail drift-variety response')
  })

  it('a model that refuses', async () => {
    const turns = honest().map((turn, i) => (i % 5 === 0 ? { ...turn, answer: `I’m sorry, but I can’t ${text(40)}` } : turn))
    const found = await remarks(turns)
    expect(names(found)).toContain('fail refusals')
    expect(found.find(({ id }) => id === 'refusals')?.findings[0]).toMatchObject({
      phrase: "i'm sorry but i can't",
      count: 80,
      rows: [1, 6, 11, 16, 21, 26, 31, 36, 41, 46],
    })
  })

  it('a model that says what it is', async () => {
    const turns = honest().map((turn, i) => (i % 50 === 7 ? { ...turn, answer: `${text(20)} as an AI language model ${text(20)}` } : turn))
    const found = await remarks(turns)
    expect(names(found)).toEqual(['warn disclaimers'])
    expect(found[0]?.findings[0]).toMatchObject({ phrase: 'as an ai', count: 8 })
  })

  it('a model that says nothing', async () => {
    const turns = honest().map((turn, i) => (i === 9 ? { ...turn, answer: ' \n' } : turn))
    const found = await remarks(turns)
    expect(names(found)).toEqual(['warn empty'])
    expect(found[0]?.findings[0]).toMatchObject({ rows: [10], count: 1 })
  })

  it('rows that come twice, and rows that differ in a word', async () => {
    const turns = honest()
    for (let i = 0; i < 3; i++) turns[ROWS - 1 - i] = { prompt: `${turns[i]?.prompt.toUpperCase()}!`, answer: turns[i]?.answer as string }
    for (let i = 10; i < 30; i++) turns[ROWS - i] = { prompt: turns[i]?.prompt as string, answer: `${turns[i]?.answer} zzz` }
    const found = await remarks(turns)
    expect(names(found)).toEqual(expect.arrayContaining(['fail duplicates prompt', 'warn duplicates whole', 'fail near-duplicates whole']))
    expect(found.find(({ id, view }) => id === 'duplicates' && view === 'whole')?.findings[0]).toMatchObject({ rows: [1, ROWS], count: 2 })
  })

  it('a dimension of which a value is missing, and one that is out of balance', async () => {
    const dimensions = [
      { name: 'tone', values: [{ id: 'plain' }, { id: 'formal' }, { id: 'rude' }] },
      {
        name: 'edge',
        values: [
          { id: 'happy', weight: 3 },
          { id: 'error', weight: 1 },
        ],
      },
    ]
    const rows = honest().map(({ prompt, answer }, i) => ({
      row: {
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: answer },
        ],
      },
      cell: { tone: i % 2 === 0 ? 'plain' : 'formal', edge: i % 20 === 0 ? 'error' : 'happy' },
    }))
    const { checks } = await evaluate(rows, { dimensions })
    const found = checks.filter(({ status }) => status === 'warn' || status === 'fail')
    expect(names(found)).toEqual(['fail coverage-1', 'warn coverage-2', 'fail balance'])
    expect(found[0]?.findings).toMatchObject([{ phrase: 'tone = rude' }])
    expect(found[1]?.findings).toMatchObject([
      { phrase: 'tone = formal, edge = error' },
      { phrase: 'tone = rude, edge = happy' },
      { phrase: 'tone = rude, edge = error' },
    ])
    expect(found[2]?.findings[0]).toMatchObject({ phrase: 'tone = rude', count: 0 })
  })

  it('a threshold that is moved or switched off', async () => {
    const turns = honest().map((turn) => ({ ...turn, answer: `Certainly, here is ${turn.answer}` }))
    const off = { warn: null, fail: null }
    expect(names(await remarks(turns, { thresholds: { opening: off, openings: off } }))).toEqual([])
    expect(names(await remarks(turns, { thresholds: { opening: { fail: null }, openings: off } }))).toEqual(['warn opening response'])
  })
})
