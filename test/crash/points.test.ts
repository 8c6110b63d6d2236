/** `kill -9` at every named crash point of the built command: the next build finds its way, and buys no more than was in flight. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { CRASH_POINTS, type CrashPoint } from '../../src/util/crash-point.ts'
import { Mount, mayMount } from '../rig/mount.ts'
import { Project, type Ran } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

/** Points that no code passes yet, or that nothing here can reach yet. */
const NOT_YET: readonly CrashPoint[] = []

const OLD_STORE = join(import.meta.dirname, '../golden/stores/format-1.db')
const CONCURRENCY = 4
const TOPICS = 6
const CALLS = TOPICS * 2 * 2 // two forms, two steps

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.reset()
  await server.script({ fresh: false })
})

const config = (topics = TOPICS) =>
  JSON.stringify({
    name: 'points',
    concurrency: CONCURRENCY,
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: { topic: Array.from({ length: topics }, (_, i) => `t${i}`), form: ['question', 'command'] },
    recipe: {
      steps: { user: { ask: 'm', prompt: 'A {{ cell.form }} about {{ cell.topic }}.' }, answer: { ask: 'm', prompt: '{{ steps.user }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    outputs: { train: { holdout: { valid: 0.3 } }, questions: { where: { form: 'question' } } },
  })

const FILES = ['train', 'valid', 'questions'].flatMap((name) => [`data/${name}.jsonl`, `data/${name}.meta.jsonl`])
const outputs = (project: Project) => Object.fromEntries(FILES.map((name) => [name, project.read(name)]))
const delivered = async () => (await server.requests()).filter(({ sent }) => sent).length

async function held(project: Project): Promise<number> {
  const store = openStoreIfExists(project.path('.datagen'))
  try {
    return store.totals().responses
  } finally {
    await store.close()
  }
}

/** The command, ended where it passes a point for the n-th time. */
async function crash(project: Project, point: CrashPoint, n: number, ...args: string[]): Promise<void> {
  project.env['DATAGEN_CRASH_AT'] = `${point}:${n}`
  const child = await project.start(...args)
  delete project.env['DATAGEN_CRASH_AT']
  expect(child.signal, `${point} was not passed ${n} times: ${child.stderr}`).toBe('SIGKILL')
}

async function whole(project: Project): Promise<Ran> {
  const ran = await project.run('build', '--reporter', 'plain')
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stderr).not.toContain('datagen bug')
  return ran
}

/** What a build gives that nobody disturbs. */
let made: Record<string, string>
beforeAll(async () => {
  await server.script({ fresh: false })
  using project = new Project({ 'datagen.config.json': config() })
  await whole(project)
  made = outputs(project)
  expect(await delivered()).toBe(CALLS)
})

/** The passings at which a build is killed. */
const IN_A_BUILD: { readonly [point in CrashPoint]?: readonly number[] } = {
  'after-claim': [1, 9, CALLS],
  'before-keep': [1, 9, CALLS],
  'before-commit': [1, 3],
  'after-commit': [1, 3],
  'before-output': [1, 2],
  'between-outputs': [1, 2, 3],
  'after-outputs': [1, 2],
  'before-columns': [1],
  'before-lock-file': [1],
  'before-stamp': [1],
}
const WHEN_A_DISK_IS_FULL: readonly CrashPoint[] = ['after-spool', 'before-fold']

const deaths = Object.entries(IN_A_BUILD)
  .filter(([point]) => !NOT_YET.includes(point as CrashPoint))
  .flatMap(([point, passings]) => passings.map((n) => [point as CrashPoint, n] as const))

describe('a build', () => {
  it.each(deaths)('killed at %s, passing %i: built again, it is as if nothing had been', async (point, n) => {
    using project = new Project({ 'datagen.config.json': config() })
    await crash(project, point, n, 'build', '--reporter', 'silent')
    const lost = (await delivered()) - (await held(project))
    expect(lost).toBeLessThanOrEqual(CONCURRENCY)
    await whole(project)
    expect(outputs(project)).toEqual(made)
    expect(await delivered()).toBe(CALLS + lost)
    expect(project.names('data').filter((name) => name.startsWith('.'))).toEqual([])
    await whole(project)
    expect(await delivered()).toBe(CALLS + lost)
  })

  it('killed at one point after another still gets there', async () => {
    using project = new Project({ 'datagen.config.json': config() })
    let lost = 0
    for (const point of ['after-claim', 'before-keep', 'before-commit', 'after-commit'] as const) {
      await crash(project, point, 2, 'build', '--reporter', 'silent')
      const now = (await delivered()) - (await held(project))
      expect(now - lost).toBeLessThanOrEqual(CONCURRENCY)
      lost = now
    }
    for (const point of ['before-output', 'between-outputs', 'after-outputs'] as const)
      await crash(project, point, 1, 'build', '--reporter', 'silent')
    await whole(project)
    expect(outputs(project)).toEqual(made)
    expect(await delivered()).toBe(CALLS + lost)
  })
})

const allowed = mayMount()
if (!allowed) console.log('crash points of a full disk: skipped, this user may not mount')

describe.skipIf(!allowed)('a build on a full disk', () => {
  const topics = 30
  // Two questions about one topic get the same answer here, so they share what comes after it.
  const calls = topics * 3
  const long = () =>
    server.script({
      fresh: false,
      answers: Array.from({ length: topics }, (_, i) => ({ contains: `about t${i}.`, content: `${i} ${noise(30_000, i)}` })),
    })

  it.each(WHEN_A_DISK_IS_FULL.filter((point) => !NOT_YET.includes(point)).map((point) => [point]))(
    'killed at %s: built again with room, it loses no more than was in flight',
    async (point) => {
      using project = new Project({ 'datagen.config.json': config(topics) })
      using disk = Mount.memory(project.path('.datagen'), '3m')
      await long()
      const before = point === 'before-fold'
      if (before) expect(await project.run('build')).toMatchObject({ code: 6 })
      else await crash(project, point, 1, 'build', '--reporter', 'silent')
      const bought = await delivered()
      disk.resize('64m')
      if (before) await crash(project, point, 1, 'build', '--reporter', 'silent')
      await whole(project)
      const repeated = (await delivered()) - calls
      expect(bought).toBeLessThan(calls)
      expect(repeated).toBeLessThanOrEqual(CONCURRENCY)
      expect(await held(project)).toBe(calls)
      expect(project.lines('data/questions.jsonl').length).toBe(topics)
    },
  )
})

/** Where a build that hands over and collects a batch job is killed. */
const IN_A_JOB: readonly CrashPoint[] = [
  'after-job-claims',
  'after-job-seal',
  'before-job-file',
  'after-job-file',
  'before-job-id',
  'after-job-id',
  'before-job-release',
  'after-job-release',
]

describe('a batch job', () => {
  it.each(IN_A_JOB)('killed at %s: nothing is handed over twice, and nothing is lost', async (point) => {
    const cells = 3
    using project = new Project({ 'datagen.config.json': batched(cells) })
    const collects = point.endsWith('release')
    if (collects) await whole(project)
    await crash(project, point, 1, 'build', '--reporter', 'silent')
    let built = await whole(project)
    for (let day = 0; built.stderr.includes('Waiting') && day < 3; day++) built = await whole(project)
    expect(project.lines('data/train.jsonl')).toHaveLength(cells)
    const { jobs, submitted } = await server.jobs()
    expect([jobs.map(({ requests }) => requests), Object.values(submitted)]).toEqual([[cells], Array(cells).fill(1)])
    expect([await held(project), project.names('.datagen/jobs')]).toEqual([cells, []])
  })
})

const batched = (topics: number) =>
  JSON.stringify({
    name: 'points',
    models: { m: { use: 'openai:m', baseUrl: server.url, transport: 'batch' } },
    dimensions: { topic: Array.from({ length: topics }, (_, i) => `t${i}`) },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'About {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    outputs: { train: {} },
  })

describe('collecting garbage', () => {
  it.each((['before-collect'] as const).filter((point) => !NOT_YET.includes(point)))(
    'killed at %s, it has collected nothing',
    async (point) => {
      using project = new Project({ 'datagen.config.json': config() })
      await whole(project)
      project.write('datagen.config.json', config(2))
      await crash(project, point, 1, 'cache', 'gc', '--yes')
      project.write('datagen.config.json', config())
      await whole(project)
      expect(await delivered()).toBe(CALLS)
      expect(outputs(project)).toEqual(made)
    },
  )
})

describe('a store of an older format', () => {
  it.each((['before-migrate'] as const).filter((point) => !NOT_YET.includes(point)))(
    'killed at %s, it is migrated by the next build',
    async (point) => {
      using project = new Project({ 'datagen.config.json': config() })
      mkdirSync(project.path('.datagen'), { mode: 0o700 })
      copyFileSync(OLD_STORE, project.path('.datagen/store.db'))
      const before = await held(project)
      await crash(project, point, 1, 'build', '--reporter', 'silent')
      expect(await held(project)).toBe(before)
      await whole(project)
      expect(await held(project)).toBe(before + CALLS)
      expect(await delivered()).toBe(CALLS)
      expect(outputs(project)).toEqual(made)
    },
  )
})

/** Text that does not become smaller when it is packed. */
function noise(length: number, seed: number): string {
  let state = seed + 1
  let text = ''
  while (text.length < length) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    text += (state >>> 0).toString(36)
  }
  return text.slice(0, length)
}

it('knows every crash point', () => {
  const reached = [...Object.keys(IN_A_BUILD), ...WHEN_A_DISK_IS_FULL, ...IN_A_JOB, 'before-collect', 'before-migrate']
  expect(CRASH_POINTS.filter((point) => !reached.includes(point) && !NOT_YET.includes(point))).toEqual([])
})

it('says when there is no such crash point', async () => {
  using project = new Project({ 'datagen.config.json': config() }, { DATAGEN_CRASH_AT: 'nowhere' })
  expect((await project.run('plan')).stderr).toContain('there is no crash point "nowhere"')
})
