/** Several builds of one project at once: each answer is bought by one of them, and all end with the same files. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { isStopped } from '../rig/process-facts.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { until } from '../rig/until.ts'

/** A campaign takes four times as many cells. */
const CAMPAIGN = process.env['DATAGEN_CAMPAIGN'] === '1'
const SIDES = CAMPAIGN ? ([80, 80] as const) : ([40, 40] as const)
/** In the suite, less than a build would take that waits for the lease of a dead one. */
const LONGEST_MS = CAMPAIGN ? 240_000 : 60_000
const CELLS = SIDES[0] * SIDES[1] * 2
const CONCURRENCY = 16
const BUILDS = 4
const BUILD = ['build', '--reporter', 'silent', '--yes'] as const
const PATIENCE_MS = LONGEST_MS

let server: TestServer
/** What one build alone makes. */
let alone: Record<string, string>
beforeAll(async () => {
  server = await startServer()
  await server.script(SAME)
  using project = new Project({ [CONFIG]: config() })
  expect(await project.run(...BUILD)).toMatchObject({ code: 0, stderr: '' })
  expect(await calls()).toBe(CELLS)
  alone = outputs(project)
})
afterAll(() => server.close())

const children = new Set<ReturnType<Project['start']>>()
beforeEach(async () => {
  await server.reset()
  await server.script({ ...SAME, latencyMs: 5 })
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

const CONFIG = 'datagen.config.json'
const SAME = { fresh: false }
const config = (sides: readonly [number, number] = SIDES) =>
  JSON.stringify({
    name: 'crowd',
    concurrency: CONCURRENCY,
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: {
      a: Array.from({ length: sides[0] }, (_, i) => `a${i}`),
      b: Array.from({ length: sides[1] }, (_, i) => `b${i}`),
      form: ['question', 'command'],
    },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'A {{ cell.form }} on {{ cell.a }} and {{ cell.b }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.form }} {{ cell.a }} {{ cell.b }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    outputs: { train: { holdout: { valid: 0.2 } } },
  })

const FILES = ['train', 'valid'].flatMap((name) => [`data/${name}.jsonl`, `data/${name}.meta.jsonl`])
const outputs = (project: Project) => Object.fromEntries(FILES.map((name) => [name, project.read(name)]))
const calls = async () => (await server.requests()).length
const bodies = async () => new Set((await server.requests()).map(({ body }) => body)).size

function start(project: Project, ...args: readonly string[]): ReturnType<Project['start']> {
  const child = project.start(...args)
  children.add(child)
  return child
}

/** The exit code, and whatever was complained about. */
async function ended(child: ReturnType<Project['start']>): Promise<{ code: number | undefined; stderr: string }> {
  const { exitCode, stderr } = await child
  return { code: exitCode, stderr: String(stderr) }
}
const GOOD = { code: 0, stderr: '' }

/** Nothing of any process remains, everything bought is kept once, and a further build has nothing to do. */
async function expectOrder(project: Project, kept = CELLS): Promise<void> {
  expect(project.names('data').filter((name) => !FILES.includes(`data/${name}`))).toEqual([])
  expect(project.names('.datagen/owners')).toEqual([])
  expect(project.names('.datagen').filter((name) => /-wal$|-shm$|-journal$|\.\d+$/.test(name))).toEqual([])
  const store = openStoreIfExists(project.path('.datagen'))
  try {
    expect({ kept: store.totals().responses, orphans: store.orphans(), damaged: store.damaged }).toEqual({ kept, orphans: [], damaged: [] })
  } finally {
    await store.close()
  }
  const before = await calls()
  expect(await project.run('build', '--frozen', '--reporter', 'silent')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await calls()).toBe(before)
}

describe(`${BUILDS} builds of ${CELLS} cells at once`, { timeout: LONGEST_MS }, () => {
  it('buy each answer once, end well, and leave the files that one build leaves', async () => {
    using project = new Project({ [CONFIG]: config() })
    const ends = await Promise.all(Array.from({ length: BUILDS }, () => ended(start(project, ...BUILD))))
    expect(ends).toEqual(ends.map(() => GOOD))
    expect([await calls(), await bodies()]).toEqual([CELLS, CELLS])
    expect(outputs(project)).toEqual(alone)
    await expectOrder(project)
  })

  it('one killed in the middle: the others finish at once, and only what it had in flight is asked again', async () => {
    using project = new Project({ [CONFIG]: config() })
    const builds = Array.from({ length: BUILDS }, () => start(project, ...BUILD))
    await until('a third of the calls', async () => (await calls()) > CELLS / 3, PATIENCE_MS)
    const [victim, ...others] = builds as [(typeof builds)[0], ...typeof builds]
    victim.kill('SIGKILL')
    expect((await victim).signal).toBe('SIGKILL')
    const ends = await Promise.all(others.map(ended))
    expect(ends.map(({ code }) => code)).toEqual(others.map(() => 0))
    expect(await bodies()).toBe(CELLS)
    expect(await calls()).toBeLessThanOrEqual(CELLS + CONCURRENCY)
    expect(outputs(project)).toEqual(alone)
  })

  it('one paused while its calls are under way and then resumed: the others wait for it, and nothing is bought twice', async () => {
    using project = new Project({ [CONFIG]: config() })
    await server.hold()
    const sleeper = start(project, ...BUILD)
    // The first answer of a model is waited for before there are further calls.
    await server.untilHeld(1)
    await server.release(1)
    await server.untilHeld(CONCURRENCY)
    sleeper.kill('SIGSTOP')
    await until('the build to be stopped', () => isStopped(sleeper.pid as number))
    const others = Array.from({ length: BUILDS - 1 }, () => start(project, ...BUILD))
    await server.release()
    await until('every cell to be asked for', async () => (await calls()) >= CELLS, PATIENCE_MS)
    // That they wait has no event: this is longer than a build takes to end when it has nothing left to wait for.
    const early = await Promise.race([...others.map(ended), new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))])
    expect(early).toBe('waiting')
    sleeper.kill('SIGCONT')
    const ends = await Promise.all([sleeper, ...others].map(ended))
    expect(ends).toEqual(ends.map(() => GOOD))
    expect([await calls(), await bodies()]).toEqual([CELLS, CELLS])
    expect(outputs(project)).toEqual(alone)
    await expectOrder(project)
  })
})

