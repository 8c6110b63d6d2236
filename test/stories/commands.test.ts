/** Every command and flag once, as a person would use it, with what it asks counted by the server. */
import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ollamaAt } from '../rig/ollama.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { until } from '../rig/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const PRICE = { input: 1_000, output: 10_000 } // dollars for a million tokens: an answer of 12 tokens costs $0.12

const config = (price = '') => `import { defineConfig } from 'datagen'

export default defineConfig({
  name: 'commands',
  concurrency: 4,
  models: { m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20${price} } },
  dimensions: {
    topic: [
      { id: 'csv', guide: 'reading a CSV file' },
      { id: 'json', guide: 'parsing JSON' },
    ],
    form: ['question', 'command'],
  },
  recipe: {
    steps: {
      user: {
        ask: 'm',
        system: 'You write messages.',
        prompt: 'A {{ cell.form }} about {{ guide.topic }}.',
      },
      answer: { ask: 'm', prompt: 'Answer: {{ steps.user }}' },
    },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
})
`
const CELLS = 4
const CALLS = 2 * CELLS

const project = (price = '') => new Project({ 'datagen.config.ts': config(price) })
const asked = async () => (await server.requests()).length
const json = (text: string) => JSON.parse(text)
const events = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => json(line))

describe('status', () => {
  it('tells each output and batch before, during and after', async () => {
    using at = project()
    expect((await at.run('status')).stdout).toBe(
      ' output  data/train.jsonl   not built yet\n batch   all                0 of 4 accepted, 4 to ask\n store   0 answers, 0 KB\n',
    )
    expect(at.names()).toEqual(['datagen.config.ts'])
    expect((await at.run('build', '--only', 'csv')).code).toBe(0)
    expect((await at.run('status')).stdout).toContain('2 of 4 accepted, 2 to ask')
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('status')).stdout).toMatch(/^ output {2}data\/train\.jsonl {3}up to date, 4 rows, written 20/)
    const status = json((await at.run('status', '--json')).stdout)
    expect(status).toMatchObject({
      schema: 1,
      dataset: 'commands',
      batches: [{ batch: 'all', items: 4, accepted: 4, rejected: 0, failed: 0, pending: 0 }],
      outputs: [{ output: 'train', path: 'data/train.jsonl', change: 'unchanged', rows: 4 }],
      store: { responses: CALLS },
      problems: [],
    })
    at.write('data/train.jsonl', '{}\n')
    expect((await at.run('status')).stdout).toMatch(/out of date/)
  })
})

describe('show', () => {
  it('cells with their states; the request, response, example and guides of one', async () => {
    using at = project()
    expect((await at.run('build', '--only', 'csv × question')).code).toBe(0)
    const cells = await at.run('show', 'cells')
    expect(cells.stdout.split('\n')).toEqual([
      'accepted  csv × question',
      'to ask    csv × command',
      'to ask    json × question',
      'to ask    json × command',
      '',
    ])
    expect((await at.run('show', 'cells', 'json')).stdout.split('\n').length).toBe(3)
    expect(events((await at.run('show', 'cells', 'csv', '--json')).stdout)).toEqual([
      { batch: 'all', cell: { topic: 'csv', form: 'question' }, sample: 0, state: 'accepted' },
      { batch: 'all', cell: { topic: 'csv', form: 'command' }, sample: 0, state: 'to ask' },
    ])
    const sent = (await server.requests()).map(({ body }) => json(body))
    const request = json((await at.run('show', 'request', 'csv × question', '--json')).stdout)
    expect(request).toEqual({ user: sent[0], answer: sent[1] })
    const response = json((await at.run('show', 'response', 'csv × question', '--json')).stdout)
    const example = json((await at.run('show', 'example', 'csv × question', '--json')).stdout)
    expect(example.messages).toEqual([
      { role: 'user', content: response.user.choices[0].message.content },
      { role: 'assistant', content: response.answer.choices[0].message.content },
    ])
    expect(json((await at.run('show', 'cell', 'csv × question')).stdout)).toEqual({
      cell: { topic: { id: 'csv', guide: 'reading a CSV file' }, form: { id: 'question', guide: 'question' } },
      sample: 0,
    })
    expect(json((await at.run('show', 'example', 'json × command')).stdout)).toEqual({ state: 'step "user" has no answer yet' })
    expect(json((await at.run('show', 'response', 'json × command')).stdout)).toEqual({ user: null })
    expect(await asked()).toBe(2)
  })
})

