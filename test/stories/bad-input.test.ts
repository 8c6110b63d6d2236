/** What a person can get wrong in a config: a clear message, exit code 2, nothing written, nobody called. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** A good config; each case spoils one thing. */
const good = () => `
import { defineConfig, dimensions } from 'datagen'
export default defineConfig({
  name: 'bad',
  models: { m: { use: 'openai:m', baseUrl: '${server.url}' } },
  dimensions: {
    topic: ['csv', { id: 'json', guide: 'parsing JSON', weight: 2 }],
    ...dimensions('phrasing'),
  },
  recipe: {
    steps: {
      user: { ask: 'm', prompt: 'About {{ guide.topic }}, as a {{ cell.phrasing }}' },
      answer: { ask: 'm', prompt: ({ steps }) => String(steps.user) },
    },
    example: { messages: [{ role: 'user', content: '{{ steps.user }}' }, { role: 'assistant', content: '{{ steps.answer }}' }] },
  },
  batches: { first: {}, second: { after: ['first'] } },
  outputs: { train: { path: 'data/train.jsonl' } },
})
`

const CASES: readonly (readonly [name: string, from: string | RegExp, to: string, message: RegExp])[] = [
  ['an unknown key', "name: 'bad',", "name: 'bad', dimensons: {},", /"dimensons".*[\s\S]*did you mean "dimensions"/],
  ['a wrong type', "name: 'bad'", 'name: 7', /name/],
  ['a weight that is text', 'weight: 2', "weight: 'two'", /weight/],
  ['an unknown dimension in a template', '{{ guide.topic }}', '{{ guide.topik }}', /topik[\s\S]*did you mean "topic"/],
  ['an unknown dimension in a function', 'String(steps.user)', 'String(steps.usr)', /usr[\s\S]*did you mean "user"/],
  ['an unknown model', "user: { ask: 'm'", "user: { ask: 'n'", /"n"/],
  ['an empty dimension', "topic: ['csv', { id: 'json', guide: 'parsing JSON', weight: 2 }]", 'topic: []', /topic/],
  ['a value twice', "'csv',", "'csv', 'csv',", /"csv"/],
  ['batches in a circle', 'first: {}', "first: { after: ['second'] }", /first.*second|second.*first/],
  ['a missing preset', "dimensions('phrasing')", "dimensions('frasing' as 'phrasing')", /frasing[\s\S]*did you mean "phrasing"/],
  ['a path outside the project', 'data/train.jsonl', '../train.jsonl', /outside/],
  ['an absolute path', 'data/train.jsonl', '/tmp/train.jsonl', /train\.jsonl/],
  ['a dimension called __proto__', "topic: ['csv'", "['__proto__']: ['x'], topic: ['csv'", /__proto__/],
  ['a weight that is no number', 'weight: 2', 'weight: Number.NaN', /weight/],
  [
    'weights that are all zero',
    "['csv', { id: 'json', guide: 'parsing JSON', weight: 2 }]",
    "[{ id: 'csv', weight: 0 }, { id: 'json', weight: 0 }]",
    /weight/,
  ],
  [
    'a product of 10⁹ cells',
    "topic: ['csv'",
    "a: Array.from({ length: 1000 }, (_, i) => String(i)), b: Array.from({ length: 1000 }, (_, i) => String(i)), c: Array.from({ length: 1000 }, (_, i) => String(i)), topic: ['csv'",
    /\d{1,3}([,.  ]?\d{3}){3}/,
  ],
  ['a config that throws', "name: 'bad'", "name: (() => { throw new Error('no name today') })()", /no name today/],
  ['a config that never ends', "name: 'bad'", 'name: (() => { for (;;) {} })()', /5 s|seconds|time/],
  ['a config that throws dice', "'csv',", '`csv ${Math.random()}`,', /two evaluations/],
  ['a prompt that throws dice', '({ steps }) => String(steps.user)', '() => `${Math.random()}`', /twice|two evaluations/],
  ['a syntax error', 'recipe: {', 'recipe: {{', /datagen\.config\.ts:\d+/],
]

describe('bad input', () => {
  it.each(CASES)('%s', async (_, from, to, message) => {
    const text = good()
    const bad = text.replace(from, () => to)
    expect(bad).not.toBe(text)
    using project = new Project({ 'datagen.config.ts': bad })
    await server.reset()
    const { code, stderr, stdout } = await project.run('build')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: /)
    expect(stderr).not.toMatch(/^\s+at .*(node_modules|dist\/|node:)/m)
    expect(stderr).toContain('datagen.config.ts')
    expect(readdirSync(project.root).filter((name) => name !== '.home')).toEqual(['datagen.config.ts'])
    expect(await server.requests()).toEqual([])
  })

  it('no config at all: says so and offers init', async () => {
    using project = new Project()
    const { code, stderr } = await project.run('build')
    expect(code).toBe(2)
    expect(stderr).toContain('datagen init')
  })

  it.each([
    [['buidl'], /build/],
    [['build', '--budgt', '3'], /budget/],
    [['build', '--budget', 'much'], /US dollars/],
    [['build', '--max-calls', '0'], /whole number/],
    [['build', 'trian'], /did you mean "train"/],
    [['explain', 'csvv'], /did you mean "csv"/],
    [['show', 'requests'], /did you mean "request"/],
    [['build', '--only', 'topic=csvv'], /did you mean "csv"/],
    [['watch', '--yes'], /--budget/],
  ])('datagen %j', async (args, message) => {
    using project = new Project({ 'datagen.config.ts': good() })
    await server.reset()
    const { code, stderr } = await project.run(...args)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
    expect(await server.requests()).toEqual([])
  })
})
