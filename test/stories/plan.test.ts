/** What is planned, and that it stays planned: splits, selections, samples and shared requests keep their rows when a dataset grows. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

interface Given {
  readonly topics: readonly (string | { id: string; weight?: number })[]
  readonly forms?: readonly string[]
  readonly prompt?: string
  readonly [field: string]: unknown
}

const config = ({ topics, forms = ['question', 'command'], prompt = 'A {{ cell.form }} on {{ cell.topic }}.', ...more }: Given) =>
  JSON.stringify({
    name: 'plans',
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: { topic: topics, form: forms },
    recipe: {
      steps: { answer: { ask: 'm', prompt } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }} {{ cell.form }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    ...more,
  })

const start = (given: Given) => new Project({ 'datagen.config.json': config(given) })
const change = (project: Project, given: Given) => project.write('datagen.config.json', config(given))
const names = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`)
const asked = async () => (await server.requests()).length

/** Answer by the user's words, as far as the file has them. */
function rows(project: Project, file = 'data/train.jsonl'): Map<string, string> {
  return new Map(project.lines(file).map((line) => JSON.parse(line).messages.map(({ content }: { content: string }) => content)))
}

async function build(project: Project): Promise<string> {
  const { code, stderr } = await project.run('build', '--reporter', 'plain')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return stderr
}

describe('a holdout', () => {
  it('keeps every row on its side while the dataset grows, and a larger share only moves rows into it', async () => {
    const outputs = (valid: number) => ({ train: { path: 'data/train.jsonl', holdout: { valid } } })
    using project = start({ topics: names(20), outputs: outputs(0.3) })
    await build(project)
    const before = { train: rows(project), valid: rows(project, 'data/valid.jsonl') }
    expect(before.train.size + before.valid.size).toBe(40)
    expect(before.valid.size).toBeGreaterThan(4)
    expect(before.valid.size).toBeLessThan(20)

    change(project, { topics: ['first', ...names(20), 'last'], forms: ['statement', 'question', 'command'], outputs: outputs(0.3) })
    await build(project)
    const after = { train: rows(project), valid: rows(project, 'data/valid.jsonl') }
    expect(after.train.size + after.valid.size).toBe(66)
    for (const [user, answer] of before.train) expect(after.train.get(user)).toBe(answer)
    for (const [user, answer] of before.valid) expect(after.valid.get(user)).toBe(answer)

    change(project, { topics: names(20), outputs: outputs(0.5) })
    await build(project)
    const wider = rows(project, 'data/valid.jsonl')
    expect(wider.size).toBeGreaterThan(before.valid.size)
    for (const [user, answer] of before.valid) expect(wider.get(user)).toBe(answer)
    expect(await asked()).toBe(66)
  })
})

describe('a selection by size', () => {
  const sized = (size: number) => ({ batches: { some: { size } } })

  it('is the beginning of every larger one: growing buys only what is added, shrinking buys nothing', async () => {
    using project = start({ topics: names(12), ...sized(5) })
    await build(project)
    const five = rows(project)
    expect(five.size).toBe(5)
    change(project, { topics: names(12), ...sized(9) })
    await build(project)
    const nine = rows(project)
    expect(nine.size).toBe(9)
    for (const [user, answer] of five) expect(nine.get(user)).toBe(answer)
    expect(await asked()).toBe(9)
    change(project, { topics: names(12), ...sized(5) })
    await build(project)
    expect(rows(project)).toEqual(five)
    expect(await asked()).toBe(9)
  })

  it('keeps those chosen when a value is added, but for those that the new ones displace', async () => {
    using project = start({ topics: names(12), ...sized(10) })
    await build(project)
    const before = rows(project)
    change(project, { topics: ['new', ...names(12)], ...sized(10) })
    await build(project)
    const after = rows(project)
    const fresh = [...after.keys()].filter((user) => !before.has(user))
    expect(after.size).toBe(10)
    expect(fresh.every((user) => user.startsWith('new '))).toBe(true)
    for (const [user, answer] of after) if (before.has(user)) expect(answer).toBe(before.get(user))
    expect(await asked()).toBe(10 + fresh.length)
  })

  it('follows weights: a weight of 0 is never chosen', async () => {
    using project = start({ topics: [...names(3), { id: 'never', weight: 0 }], ...sized(7) })
    await build(project)
    expect([...rows(project).keys()].filter((user) => user.startsWith('never'))).toEqual([])
    expect(rows(project).size).toBe(6)
  })
})

