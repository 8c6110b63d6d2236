/** `datagen watch`: a save is planned and what is free is run; money is spent on Enter, or within a limit for the session. */
import { renameSync, utimesSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startInPty, startPiped } from '../rig/live.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { until } from '../rig/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = () => `
import { defineConfig, file } from 'datagen'
import { topics } from './parts/topics.ts'

const tone = file('tone.txt')
const extra = file.maybe('notes/extra.txt') ?? ''

export default defineConfig({
  name: 'watched',
  concurrency: 2,
  models: { m: { use: 'openai:m', baseUrl: '${server.url}' } },
  dimensions: { topic: topics, form: ['question', 'command'] },
  recipe: {
    steps: { answer: { ask: 'm', prompt: ({ cell }) => \`A \${cell.form} on \${cell.topic}. \${tone}\${extra}\` } },
    example: ({ cell, steps }) => ({
      messages: [
        { role: 'user', content: \`\${cell.topic} \${cell.form}\` },
        { role: 'assistant', content: String(steps.answer) },
      ],
    }),
  },
})
`
const files = () => ({
  'datagen.config.ts': config(),
  'parts/topics.ts': "export const topics = ['csv', 'json']\n",
  'tone.txt': 'Be brief.',
})

/** Shown when a save has been dealt with. */
const OFFER = /Enter generates \d+ cells?/
const SETTLED = 'watching for changes, q leaves'
const PLAIN = ['--reporter', 'plain']

const asked = async () => (await server.requests()).length

/** A project whose cells are all built. */
async function built(): Promise<Project> {
  const project = new Project(files())
  expect(await project.run('build')).toMatchObject({ code: 0 })
  await server.reset()
  return project
}

const runs = (project: Project) => project.names('.datagen/runs').length

describe('a save', () => {
  it('is planned and what is free is run, soon and without a request', async () => {
    using project = await built()
    await using live = startInPty(project, 'watch')
    await live.until(SETTLED)
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const from = performance.now()
      project.edit('datagen.config.ts', (text) => text.replace(/content: `[^`]*`/, `content: \`${i}: \${cell.topic}\``))
      await live.until(SETTLED)
      times.push(Math.round(performance.now() - from))
      expect(project.lines('data/train.jsonl')[0]).toContain(`"${i}: csv"`)
    }
    const middle = times.toSorted((a, b) => a - b)[2] as number
    console.log(`save to shown: ${times.join(', ')} ms; median ${middle} ms, target 300 ms`)
    expect(middle).toBeLessThan(2_000)
    expect(await asked()).toBe(0)
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  })

  it.each([
    [
      'of an imported file',
      (project: Project) => project.edit('parts/topics.ts', (text) => text.replace("'json'", "'json', 'xml'")),
      'Enter generates 2 cells',
    ],
    ['of a file the config reads', (project: Project) => project.write('tone.txt', 'Be long.'), 'Enter generates 4 cells'],
    [
      'that makes a file the config looked for',
      (project: Project) => project.write('notes/extra.txt', 'And kind.'),
      'Enter generates 4 cells',
    ],
    [
      'that replaces the file, as many editors do',
      (project: Project) => {
        project.write('.tone.swp', 'Be loud.')
        renameSync(project.path('.tone.swp'), project.path('tone.txt'))
      },
      'Enter generates 4 cells',
    ],
  ])('%s is noticed, and offered without being asked for', async (_, save, offer) => {
    using project = await built()
    await using live = startInPty(project, 'watch')
    await live.until(SETTLED)
    save(project)
    await live.until(offer)
    expect(await asked()).toBe(0)
    // And a second one of the same file, which was followed anew.
    project.edit('datagen.config.ts', (text) => text.replace(' on $', ' about $'))
    await live.until(OFFER)
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  })

  it('of a script that a run step names is noticed', async () => {
    const recipe = {
      steps: { sum: { run: [process.execPath, 'sum.mjs'] } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.sum }}' },
        ],
      },
    }
    using project = new Project({
      'datagen.config.json': JSON.stringify({ name: 'runs', dimensions: { topic: ['csv', 'json'] }, recipe }),
      'sum.mjs': "console.log('1')",
    })
    expect(await project.run('build')).toMatchObject({ code: 0 })
    await using live = startInPty(project, 'watch', ...PLAIN)
    await live.until(SETTLED)
    project.write('sum.mjs', "console.log('2')")
    await live.until('Enter generates 2 cells')
    live.press('\r')
    await live.until(SETTLED)
    expect(project.lines('data/train.jsonl').map((line) => JSON.parse(line).messages[1].content)).toEqual(['2', '2'])
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  })

  it('that changes no byte starts nothing, and neither do the outputs', async () => {
    using project = await built()
    await using live = startPiped(project, 'watch')
    await live.until(SETTLED)
    const before = runs(project)
    live.forget()
    utimesSync(project.path('tone.txt'), new Date(), new Date())
    project.write('datagen.config.ts', project.read('datagen.config.ts'))
    project.write('data/train.jsonl', 'mine now\n')
    project.write('.datagen/note', 'x')
    // Absence has no event: this is longer than a save takes to be seen.
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(live.fresh).toBe('')
    expect(runs(project)).toBe(before)
    project.write('tone.txt', 'Be long.')
    await live.until('to generate from here, use --yes with --budget or --max-calls')
    live.signal('SIGINT')
    expect((await live.end()).code).toBe(130)
    expect(await asked()).toBe(0)
  })

  it('that breaks the config shows the error; the next one recovers', async () => {
    using project = await built()
    await using live = startInPty(project, 'watch')
    await live.until(SETTLED)
    const good = project.read('datagen.config.ts')
    project.write('datagen.config.ts', good.replace("name: 'watched'", "nam: 'watched'"))
    expect(await live.until(SETTLED)).toMatch(/error: .*"nam"[\s\S]*datagen\.config\.ts:9:3/)
    project.write('datagen.config.ts', `${good}\nimport { nothing } from './nothing.ts'\nvoid nothing\n`)
    expect(await live.until(SETTLED)).toContain('nothing.ts')
    project.write('nothing.ts', 'export const nothing = 0\n')
    expect(await live.until(SETTLED)).toContain('up to date: 4 cells')
    project.edit('parts/topics.ts', (text) => text.replace("'json'", "'jso"))
    expect(await live.until(SETTLED)).toMatch(/topics\.ts:1/)
    project.edit('parts/topics.ts', (text) => text.replace("'jso", "'json', 'xml'"))
    await live.until('Enter generates 2 cells')
    expect(await asked()).toBe(0)
    live.press('\x03')
    expect(await live.end()).toMatchObject({ code: 130, restored: true })
  })
})