describe('two builds and the collection of garbage at once', () => {
  it('collecting gives way or comes first; nothing is lost and nothing is bought twice', async () => {
    using project = new Project({ [CONFIG]: config([4, 4]) })
    expect(await project.run(...BUILD)).toMatchObject(GOOD)
    const before = outputs(project)
    // What follows makes garbage of half of it and asks for something new.
    project.write(CONFIG, config([2, 8]))
    const collect = () => ended(start(project, 'cache', 'gc', '--yes'))
    await server.hold()
    const early = collect()
    const builds = [start(project, ...BUILD), start(project, ...BUILD)]
    await server.untilHeld(CONCURRENCY)
    expect(await collect()).toMatchObject({ code: 5, stderr: expect.stringContaining('a build is at work on this dataset') })
    await server.release()
    const late = collect()
    expect(await Promise.all(builds.map(ended))).toEqual([GOOD, GOOD])
    for (const end of await Promise.all([early, late])) expect([0, 5]).toContain(end.code)
    const wanted = 2 * 8 * 2
    const shared = 2 * 4 * 2
    expect(await calls()).toBe(4 * 4 * 2 + wanted - shared)
    expect(await collect()).toMatchObject({ code: 0 })
    await expectOrder(project, wanted)
    project.write(CONFIG, config([4, 4]))
    expect(await project.run(...BUILD)).toMatchObject(GOOD)
    expect(outputs(project)).toEqual(before)
  })
})
