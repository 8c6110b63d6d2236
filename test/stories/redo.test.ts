/** `datagen redo`: exactly the chosen cells are asked again, and what was paid for stays. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = () => `import { defineConfig } from 'datagen'

export default defineConfig({
  name: 'redo',
  concurrency: 1,
  models: { m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20 } },
  dimensions: { topic: ['csv', 'json'], form: ['question', 'command'] },
  where: [(cell) => cell.topic !== 'json' || cell.form !== 'command'],
  recipe: {
    steps: {
      user: { ask: 'm', prompt: 'A {{ cell.form }} about {{ cell.topic }}.' },
      short: { derive: (context) => String(context.steps.user).slice(0, 5) },
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
const CELLS = 3
const CALLS = 2 * CELLS

async function built(): Promise<Project> {
  const at = new Project({ 'datagen.config.ts': config() })
  expect(await at.run('build')).toMatchObject({ code: 0 })
  expect(await server.requests()).toHaveLength(CALLS)
  return at
}
/** Bodies of the requests from the nth on. */
const asked = async (from = CALLS) => (await server.requests()).slice(from).map(({ body }) => JSON.parse(body).messages.at(-1).content)
const answers = async () => (await server.requests()).map(({ answer }) => JSON.parse(answer ?? '{}').choices?.[0]?.message.content)
const rows = (at: Project) => at.lines('data/train.jsonl').map((line) => JSON.parse(line).messages)
const pending = async (at: Project) => JSON.parse((await at.run('plan', '--json')).stdout).buy.items

describe('redo', () => {
  it('asks every step of the chosen cells, nothing else, and the rows are the new answers', async () => {
    using at = await built()
    const before = rows(at)
    const redo = await at.run('redo', 'csv × command')
    expect(redo).toMatchObject({ code: 0 })
    const [user, answer] = (await answers()).slice(CALLS)
    expect(await asked()).toEqual(['A command about csv.', `Answer: ${user}`])
    expect(rows(at)).toEqual([
      before[0],
      [
        { role: 'user', content: user },
        { role: 'assistant', content: answer },
      ],
      before[2],
    ])
    expect(before[1][0].content).not.toBe(user)
    // What was paid for stays.
    expect(JSON.parse((await at.run('status', '--json')).stdout).store.responses).toBe(CALLS + 2)
    expect((await at.run('build')).code).toBe(0)
    expect(await asked()).toHaveLength(2)
  })

  it('a selector of several cells redoes them all; `explain` and `show` say that it was on purpose', async () => {
    using at = await built()
    expect((await at.run('redo', 'csv')).code).toBe(0)
    expect(await asked()).toHaveLength(4)
    expect((await at.run('explain', 'csv × question')).stdout).toMatch(/step user[\s\S]*asked again on purpose[\s\S]*step answer/)
    expect((await at.run('explain', 'json')).stdout).not.toContain('on purpose')
    expect(JSON.parse((await at.run('show', 'cell', 'csv × question', '--json')).stdout)).toMatchObject({ askedAgain: { user: 1 } })
    expect(JSON.parse((await at.run('show', 'cell', 'json', '--json')).stdout)).not.toHaveProperty('askedAgain')
  })

  it('twice: two new answers, each from an epoch of its own', async () => {
    using at = await built()
    expect((await at.run('redo', 'json')).code).toBe(0)
    const first = rows(at)[2]
    expect((await at.run('redo', 'json')).code).toBe(0)
    expect(rows(at)[2]).not.toEqual(first)
    expect(await asked()).toHaveLength(4)
    expect(JSON.parse((await at.run('show', 'cell', 'json', '--json')).stdout).askedAgain).toEqual({ user: 2 })
  })

  it('--step: the answers of the steps before it are kept', async () => {
    using at = await built()
    const before = rows(at)
    expect((await at.run('redo', 'csv × question', '--step', 'answer')).code).toBe(0)
    expect(await asked()).toEqual([`Answer: ${before[0][0].content}`])
    expect(rows(at)[0][0]).toEqual(before[0][0])
    expect(rows(at)[0][1]).not.toEqual(before[0][1])
    expect(rows(at).slice(1)).toEqual(before.slice(1))
  })

  it('a later step is asked again even where the step before it says the same as before', async () => {
    await server.script({ answers: [{ contains: 'A question about csv', content: 'always this' }] })
    using at = await built()
    expect((await at.run('redo', 'csv × question')).code).toBe(0)
    expect(await asked()).toEqual(['A question about csv.', 'Answer: always this'])
  })

  it('interrupted: `plan` says what is missing and why, and the next build asks it', async () => {
    using at = await built()
    const before = rows(at)
    expect((await at.run('redo', 'csv', '--max-calls', '1')).code).toBe(4)
    expect(await asked()).toHaveLength(1)
    expect(rows(at)).toEqual(before)
    const plan = await at.run('plan')
    expect(plan.stdout).toContain('step "user" is asked again on purpose')
    expect(await pending(at)).toBe(2)
    expect((await at.run('build')).code).toBe(0)
    expect(await asked()).toHaveLength(4)
    expect(rows(at)[2]).toEqual(before[2])
    expect([rows(at)[0], rows(at)[1]].every((row, i) => JSON.stringify(row) !== JSON.stringify(before[i]))).toBe(true)
  })

  it('a redo whose call fails: the cell has failed, and the next build asks again', async () => {
    using at = await built()
    await server.script({ rules: [{ contains: 'A question about json', fault: { kind: 'status', status: 400 } }] })
    const failed = await at.run('redo', 'json')
    expect(failed.code).not.toBe(0)
    expect(await asked()).toEqual(['A question about json.'])
    await server.script({})
    expect((await at.run('redo', 'json')).code).toBe(0)
    // Nothing was answered in the epoch of the failure, so none was skipped.
    expect(JSON.parse((await at.run('show', 'cell', 'json', '--json')).stdout).askedAgain).toEqual({ user: 1 })
    expect((await at.run('plan', '--check')).code).toBe(0)
  })

  it('without a key nothing can be asked, and so no answer is given up', async () => {
    using at = await built()
    at.edit('datagen.config.ts', (text) => text.replace('maxTokens: 20', "maxTokens: 20, apiKeyEnv: 'NOT_SET_ANYWHERE'"))
    expect((await at.run('redo', 'csv')).code).toBe(3)
    expect(await asked()).toEqual([])
    expect((await at.run('plan', '--check')).code).toBe(0)
  })

  it.each([
    [['redo', 'json × command'], /no cell of the plan matches/],
    [['redo', 'jsn'], /did you mean "json"/],
    [['redo', ''], /no cell of the plan matches/],
    [['redo', 'csv', '--step', 'anser'], /the recipe has no step "anser"[\s\S]*did you mean "answer"/],
    [['redo', 'csv', '--step', 'short'], /is computed, every time/],
    [['redo'], /missing required argument/],
  ])('%j asks nothing and exits 2', async (args, says) => {
    using at = await built()
    const before = at.read('data/train.jsonl')
    const { code, stderr } = await at.run(...args)
    expect([code, says.test(stderr), stderr]).toEqual([2, true, stderr])
    expect([await asked(), at.read('data/train.jsonl')]).toEqual([[], before])
  })

  it('events name the command', async () => {
    using at = await built()
    const { stdout } = await at.run('redo', 'json', '--json')
    const [start] = stdout.split('\n')
    expect(JSON.parse(start ?? '')).toMatchObject({ type: 'run-start', command: 'redo' })
  })
})
