/** Ctrl-C: once finishes what is paid for, twice cuts it off; nothing kept is bought again, and the terminal is as before. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Live, startInPty, startPiped } from '../rig/live.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const IN_FLIGHT = 3
const CELLS = 6
const CALLS = 2 * CELLS

const config = (topics: number) =>
  JSON.stringify({
    name: 'interrupted',
    concurrency: IN_FLIGHT,
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: { topic: Array.from({ length: topics }, (_, i) => `t${i}`) },
    recipe: {
      steps: { user: { ask: 'm', prompt: 'Write {{ cell.topic }}' }, answer: { ask: 'm', prompt: 'Answer {{ steps.user }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })

/** A project whose output has one row already, and a build of the others with its first requests held. */
async function caught(start: (project: Project) => Live): Promise<{ project: Project; live: Live; rows: string }> {
  const project = new Project({ 'datagen.config.json': config(1) })
  expect(await project.run('build')).toMatchObject({ code: 0 })
  const rows = project.read('data/train.jsonl')
  project.write('datagen.config.json', config(CELLS + 1))
  await server.reset()
  await server.hold()
  const live = start(project)
  await server.untilHeld(IN_FLIGHT)
  return { project, live, rows }
}

/** Builds the rest and checks that nothing kept was asked again. */
async function finish(project: Project, kept: number): Promise<void> {
  await server.reset()
  expect(await project.run('build')).toMatchObject({ code: 0 })
  expect((await server.requests()).length).toBe(CALLS - kept)
  expect(project.lines('data/train.jsonl').length).toBe(CELLS + 1)
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s once', (signal) => {
  it('starts nothing more, keeps what is in flight, holds the output back, and exits with 130', async () => {
    const { project, live, rows } = await caught((at) => startPiped(at, 'build'))
    using _project = project
    await using _live = live
    live.signal(signal)
    await live.until('finishing what is in flight')
    expect(await server.held()).toBe(IN_FLIGHT)
    await server.release()
    const { code, bytes } = await live.end()
    expect(code).toBe(130)
    expect(bytes).toContain('held back')
    expect((await server.requests()).length).toBe(IN_FLIGHT)
    expect(project.read('data/train.jsonl')).toBe(rows)
    await finish(project, IN_FLIGHT)
  })
})

describe('SIGINT twice', () => {
  it('cuts the requests off at once; the next build asks for them again', async () => {
    const { project, live, rows } = await caught((at) => startPiped(at, 'build'))
    using _project = project
    await using _live = live
    live.signal('SIGINT')
    await live.until('finishing what is in flight')
    const from = performance.now()
    live.signal('SIGINT')
    const { code } = await live.end()
    const took = performance.now() - from
    console.log(`second SIGINT to end: ${Math.round(took)} ms`)
    expect(took).toBeLessThan(2_000)
    expect(code).toBe(130)
    expect((await server.requests()).length).toBe(IN_FLIGHT)
    expect(project.read('data/train.jsonl')).toBe(rows)
    await finish(project, 0)
  })
})

describe('while a failed request waits for its next try', () => {
  it('SIGINT ends the wait', async () => {
    using project = new Project({ 'datagen.config.json': config(1) })
    await server.script({ rules: [{ fault: { kind: 'status', status: 429, headers: { 'retry-after': '30' } } }] })
    await using live = startPiped(project, 'build', '--json')
    await live.until('"step-retry"')
    const from = performance.now()
    live.signal('SIGINT')
    const { code } = await live.end()
    expect(performance.now() - from).toBeLessThan(2_000)
    expect(code).toBe(130)
    expect((await server.requests()).length).toBe(1)
  })
})

describe('on a terminal', () => {
  it.each([
    ['Ctrl-C', '\x03', []],
    ['q', 'q', []],
    ['Ctrl-C in lines', '\x03', ['--reporter', 'plain']],
  ] as const)('%s once: the screen is cleared, the cursor and the modes are as before', async (_, key, flags) => {
    const { project, live, rows } = await caught((at) => startInPty(at, 'build', ...flags))
    using _project = project
    await using _live = live
    await live.until(flags.length === 0 ? '\x1b[?25l' : 'to do')
    live.press(key)
    await live.until(flags.length === 0 ? /stopp/i : 'finishing what is in flight')
    await server.release()
    expect(await live.end()).toMatchObject({ code: 130, restored: true })
    expect((await server.requests()).length).toBe(IN_FLIGHT)
    expect(project.read('data/train.jsonl')).toBe(rows)
    await finish(project, IN_FLIGHT)
  })

  it('Ctrl-C twice: at once, and the terminal is as before', async () => {
    const { project, live } = await caught((at) => startInPty(at, 'build'))
    using _project = project
    await using _live = live
    await live.until('\x1b[?25l')
    live.press('\x03')
    await live.until(/stopp/i)
    live.press('\x03')
    expect(await live.end()).toMatchObject({ code: 130, restored: true })
    await finish(project, 0)
  })
})

describe('at the question before real money', () => {
  it.each([
    ['Ctrl-C', '\x03'],
    ['q', 'q'],
  ])('%s: nothing is asked, exit 130, and the terminal is as before', async (_, key) => {
    using project = new Project({ 'datagen.config.json': config(100) })
    await using live = startInPty(project, 'build')
    await live.until('Enter goes on')
    live.press(key)
    expect(await live.end()).toMatchObject({ code: 130, restored: true })
    expect(await server.requests()).toEqual([])
  })

  it('Enter goes on', async () => {
    using project = new Project({ 'datagen.config.json': config(50) })
    await using live = startInPty(project, 'build')
    await live.until('Enter goes on')
    live.press('\r')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
    expect((await server.requests()).length).toBe(100)
  })
})

describe('SIGKILL', () => {
  it('ends it outright; the next build says so and goes on', async () => {
    const { project, live } = await caught((at) => startPiped(at, 'build'))
    using _project = project
    await using _live = live
    live.signal('SIGKILL')
    await live.end()
    await server.reset()
    const { code, stderr } = await project.run('build')
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`ended in the middle of ${IN_FLIGHT} calls`) })
    expect((await server.requests()).length).toBe(CALLS)
  })
})
