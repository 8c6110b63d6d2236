/** Faults of what a person writes: refused with a place and a word, before anybody is asked. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Rehearsal } from '../../rig/rehearsal.ts'
import { startServer, type TestServer } from '../../rig/server.ts'
import { config } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

type Plain = Record<string, unknown>
const deep = Array.from({ length: 10_000 }, (_, i) => [`b${i}`, i === 0 ? {} : { after: [`b${i - 1}`] }])
const steps = (prompt: string, more: Plain = {}): Plain => ({
  recipe: {
    steps: { answer: { ask: 'm', prompt, ...more } },
    example: {
      messages: [
        { role: 'user', content: '{{ cell.topic }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
})
const weights = (...given: unknown[]): Plain => ({ dimensions: { topic: given.map((weight, i) => ({ id: `t${i}`, weight })) } })
const path = (to: string): Plain => ({ outputs: { train: { path: to } } })
const thousand = Array.from({ length: 1_000 }, (_, i) => `v${i}`)

const REFUSED: readonly (readonly [id: string, name: string, more: Plain, says: RegExp])[] = [
  ['T7', 'a dimension called constructor', { dimensions: { constructor: ['a'] } }, /constructor/],
  ['T13', 'a negative weight', weights(1, -1), /weight/],
  ['T13', 'a weight that is text', weights('heavy'), /weight/],
  ['T13', 'weights that are all zero', weights(0, 0), /weight/],
  ['T13', 'shares of a holdout beyond the whole', { outputs: { train: { path: 'data/t.jsonl', holdout: { a: 0.7, b: 0.7 } } } }, /holdout/],
  ['T14', 'a value twice', { dimensions: { topic: ['csv', 'csv'] } }, /"csv"/],
  ['T14', 'values that differ in case alone', { dimensions: { topic: ['csv', 'CSV'] } }, /CSV/],
  ['T14', 'values that look the same', { dimensions: { topic: ['caf\u00e9', 'cafe\u0301'] } }, /caf/],
  ['T15', '10⁹ cells', { dimensions: { topic: thousand, b: thousand, c: thousand } }, /1,000,000,000|1000000000/],
  ['T16', 'batches in a circle', { batches: { a: { after: ['b'] }, b: { after: ['a'] } } }, /a.*b|b.*a/],
  ['T16', 'a batch after itself', { batches: { a: { after: ['a'] } } }, /"a"/],
  ['T17', 'an output outside the project', path('../train.jsonl'), /outside/],
  ['T17', 'an output with an absolute path', path('/tmp/train.jsonl'), /train\.jsonl/],
  ['T17', 'an output with a NUL', path('data/a\u0000.jsonl'), /path/],
  ['T17', 'an output that Windows takes for a device', path('data/CON.jsonl'), /"CON\.jsonl" on every system/],
  [
    'T17',
    'a part of an output that Windows does',
    { outputs: { train: { path: 'data/t.jsonl', holdout: { nul: 0.1 } } } },
    /"nul" on every/,
  ],
  ['T17', 'an output with a name of 300 letters', path(`data/${'x'.repeat(300)}.jsonl`), /"x{40}…" on every system/],
  ['T17', 'an output behind a dot', path('data./t.jsonl'), /"data\." on every system/],
  ['T17', 'an output at an address', path('file:///tmp/t.jsonl'), /"file:" on every system/],
  ['T17', 'an output on another machine', path('\\\\server\\t.jsonl'), /backslash/],
  ['T17', 'an output in the cache', path('.datagen/store.db'), /\.datagen/],
  ['T17', 'a preset from a path', { domain: '../secrets' }, /\.\.\/secrets/],
  ['T17', 'a preset from an address', { domain: 'file:///etc/passwd' }, /file:/],
  ['T18', 'a schema that refers to another document', steps('x', { schema: { $ref: 'http://127.0.0.1/schema.json' } }), /schema/],
  ['T18', 'a schema that refers to nothing', steps('x', { schema: { $ref: '#/definitions/none' } }), /schema/],
  ['T19', 'a prompt that reads the environment', steps('{{ env.OPENAI_API_KEY }}'), /env/],
  ['T19', 'a prompt that reads the process', steps('{{ process.env.OPENAI_API_KEY }}'), /process/],
]

describe('a config is refused, and nobody is asked:', () => {
  test.each(REFUSED)('%s %s', async (_, __, more, says) => {
    using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, more) }, { OPENAI_API_KEY: 'sk-canary-0123456789' })
    const built = await at.run('build', '--yes')
    expect({ code: built.code, stdout: built.stdout, asked: (await server.requests()).length }).toEqual({ code: 2, stdout: '', asked: 0 })
    expect(built.stderr).toMatch(says)
    expect(built.stderr).toMatch(/^error: /)
    expect(built.stderr).not.toMatch(/sk-canary|\n\s+at .*(node:|\/src\/)/)
  })
})

const yaml = (more: string) => `name: y
models: { m: { use: 'openai:test-model', baseUrl: '${server.url}' } }
dimensions:
  topic: [good, 'no', '010']
recipe:
  steps:
    answer: { ask: m, prompt: 'Write about {{ cell.topic }}' }
  example:
    messages:
      - { role: user, content: '{{ cell.topic }}' }
      - { role: assistant, content: '{{ steps.answer }}' }
${more}`

describe('T8 YAML', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'aliases that multiply',
      () =>
        yaml(
          `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghi'
            .split('')
            .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
            .join('\n')}`,
        ),
      /alias/,
    ],
    ['a tag that makes a function', () => yaml("seed: !!js/function 'function () {}'"), /tag/i],
    ['a key twice', () => yaml('name: z'), /given twice/],
    ['a merge key', () => yaml('batches: { a: { <<: { size: 1 } } }'), /<</],
    ['values that are no texts', () => yaml('').replace("'010'", '010, 1.10'), /topic/],
  ])('%s is refused', async (_, text, says) => {
    using at = new Rehearsal({ 'datagen.config.yaml': text() })
    const built = await at.run('build', '--yes')
    expect([built.code, (await server.requests()).length]).toEqual([2, 0])
    expect(built.stderr).toMatch(says)
  })

  test('no and 010 in quotes are texts, in 1.2 no is one without them', async () => {
    using at = new Rehearsal({ 'datagen.config.yaml': yaml('').replace("'no'", 'no') })
    expect((await at.build()).code).toBe(0)
    expect((await server.requests()).map(({ body }) => /about (\w+)/.exec(body)?.[1]).sort()).toEqual(['010', 'good', 'no'])
  })
})

test('T15 a batch that comes to no cell is no failure', async () => {
  const none = { batches: { all: {}, more: { gaps: true, size: 1, after: ['all'] } } }
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, none) })
  const built = await at.build()
  expect([built.code, built.end?.counts.items, (await server.requests()).length]).toEqual([0, 2, 2])
})

test('T16 a chain of 2,000 batches can be planned', async () => {
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { batches: Object.fromEntries(deep.slice(0, 2_000)) }) })
  const planned = await at.run('plan', '--json')
  expect(planned.code).toBe(0)
  expect((JSON.parse(planned.stdout) as { batches: unknown[] }).batches.length).toBe(2_000)
}, 60_000)

test('T16 a circle at the end of a chain of 10,000 is named', async () => {
  const circle = [...deep.slice(1), ['b0', { after: ['b9999'] }]]
  using at = new Rehearsal({ 'datagen.config.json': config(server.url, {}, { batches: Object.fromEntries(circle) }) })
  const planned = await at.run('plan')
  expect(planned.code).toBe(2)
  expect(planned.stderr).toMatch(/wait for each other: (b\d+ → ){4}… 9993 more …( → b\d+){4}\n/)
}, 60_000)

test('T18 a schema that refers to itself is no endless walk', async () => {
  const schema = { type: 'object', properties: { next: { $ref: '#' }, text: { type: 'string' } }, required: ['text'] }
  using at = new Rehearsal({
    'datagen.config.json': config(
      server.url,
      {},
      { ...steps('Write about {{ cell.topic }}', { schema }), dimensions: { topic: ['good'] } },
    ),
  })
  await server.script({ answers: [{ contains: 'about', content: `${'{"text":"a","next":'.repeat(90)}{"text":"z"}${'}'.repeat(90)}` }] })
  expect((await at.build()).code).toBe(0)
})
