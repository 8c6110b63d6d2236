/** The Batch API as a person meets it: order today, collect tomorrow, call it off in between. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startInPty, startPiped } from '../rig/live.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = (model: object = {}) =>
  JSON.stringify({
    name: 'jobs',
    models: { default: { use: 'openai:m', baseUrl: server.url, transport: 'batch', price: { input: 2, output: 10 }, ...model } },
    dimensions: { topic: Array.from({ length: 8 }, (_, i) => `topic-${i}`) },
    recipe: {
      steps: { answer: { ask: 'default', prompt: 'Explain {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })
const OUTPUT = 'data/train.jsonl'
const project = (model: object = {}) => new Project({ 'datagen.config.json': config(model) })
const first = async (at: Project) => String((await waiting(at))[0].job)
const waiting = async (at: Project) => JSON.parse((await at.run('jobs', '--json')).stdout).jobs

it('is ordered today, shown by every command, and collected tomorrow at half the price', async () => {
  await server.script({ jobs: [{ looks: 1 }] })
  using at = project()
  const ordered = await at.run('build')
  expect(ordered).toMatchObject({ code: 0 })
  expect(ordered.stderr).toMatch(/Waiting for 1 batch job with 8 requests/)
  expect(at.has(OUTPUT)).toBe(false)
  expect((await at.run('jobs')).stdout).toMatch(/waiting {3}8 requests/)
  expect((await at.run('status')).stdout).toMatch(/0 of 8 accepted, 8 waiting/)
  expect((await at.run('plan')).stdout).toMatch(/8 ◷[\s\S]*Nothing to buy/)
  expect(await waiting(at)).toMatchObject([{ job: 1, requests: 8 }])
  // What has been asked for is neither new nor still to ask.
  const explained = await at.run('explain', 'topic-1')
  expect(explained.stdout).toMatch(/waits for a batch job[\s\S]*◷ step answer[\s\S]*batch job 1 has its request/)
  expect(explained.stdout).not.toMatch(/never asked|other cells/)
  expect(new Set((await at.run('show', 'cells')).stdout.trim().split('\n'))).toEqual(
    new Set(Array.from({ length: 8 }, (_, i) => `waiting   topic-${i}`)),
  )
  expect((await at.run('report')).stdout).toMatch(/0 of 8 accepted, 8 waiting\n +8 × waiting for batch jobs\n/)
  const frozen = await at.run('build', '--frozen')
  expect(frozen).toMatchObject({ code: 10, stderr: expect.stringContaining('8 cells wait for batch jobs, and this build is frozen') })
  // Not finished yet: nothing is ordered anew.
  expect((await at.run('build')).stderr).toMatch(/Waiting/)
  const last = await at.run('build', '--json')
  expect(last.code).toBe(0)
  expect(at.lines(OUTPUT)).toHaveLength(8)
  const end = JSON.parse(last.stdout.trimEnd().split('\n').at(-1) as string)
  const { inputTokens, outputTokens, usd } = end.usage
  expect(usd).toBeCloseTo((inputTokens * 2 + outputTokens * 10) / 1e6 / 2, 12)
  expect(await waiting(at)).toEqual([])
  expect((await at.run('jobs', '--all')).stdout).toMatch(/8 answered/)
  expect(await at.run('build')).toMatchObject({ code: 0, stderr: expect.stringMatching(/^✔ Up to date/) })
})

it('of a hundred requests and more has one asked online ahead of it, once, and the plan says so at its price', async () => {
  using at = project()
  const topics = (prefix: string) => JSON.stringify(Array.from({ length: 120 }, (_, i) => `${prefix}-${i}`))
  at.edit('datagen.config.json', (text) => text.replace(/"topic":\[[^\]]*\]/, `"topic":${topics('first')}`))
  const calls = async () => JSON.parse((await at.run('plan', '--json')).stdout).buy.calls
  expect(await calls()).toMatchObject([{ calls: 120, batch: true, online: 1 }])
  expect(await at.run('build')).toMatchObject({ code: 0 })
  const asked = async () => (await server.requests()).map(({ path }) => path).filter((path) => path.includes('completions'))
  expect([await asked(), await waiting(at)]).toMatchObject([['/v1/chat/completions'], [{ requests: 119 }]])
  at.edit('datagen.config.json', (text) => text.replace(/"topic":\[[^\]]*\]/, `"topic":${topics('second')}`))
  expect(await calls()).toEqual([expect.not.objectContaining({ online: 1 })])
  await at.run('build')
  expect([(await asked()).length, await waiting(at)]).toMatchObject([1, [{ requests: 120 }]])
})

it('is called off: what was answered by then is kept, and only the rest is ordered again', async () => {
  await server.script({ jobs: [{ nth: [0], looks: 50, answered: 0.5 }, {}] })
  using at = project()
  await at.run('build')
  const id = await first(at)
  expect(await at.run('jobs', 'forget', id)).toMatchObject({ code: 2, stderr: expect.stringContaining(`datagen jobs cancel ${id}`) })
  expect(await at.run('jobs', 'cancel')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('the next build keeps what was answered'),
  })
  expect((await at.run('jobs')).stdout).toContain('cancelling, 0 of 8 answered when last looked at')
  await at.run('build')
  expect(await waiting(at)).toMatchObject([{ requests: 4 }])
  expect(await at.run('build')).toMatchObject({ code: 0 })
  expect(at.lines(OUTPUT)).toHaveLength(8)
  expect((await at.run('jobs', '--all')).stdout).toMatch(/cancelled, 4 answered, 4 not answered, \$\S+; collected/)
  const ids = at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line).steps.answer.key)
  expect(new Set(ids).size).toBe(8)
})

it('is given up only when the provider knows of it no more', async () => {
  await server.script({ jobs: [{ looks: 50 }] })
  using at = project()
  await at.run('build')
  const id = await first(at)
  await server.reset()
  const lost = await at.run('build')
  expect(lost.code).toBe(3)
  expect(lost.stderr + lost.stdout).toMatch(/datagen jobs forget/)
  expect(await at.run('jobs', 'forget', id)).toMatchObject({ code: 0, stdout: expect.stringMatching(/forgotten; 8 of its requests can/) })
  expect((await at.run('jobs', '--all')).stdout).toMatch(/0 answered, 8 given up; forgotten/)
  await at.run('build')
  expect(await at.run('build')).toMatchObject({ code: 0 })
  expect(at.lines(OUTPUT)).toHaveLength(8)
  expect(await at.run('jobs', 'forget', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('has ended') })
  expect(await at.run('jobs', 'cancel', '99')).toMatchObject({ code: 2, stderr: expect.stringContaining('no batch job') })
})

it('is handed over by Enter alone under watch, collected by a save, and may be of the Responses API', async () => {
  using at = project({ api: 'responses' })
  const handedOver = async () => JSON.parse((await at.run('jobs', '--all', '--json')).stdout).jobs.length
  {
    await using live = startInPty(at, 'watch')
    await live.until('Enter hands 8 cells over in batch jobs')
    live.press('\r')
    await live.until('8 cells wait for batch jobs; Enter or a save looks')
    at.edit('datagen.config.json', (text) => text.replace('"{{ cell.topic }}"', '"On {{ cell.topic }}"'))
    await live.until(/batch job 1: completed, 8 of 8 answered, \$0\.0/)
    await live.until('up to date: 8 cells')
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  }
  expect(at.lines(OUTPUT)).toHaveLength(8)
  expect(at.lines(OUTPUT)[0]).toContain('On topic-0')
  at.edit('datagen.config.json', (text) => text.replace('"topic-7"', '"topic-7","topic-8"'))
  await using live = startPiped(at, 'watch', '--yes', '--max-calls', '9')
  await live.until('1 cell to hand over in batch jobs: that is for `datagen build`')
  live.signal('SIGINT')
  expect((await live.end()).code).toBe(130)
  expect(await handedOver()).toBe(1)
})