describe('explain', () => {
  it('names the field that changed and the line it is from, and nothing of what is kept', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('explain', 'csv × question')).stdout).toMatch(/is up to date[\s\S]*= step user[\s\S]*= step answer/)
    at.edit('datagen.config.ts', (text) => text.replace('reading a CSV file', 'writing a CSV file'))
    const text = (await at.run('explain', 'csv × question')).stdout
    expect(text).toMatch(/csv × question {2}batch all {2}will be generated/)
    expect(text).toMatch(
      /~ step user[\s\S]*messages\[1\]\.content[\s\S]*- .*reading a CSV file[\s\S]*\+ .*writing a CSV file[\s\S]*from datagen\.config\.ts:9:27/,
    )
    expect(text).toContain('1 other cell changed for the same reason')
    expect(text).toMatch(/\? step answer/)
    expect((await at.run('explain', 'json × question')).stdout).toContain('is up to date')

    const [cell] = json((await at.run('explain', 'csv × command', '--json')).stdout).cells
    expect(cell).toMatchObject({ cell: 'csv × command', batch: 'all', state: 'will ask' })
    expect(cell.steps[0].changed).toEqual([
      {
        field: 'messages[1].content',
        before: 'A command about reading a CSV file.',
        after: 'A command about writing a CSV file.',
        place: expect.objectContaining({ line: 9 }),
      },
    ])
    const output = await at.run('explain', 'train')
    expect(output.stdout.match(/will be generated/g)?.length).toBe(2)
    expect(await asked()).toBe(CALLS)
  })

  it.each([
    ['a system prompt', 'You write messages.', 'You write short messages.', 'messages[0].content', 18],
    ['a model parameter', 'maxTokens: 20', 'maxTokens: 30', 'max_completion_tokens', 6],
    ['the model', 'openai:m', 'openai:n', 'model', 6],
    ['the text of a prompt', 'A {{ cell.form }} about', 'One {{ cell.form }} about', 'messages[1].content', 19],
  ])('%s', async (_, from, to, field, line) => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    at.edit('datagen.config.ts', (text) => text.replace(from, to))
    const [cell] = json((await at.run('explain', 'csv × question', '--json')).stdout).cells
    expect(cell.steps[0].changed.map((change: { field: string }) => change.field)).toEqual([field])
    expect(cell.steps[0].changed[0].place?.line).toBe(line)
  })
})

describe('presets and init', () => {
  it('lists what is ready-made and shows one', async () => {
    using at = new Project()
    const list = await at.run('presets')
    expect(list).toMatchObject({ code: 0, stdout: expect.stringMatching(/phrasing .*question, command/) })
    expect(await at.run('presets', 'phrasing')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^phrasing: /) })
    expect(json((await at.run('presets', 'phrasing', '--json')).stdout).name).toBe('phrasing')
    expect(await at.run('presets', 'frasing')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "phrasing"') })
  })

  it.each([
    ['TypeScript', [], 'datagen.config.ts'],
    ['YAML', ['--yaml'], 'datagen.config.yaml'],
  ])('init writes a config in %s that builds as it stands, and never overwrites', async (_, flags, file) => {
    using at = new Project({}, { OPENAI_API_KEY: '', ...ollamaAt() })
    expect(await at.run('init', ...flags)).toMatchObject({ code: 0, stdout: expect.stringContaining(`wrote ${file}`) })
    expect(at.names()).toEqual(['.gitignore', file])
    const built = await at.run('build')
    expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining('not for training') })
    const rows = at.lines('data/train.jsonl').length + at.lines('data/valid.jsonl').length
    expect(json((await at.run('plan', '--json')).stdout).batches[0].items).toBe(rows)
    const text = at.read(file)
    expect(await at.run('init', ...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining('there is already a config') })
    expect(at.read(file)).toBe(text)
  })
})

