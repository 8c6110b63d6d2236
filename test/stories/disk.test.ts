/** Disks that are full, folders that cannot be written, stores of others: nothing is lost, nothing is bought for nothing. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPiped } from '../rig/live.ts'
import { Mount, mayMount } from '../rig/mount.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const IN_FLIGHT = 4

const config = (topics: number) =>
  JSON.stringify({
    name: 'disks',
    concurrency: IN_FLIGHT,
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: { topic: Array.from({ length: topics }, (_, i) => `t${i}`) },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'Write {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })

const asked = async () => (await server.requests()).length
/** Text that does not become smaller when it is packed. */
const noise = (length: number, seed: string) => {
  let text = ''
  for (let i = 0; text.length < length; i++) text += createHash('sha256').update(`${seed}${i}`).digest('base64')
  return text.slice(0, length)
}
/** Each topic gets a long answer of its own. */
const longAnswers = (topics: number, length: number) =>
  server.script({ answers: Array.from({ length: topics }, (_, i) => ({ contains: `t${i}.`, content: noise(length, `t${i}`) })) })

const allowed = mayMount()
if (!allowed) console.log('full disks and read-only folders: skipped, this user may not mount')

describe.skipIf(!allowed)('a full disk', () => {
  it('below the outputs: the old file stays as it was, exit 6, and the next build buys nothing', async () => {
    using project = new Project({ 'datagen.config.json': config(4) })
    using disk = Mount.memory(project.path('data'), '96k')
    await longAnswers(40, 4_000)
    expect(await project.run('build')).toMatchObject({ code: 0 })
    const rows = project.read('data/train.jsonl')
    const meta = project.read('data/train.meta.jsonl')
    project.write('datagen.config.json', config(40))
    const full = await project.run('build', '--reporter', 'plain')
    expect(full).toMatchObject({ code: 6, stderr: expect.stringMatching(/disk .*is full[\s\S]*hint/) })
    expect(full.stderr).not.toContain('datagen bug')
    expect(await asked()).toBe(40)
    expect(project.read('data/train.jsonl')).toBe(rows)
    expect(project.read('data/train.meta.jsonl')).toBe(meta)
    expect(project.names('data')).toEqual(['train.jsonl', 'train.meta.jsonl'])
    disk.resize('4m')
    expect(await project.run('build')).toMatchObject({ code: 0 })
    expect(await asked()).toBe(40)
    expect(project.lines('data/train.jsonl').length).toBe(40)
  })

  it('below the store: exit 6, nothing more is asked, and what was kept is not bought again', async () => {
    const topics = 60
    using project = new Project({ 'datagen.config.json': config(topics) })
    using disk = Mount.memory(project.path('.datagen'), '1m')
    await longAnswers(topics, 40_000)
    const full = await project.run('build', '--reporter', 'plain')
    expect(full).toMatchObject({ code: 6, stderr: expect.stringContaining('the disk that holds the store is full') })
    expect(full.stderr).not.toContain('datagen bug')
    const bought = await asked()
    expect(bought).toBeGreaterThan(5)
    expect(bought).toBeLessThan(topics)
    expect(project.has('data/train.jsonl')).toBe(false)
    // Still full: whether or not it starts, nothing that cannot be kept is bought beyond what was in flight.
    expect((await project.run('build', '--reporter', 'plain')).code).toBe(6)
    const inVain = (await asked()) - bought
    expect(inVain).toBeLessThanOrEqual(IN_FLIGHT)
    disk.resize('16m')
    await server.reset()
    await longAnswers(topics, 40_000)
    expect(await project.run('build')).toMatchObject({ code: 0 })
    // Of the answers, only those in flight when the disk became full may have been lost.
    const again = (await asked()) - (topics - bought)
    console.log(`full store: ${bought} of ${topics} asked before it was full, ${inVain} by a build on the full disk, ${again} asked again`)
    expect(again).toBeLessThanOrEqual(IN_FLIGHT)
    expect(project.lines('data/train.jsonl').length).toBe(topics)
  })

  it('below the store from the start: exit 6 before anything is asked', async () => {
    using project = new Project({ 'datagen.config.json': config(4) })
    using _disk = Mount.memory(project.path('.datagen'), '8k')
    const full = await project.run('build', '--reporter', 'plain')
    expect(full).toMatchObject({ code: 6, stderr: expect.stringContaining('is full') })
    expect(full.stderr).not.toContain('datagen bug')
    expect(await asked()).toBe(0)
  })
})