describe('batches', () => {
  const batches = { hard: { where: { form: 'command' }, after: ['easy'] }, easy: { where: { form: 'question' } } }

  it('wait for those they come after', async () => {
    using project = start({ topics: names(3), batches, concurrency: 8 })
    await build(project)
    const forms = (await server.requests()).map(({ body }) => (body.includes('question') ? 'question' : 'command'))
    expect(forms).toEqual(['question', 'question', 'question', 'command', 'command', 'command'])
  })

  it('do not start when an earlier one is incomplete, and a named target brings what it needs', async () => {
    using project = start({ topics: names(3), batches, concurrency: 8 })
    await server.script({ rules: [{ fault: { kind: 'status', status: 400 }, contains: 'A question on t1' }] })
    expect((await project.run('build')).code).toBe(1)
    expect((await server.requests()).some(({ body }) => body.includes('command'))).toBe(false)
    await server.script({})
    expect(await project.run('build', 'easy')).toMatchObject({ code: 0 })
    expect(await asked()).toBe(4)
    expect(await project.run('build', 'hard')).toMatchObject({ code: 0 })
    expect(await asked()).toBe(7)
  })
})

describe('samples', () => {
  it('are different answers to one request, each in a row that says which', async () => {
    using project = start({ topics: names(2), batches: { all: { samples: 3 } } })
    const shown = await build(project)
    expect(shown).not.toContain('render the same request')
    const answers = project.lines('data/train.jsonl').map((line) => JSON.parse(line).messages[1].content)
    expect(answers.length).toBe(12)
    expect(new Set(answers).size).toBe(12)
    expect(project.lines('data/train.meta.jsonl').map((line) => JSON.parse(line).sample)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
    expect(new Set((await server.requests()).map(({ body }) => body)).size).toBe(4)
  })
})

describe('cells that render the same request', () => {
  const prompt = 'A question on {{ cell.topic }}, whatever the form.'

  it('get an answer each, with a warning, and keep it when a third joins or one leaves', async () => {
    using project = start({ topics: ['csv'], prompt })
    const shown = await build(project)
    expect(shown).toContain('render the same request')
    expect(shown).toMatch(/csv × question and csv × command/)
    const two = rows(project)
    expect(await asked()).toBe(2)
    expect(new Set(two.values()).size).toBe(2)

    change(project, { topics: ['csv'], forms: ['statement', 'question', 'command'], prompt })
    await build(project)
    const three = rows(project)
    expect(await asked()).toBe(3)
    expect(new Set(three.values()).size).toBe(3)
    for (const [user, answer] of two) expect(three.get(user)).toBe(answer)

    // The second leaves: the others keep theirs; alone, the last keeps its own as well.
    change(project, { topics: ['csv'], forms: ['statement', 'command'], prompt })
    await build(project)
    expect(rows(project)).toEqual(new Map([...three].filter(([user]) => user !== 'csv question')))
    change(project, { topics: ['csv'], forms: ['command'], prompt })
    expect(await build(project)).not.toContain('render the same request')
    expect(rows(project)).toEqual(new Map([...three].filter(([user]) => user === 'csv command')))

    change(project, { topics: ['csv'], forms: ['statement', 'question', 'command'], prompt })
    await build(project)
    expect(rows(project)).toEqual(three)
    expect(await asked()).toBe(3)
  })
})

describe('what plan says', () => {
  it('is what build does: cells, calls and reasons by batch', async () => {
    using project = start({ topics: names(3), batches: { all: { samples: 2 } } })
    const plan = async () => JSON.parse((await project.run('plan', '--json')).stdout)
    expect(await plan()).toMatchObject({
      batches: [{ batch: 'all', items: 12, unchanged: 0, changed: 0, new: 12 }],
      buy: { items: 12, calls: [{ calls: 12, followUps: 0 }] },
      outputs: [{ path: 'data/train.jsonl', change: 'new' }],
    })
    await build(project)
    change(project, { topics: [...names(3), 't3'], batches: { all: { samples: 2 } }, prompt: 'One {{ cell.form }} on {{ cell.topic }}.' })
    const [batch] = (await plan()).batches
    expect(batch).toMatchObject({ items: 16, unchanged: 0, changed: 12, new: 4 })
    expect(batch.reasons).toEqual(
      expect.arrayContaining([
        { reason: 'the prompt of step "answer" changed', count: 12 },
        { reason: 'new', count: 4 },
      ]),
    )
    expect(await asked()).toBe(12)
    await build(project)
    expect(await asked()).toBe(28)
    expect(await plan()).toMatchObject({ batches: [{ unchanged: 16, changed: 0, new: 0 }], outputs: [{ change: 'unchanged', rows: 16 }] })
  })
})
