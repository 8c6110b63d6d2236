/** What each kind of edit costs, counted in requests by a recording server in another process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
let elsewhere: TestServer
beforeAll(async () => {
  server = await startServer()
  elsewhere = await startServer()
})
afterAll(async () => {
  await server.close()
  await elsewhere.close()
})

const config = (url: string) => `
import { defineConfig } from 'datagen'

export default defineConfig({
  name: 'matrix',
  models: {
    writer: { use: 'openai:writer-1', baseUrl: '${url}', temperature: 1 },
    tutor: { use: 'openai:tutor-1', baseUrl: '${url}' },
  },
  dimensions: {
    topic: [{ id: 'csv', guide: 'reading a CSV file' }, { id: 'json', guide: 'parsing JSON' }],
    level: [{ id: 'beginner', guide: 'first weeks' }, { id: 'expert', guide: 'years of practice' }],
    form: ['question', 'command'],
  },
  recipe: {
    steps: {
      user: { ask: 'writer', prompt: ({ guide }) => \`A \${guide.form} about \${guide.topic} by someone with \${guide.level}.\` },
      answer: { ask: 'tutor', system: 'You are kind.', prompt: ({ steps }) => String(steps.user) },
    },
    example: ({ steps }) => ({
      messages: [
        { role: 'user', content: String(steps.user) },
        { role: 'assistant', content: String(steps.answer) },
      ],
    }),
  },
  batches: { main: { samples: 3 } },
  outputs: { train: { path: 'data/train.jsonl' } },
})
`
const CELLS = 8
const SAMPLES = 3

/** What an edit is expected to ask, split by model. */
interface Expected {
  readonly writer: number
  readonly tutor: number
  /** Requests at another server. */
  readonly elsewhere?: number
}

interface Edit {
  readonly name: string
  readonly change: (text: string) => string
  readonly expected: Expected
  /** The rows are the same as before the edit. */
  readonly sameRows?: boolean
}

const swap = (from: string, to: string) => (text: string) => text.replaceAll(from, to)
const NOTHING = { writer: 0, tutor: 0 }

const EDITS: readonly Edit[] = [
  { name: 'a comment', change: (text) => `// a thought\n${text}`, expected: NOTHING, sameRows: true },
  {
    name: 'another layout',
    change: (text) => text.replaceAll('\n', '\n\n').replaceAll("'", '"').replaceAll('  ', '      '),
    expected: NOTHING,
    sameRows: true,
  },
  { name: 'another name for a batch', change: swap('main:', 'everything:'), expected: NOTHING, sameRows: true },
  { name: 'another name for an output', change: swap('train: {', 'teaching: {'), expected: NOTHING, sameRows: true },
  {
    name: 'another order of dimensions',
    change: (text) =>
      text.replace("    form: ['question', 'command'],\n", '').replace('    topic:', "    form: ['question', 'command'],\n    topic:"),
    expected: NOTHING,
  },
  {
    name: 'a further value',
    change: swap("'question', 'command'", "'question', 'command', 'statement'"),
    expected: { writer: 4 * SAMPLES, tutor: 4 * SAMPLES },
  },
  { name: 'a value less', change: swap("['question', 'command']", "['question']"), expected: NOTHING },
  { name: 'the guide of one value', change: swap('first weeks', 'first days'), expected: { writer: 4 * SAMPLES, tutor: 4 * SAMPLES } },
  { name: 'the system prompt', change: swap('You are kind.', 'You are strict.'), expected: { writer: 0, tutor: CELLS * SAMPLES } },
  {
    name: 'how the example is made of the answers',
    change: swap('content: String(steps.answer)', 'content: String(steps.answer).toUpperCase()'),
    expected: NOTHING,
  },
  { name: 'a holdout', change: swap("path: 'data/train.jsonl'", "path: 'data/train.jsonl', holdout: { valid: 0.4 }"), expected: NOTHING },
  { name: 'a fourth sample', change: swap('samples: 3', 'samples: 4'), expected: { writer: CELLS, tutor: CELLS } },
  { name: 'another model that answers', change: swap('openai:tutor-1', 'openai:tutor-2'), expected: { writer: 0, tutor: CELLS * SAMPLES } },
  {
    name: 'another model that writes, and so what follows',
    change: swap('openai:writer-1', 'openai:writer-2'),
    expected: { writer: CELLS * SAMPLES, tutor: CELLS * SAMPLES },
  },
  {
    name: 'another temperature for one step',
    change: swap('temperature: 1', 'temperature: 0.5'),
    expected: { writer: CELLS * SAMPLES, tutor: CELLS * SAMPLES },
  },
  { name: 'concurrency', change: swap("name: 'matrix',", "name: 'matrix', concurrency: 2,"), expected: NOTHING, sameRows: true },
]