describe('what a build covers', () => {
  it('--only: only these cells are asked, and an incomplete output waits', async () => {
    using at = project()
    expect(await at.run('build', '--only', 'form=question')).toMatchObject({ code: 0, stderr: expect.stringContaining('held back') })
    expect((await server.requests()).every(({ body }) => !body.includes('command'))).toBe(true)
    expect(await asked()).toBe(4)
    expect(at.has('data')).toBe(false)
    expect((await at.run('build')).code).toBe(0)
    expect(await asked()).toBe(CALLS)
  })

  it('--partial: the rows there are, in files of their own, beside the complete ones', async () => {
    using at = project()
    expect((await at.run('build', '--only', 'csv', '--partial')).code).toBe(0)
    expect(at.names('data')).toEqual(['train.partial.jsonl', 'train.partial.meta.jsonl'])
    const partial = at.lines('data/train.partial.jsonl')
    expect(partial.length).toBe(2)
    expect((await at.run('build')).code).toBe(0)
    expect(at.lines('data/train.jsonl').length).toBe(CELLS)
    expect(at.lines('data/train.jsonl').slice(0, 2)).toEqual(partial)
  })

  it('--frozen: asks nothing; 10 with the list when something is missing, 0 when nothing is', async () => {
    using at = project()
    expect(await at.run('build', '--frozen', '--wait')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing to wait for') })
    const first = await at.run('build', '--frozen')
    expect(first.code).toBe(10)
    expect(first.stderr).toMatch(/ \d+ cells would be asked for, and this build is frozen/)
    expect(first.stderr).toMatch(/csv × command +new/)
    expect(await asked()).toBe(0)
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('build', '--frozen')).code).toBe(0)
    // Outputs are free, so they are written.
    const rows = at.read('data/train.jsonl')
    at.write('data/train.jsonl', '')
    expect((await at.run('build', '--frozen')).code).toBe(0)
    expect(at.read('data/train.jsonl')).toBe(rows)
    expect(await asked()).toBe(CALLS)
  })

  it('plan --check: 10 when something would be bought, 0 when not', async () => {
    using at = project()
    expect((await at.run('plan', '--check')).code).toBe(10)
    expect((await at.run('plan')).code).toBe(0)
    expect(at.names()).toEqual(['datagen.config.ts'])
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('plan', '--check')).code).toBe(0)
    expect(await asked()).toBe(CALLS)
  })
})