describe('spending', () => {
  it('waits for Enter; other keys do nothing', async () => {
    using project = new Project(files())
    await using live = startInPty(project, 'watch', ...PLAIN)
    await live.until('Enter generates 4 cells')
    expect(project.has('data/train.jsonl')).toBe(false)
    live.press('xy ')
    live.press('\r')
    await live.until(SETTLED)
    expect(await asked()).toBe(4)
    expect(project.lines('data/train.jsonl').length).toBe(4)
    live.press('\r')
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
    expect(await asked()).toBe(4)
  })

  it('on the live screen, with the terminal given back in between', async () => {
    using project = new Project(files())
    await using live = startInPty(project, 'watch')
    await live.until(OFFER)
    await server.hold()
    live.press('\r')
    await server.untilHeld(2)
    await live.until('\x1b[?25l')
    await server.release()
    await live.until(SETTLED)
    project.write('tone.txt', 'Be long.')
    await live.until('Enter generates 4 cells')
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  })

  it('--yes spends by itself, up to its limit for the whole session', async () => {
    using project = new Project(files())
    await using live = startPiped(project, 'watch', '--yes', '--max-calls', '5')
    await live.until(SETTLED)
    expect(await asked()).toBe(4)
    project.edit('parts/topics.ts', (text) => text.replace("'json'", "'json', 'xml', 'yaml'"))
    await live.until(SETTLED)
    expect(await asked()).toBe(5)
    project.edit('parts/topics.ts', (text) => text.replace("'yaml'", "'yaml', 'toml'"))
    await live.until('the limit of this session is used up')
    expect(await asked()).toBe(5)
    live.signal('SIGINT')
    expect((await live.end()).code).toBe(130)
    expect(await asked()).toBe(5)
  })

  it('without a terminal and without --yes: nothing is bought', async () => {
    using project = new Project(files())
    await using live = startPiped(project, 'watch')
    await live.until('use --yes with --budget or --max-calls')
    live.press('\n')
    live.signal('SIGTERM')
    expect((await live.end()).code).toBe(130)
    expect(await asked()).toBe(0)
  })
})

describe('an edit during a build', () => {
  it('lets what is in flight end; what both plans share is asked once', async () => {
    using project = new Project(files())
    await using live = startInPty(project, 'watch', ...PLAIN)
    await live.until('Enter generates 4 cells')
    await server.hold()
    live.press('\r')
    await server.untilHeld(2)
    project.edit('parts/topics.ts', (text) => text.replace("'json'", "'json', 'xml'"))
    await live.until('planning again')
    expect(await server.held()).toBe(2)
    await server.release()
    await live.until('Enter generates 4 cells')
    expect(await asked()).toBe(2)
    live.press('\r')
    await live.until(SETTLED)
    const bodies = (await server.requests()).map(({ body }) => body)
    expect(bodies.length).toBe(6)
    expect(new Set(bodies).size).toBe(6)
    expect(project.lines('data/train.jsonl').length).toBe(6)
    live.press('q')
    expect(await live.end()).toMatchObject({ code: 0, restored: true })
  })

  it('with --yes goes on by itself with the new plan', async () => {
    using project = new Project(files())
    await server.hold()
    await using live = startPiped(project, 'watch', '--yes', '--max-calls', '100')
    await server.untilHeld(2)
    project.write('tone.txt', 'Be long.')
    await live.until('planning again')
    await server.release()
    await until('the new plan to be built', () => project.has('data/train.jsonl'))
    await live.until(SETTLED)
    const bodies = (await server.requests()).map(({ body }) => body)
    expect(bodies.filter((body) => body.includes('Be long.')).length).toBe(4)
    expect(bodies.length).toBe(6)
    live.signal('SIGINT')
    expect((await live.end()).code).toBe(130)
  })

  it('Ctrl-C during a build: what is in flight is kept, 130', async () => {
    using project = new Project(files())
    await using live = startInPty(project, 'watch')
    await live.until(OFFER)
    await server.hold()
    live.press('\r')
    await server.untilHeld(2)
    await live.until('\x1b[?25l')
    live.press('\x03')
    await live.until(/stopp/i)
    await server.release()
    expect(await live.end()).toMatchObject({ code: 130, restored: true })
    await server.reset()
    expect(await project.run('build')).toMatchObject({ code: 0 })
    expect(await asked()).toBe(2)
  })
})