describe('an edit asks only for what it changes', () => {
  let built: Project
  beforeAll(async () => {
    built = new Project({ 'datagen.config.ts': config(server.url) })
    await server.reset()
    expect(await built.run('build')).toMatchObject({ code: 0 })
    expect(await spent()).toEqual({ writer: CELLS * SAMPLES, tutor: CELLS * SAMPLES })
    await server.reset()
    expect(await built.run('build')).toMatchObject({ code: 0 })
    expect(await spent(), 'building again').toEqual(NOTHING)
  })
  afterAll(() => built[Symbol.dispose]())

  it.each(EDITS)('$name', async ({ change, expected, sameRows }) => {
    using project = new Project().like(built)
    await server.reset()
    const before = {
      rows: project.read('data/train.jsonl'),
      meta: project.read('data/train.meta.jsonl'),
      config: project.read('datagen.config.ts'),
    }

    project.edit('datagen.config.ts', change)
    const plan = JSON.parse((await project.run('plan', '--json')).stdout)
    expect(await spent(), 'planning').toEqual(NOTHING)
    expect(plan.buy.calls.reduce((n: number, call: { calls: number }) => n + call.calls, 0)).toBe(expected.writer + expected.tutor)
    expect(await project.run('build')).toMatchObject({ code: 0 })
    expect(await spent(), 'after the edit').toEqual(expected)
    if (sameRows) expect(project.read('data/train.jsonl')).toBe(before.rows)

    await server.reset()
    project.write('datagen.config.ts', before.config)
    expect(await project.run('build')).toMatchObject({ code: 0 })
    expect(await spent(), 'after undoing it').toEqual(NOTHING)
    expect(project.read('data/train.jsonl')).toBe(before.rows)
    expect(project.read('data/train.meta.jsonl')).toBe(before.meta)
  })

  it('another server: everything, because nothing says that it answers alike', async () => {
    using project = new Project().like(built)
    await elsewhere.reset()
    project.edit('datagen.config.ts', swap(server.url, elsewhere.url))
    await project.run('build')
    expect((await elsewhere.requests()).length).toBe(2 * CELLS * SAMPLES)
  })

  it('another server with the identity kept: nothing', async () => {
    const named = (url: string) => config(url).replaceAll(`baseUrl: '${url}'`, `baseUrl: '${url}', identity: 'ours'`)
    using project = new Project({ 'datagen.config.ts': named(server.url) })
    expect(await project.run('build')).toMatchObject({ code: 0 })
    const rows = project.read('data/train.jsonl')
    await elsewhere.reset()
    project.write('datagen.config.ts', named(elsewhere.url))
    expect(await project.run('build')).toMatchObject({ code: 0 })
    expect((await elsewhere.requests()).length).toBe(0)
    expect(project.read('data/train.jsonl')).toBe(rows)
  })
})

async function spent(): Promise<Expected> {
  const models = (await server.requests()).map(({ body }) => (JSON.parse(body) as { model: string }).model)
  return {
    writer: models.filter((model) => model.startsWith('writer')).length,
    tutor: models.filter((model) => model.startsWith('tutor')).length,
  }
}