describe('limits', () => {
  it('--max-calls: exactly so many requests, exit 4, and the next build goes on', async () => {
    using at = project()
    expect(await at.run('build', '--max-calls', '3')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('--max-calls 3 is reached'),
    })
    expect(await asked()).toBe(3)
    expect((await at.run('build', '--max-calls', '5')).code).toBe(0)
    expect(await asked()).toBe(CALLS)
  })

  it('--max-calls counts every try', async () => {
    using at = project()
    await server.script({ rules: [{ fault: { kind: 'status', status: 500, headers: { 'retry-after': '0' } } }] })
    expect((await at.run('build', '--max-calls', '3')).code).toBe(4)
    expect(await asked()).toBe(3)
  })

  it('--budget: never spends more, exit 4', async () => {
    using at = project(`, price: { input: ${PRICE.input}, output: ${PRICE.output} }`)
    const stopped = await at.run('build', '--budget', '1', '--json')
    expect(stopped.code).toBe(4)
    const spent = events(stopped.stdout).at(-1).usage.usd
    const bill = (await server.requests()).reduce((sum, { answer }) => {
      const { usage } = json(answer ?? '{}')
      return sum + (usage.prompt_tokens * PRICE.input + usage.completion_tokens * PRICE.output) / 1e6
    }, 0)
    expect(spent).toBeCloseTo(bill, 9)
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(1)
    expect(json((await at.run('status', '--json')).stdout).store.usd).toBeCloseTo(bill, 9)
    expect((await at.run('build', '--budget', '100')).code).toBe(0)
    expect(await asked()).toBe(CALLS)
  })

  it('--budget without a known price: refused before anything is asked or written', async () => {
    using at = project()
    expect(await at.run('build', '--budget', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no price is known for "openai:m"[\s\S]*price: \{/),
    })
    expect(await asked()).toBe(0)
    expect(at.names()).toEqual(['datagen.config.ts'])
  })

  it.each([1, 3])('--concurrency %i: so many in flight, never more', async (slots) => {
    using at = project()
    await server.hold()
    const build = at.start('build', '--concurrency', String(slots))
    await server.untilHeld(slots)
    // One at a time: whoever is too many stays and is seen.
    while ((await asked()) < CALLS) {
      expect(await until('a request that waits', server.held)).toBeLessThanOrEqual(slots)
      await server.release(1)
    }
    await server.release()
    expect((await build).exitCode).toBe(0)
    expect(await asked()).toBe(CALLS)
  })
})

describe('where and how', () => {
  it('--json: events on standard output, the first run-start, the last run-end, nothing on stderr', async () => {
    using at = project()
    const { code, stdout, stderr } = await at.run('build', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const all = events(stdout)
    expect(all[0]).toMatchObject({ type: 'run-start', schema: 1, command: 'build', dataset: 'commands' })
    expect(all.at(-1)).toMatchObject({ type: 'run-end', exitCode: 0, calls: CALLS, generated: CELLS })
    const count = (type: string) => all.filter((event) => event.type === type).length
    expect([count('step-start'), count('step-end'), count('cell-end'), count('output-end')]).toEqual([CALLS, CALLS, CELLS, 1])
    // The recorded run is the same stream.
    const [log] = at.names('.datagen/runs')
    expect(at.read(`.datagen/runs/${log}`)).toBe(stdout)
    const again = events((await at.run('build', '--json')).stdout)
    expect([again[0].type, again.at(-1).type, again.at(-1).calls]).toEqual(['run-start', 'run-end', 0])
    // No model text travels in events.
    for (const { answer } of await server.requests()) expect(stdout).not.toContain(json(answer ?? '{}').choices[0].message.content)
  })

  it('--cwd works from elsewhere, a config is found from a folder below, --config names one', async () => {
    using at = new Project({ 'sets/one/datagen.config.ts': config(), 'sets/one/deep/er/note.txt': '' })
    expect((await at.run('--cwd', 'sets/one', 'build')).code).toBe(0)
    expect(at.names('sets/one/data')).toEqual(['train.jsonl', 'train.meta.jsonl'])
    expect((await at.run('--cwd', 'sets/one/deep/er', 'build')).code).toBe(0)
    expect((await at.run('build', '--config', 'sets/one/datagen.config.ts')).code).toBe(0)
    expect(await asked()).toBe(CALLS)
    expect(at.names()).toEqual(['sets'])
    at.write('other.yaml', 'name: other\n')
    expect(await at.run('build', '--config', 'other.yaml')).toMatchObject({ code: 2, stderr: expect.stringContaining('other.yaml') })
    expect(await at.run('build', '--config', 'none.yaml')).toMatchObject({ code: 2, stderr: expect.stringContaining('none.yaml') })
    mkdirSync(at.path('empty'))
    expect(await at.run('--cwd', 'empty', 'plan')).toMatchObject({ code: 2, stderr: expect.stringContaining('datagen init') })
  })
})