describe.skipIf(!allowed)('a project that cannot be written', () => {
  it.each(['built', 'not built yet'])('plan, status, explain and show work (%s); build says why it does not', async (state) => {
    using project = new Project({ 'datagen.config.json': config(3) })
    if (state === 'built') expect(await project.run('build')).toMatchObject({ code: 0 })
    await server.reset()
    using _mount = Mount.readOnly(project.root)
    const missing = state === 'built' ? 0 : 3
    const plan = await project.run('plan', '--json')
    expect(plan).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(plan.stdout).buy.items).toBe(missing)
    const status = await project.run('status')
    expect(status).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`${3 - missing} of 3 accepted`) })
    expect(await project.run('explain', 't1')).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(' t1 ') })
    expect(await project.run('show', 'cells')).toMatchObject({ code: 0, stderr: '' })
    const build = await project.run('build')
    if (state === 'built') expect(build).toMatchObject({ code: 0, stderr: expect.stringContaining('Up to date') })
    else expect(build).toMatchObject({ code: 6, stderr: expect.stringContaining('cannot be written') })
    expect(await asked()).toBe(0)
  })
})

describe('two builds at once', () => {
  it('the second waits for what the first is asking, asks nothing twice, and reading goes on', async () => {
    using project = new Project({ 'datagen.config.json': config(2) })
    await server.hold()
    await using first = startPiped(project, 'build')
    await server.untilHeld(2)
    await using second = startPiped(project, 'build', '--reporter', 'plain')
    await second.until('2 to do')
    expect(await project.run('plan')).toMatchObject({ code: 0, stderr: '' })
    expect(await project.run('status')).toMatchObject({ code: 0, stderr: '' })
    await server.release()
    expect([(await first.end()).code, (await second.end()).code]).toEqual([0, 0])
    expect(await asked()).toBe(2)
    expect(await project.run('build')).toMatchObject({ code: 0 })
  })

  it('one that must be alone leaves with 5 and names the build', async () => {
    using project = new Project({ 'datagen.config.json': config(2) })
    await server.hold()
    await using first = startPiped(project, 'build')
    await server.untilHeld(2)
    const gc = await project.run('cache', 'gc', '--yes')
    expect(gc).toMatchObject({ code: 5, stderr: expect.stringMatching(new RegExp(`${first.pid} on `)) })
    await server.release()
    expect((await first.end()).code).toBe(0)
  })
})

describe('a store that is not for this datagen', () => {
  const USER_VERSION_AT = 60 // https://www.sqlite.org/fileformat.html#the_database_header
  const APPLICATION_ID_AT = 68

  it.each([
    ['of a newer format', USER_VERSION_AT, 999, 'written by a newer datagen'],
    ['of another program', APPLICATION_ID_AT, 7, 'not made by datagen'],
  ])('%s is refused with 6 by every command, and left as it was', async (_, at, value, words) => {
    using project = new Project({ 'datagen.config.json': config(2) })
    expect(await project.run('build')).toMatchObject({ code: 0 })
    const store = project.path('.datagen/store.db')
    const bytes = readFileSync(store)
    bytes.writeUInt32BE(value, at)
    writeFileSync(store, bytes)
    project.write('datagen.config.json', config(3))
    const names = project.names('.datagen')
    for (const command of [['build'], ['plan'], ['status'], ['explain', 't0'], ['show', 'cells']]) {
      expect(await project.run(...command), command[0]).toMatchObject({ code: 6, stderr: expect.stringContaining(words) })
    }
    expect(readFileSync(store).equals(bytes)).toBe(true)
    expect(project.names('.datagen')).toEqual(names)
    expect(await asked()).toBe(2)
  })
})
