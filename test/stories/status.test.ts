/** `datagen status`: how everything stands, and why an output is stale; nothing is asked and nothing written. */
import { rmSync, utimesSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = (more = '') => `name: status
models:
  m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20 }
dimensions:
  topic: [csv, json, xml]
recipe:
  steps:
    answer: { ask: m, prompt: 'About {{ cell.topic }}.' }
  example:
    messages:
      - { role: user, content: '{{ cell.topic }}' }
      - { role: assistant, content: '{{ steps.answer }}' }
${more}`
const CONFIG = 'datagen.config.yaml'
const TRAIN = 'data/train.jsonl'
const CHECK = 'checks:\n  - { check: forbid, of: user, phrases: [csv] }\n'

async function built(more?: string): Promise<Project> {
  const at = new Project({ [CONFIG]: config(more) })
  expect((await at.run('build')).code).toBe(0)
  return at
}
async function status(at: Project) {
  const before = at.names('.').concat(at.names('data'))
  const calls = (await server.requests()).length
  const { code, stdout, stderr } = await at.run('status', '--json')
  expect([code, stderr]).toEqual([0, ''])
  expect([at.names('.').concat(at.names('data')), (await server.requests()).length]).toEqual([before, calls])
  return JSON.parse(stdout)
}
const stale = async (at: Project) => (await status(at)).outputs[0].stale

describe('status', () => {
  it('is short and aligned, and complete as JSON', async () => {
    using at = await built()
    const { stdout } = await at.run('status')
    expect(stdout.replace(/20\d\d-[0-9T:.-]+Z/, 'TIME').replace(/\d+ KB/, 'N KB')).toBe(
      [
        ' output  data/train.jsonl   up to date, 3 rows, written TIME',
        ' batch   all                3 of 3 accepted',
        ' lock    datagen.lock       says the same',
        ' store   3 answers, N KB',
        '',
      ].join('\n'),
    )
    expect(await status(at)).toMatchObject({
      schema: 1,
      dataset: 'status',
      outputs: [{ output: 'train', path: TRAIN, change: 'unchanged', complete: true, rows: 3, stale: [] }],
      batches: [{ batch: 'all', items: 3, accepted: 3, rejected: 0, failed: 0, pending: 0, rejectedBy: {}, reasons: [] }],
      lock: { path: 'datagen.lock', state: 'current', changes: [] },
      builds: [],
      store: { responses: 3 },
      problems: [],
    })
  })

  it('a new value and an edited prompt: how many cells, for which reason', async () => {
    using at = await built()
    at.edit(CONFIG, (text) => text.replace('[csv, json, xml]', '[csv, json, xml, toml]'))
    expect(await stale(at)).toEqual(['1 cell to ask: new'])
    at.edit(CONFIG, (text) => text.replace('About', 'On'))
    expect(await stale(at)).toEqual(['3 cells to ask: the prompt of step "answer" changed', '1 cell to ask: new'])
    const { stdout } = await at.run('status')
    expect(stdout).toMatch(/data\/train\.jsonl {3}out of date, written .*\n {11}3 cells to ask: the prompt of step "answer" changed\n/)
    expect(await status(at)).toMatchObject({
      outputs: [{ complete: false, change: 'will change' }],
      lock: { state: 'waiting', changes: [] },
    })
  })

  it('a file that is gone', async () => {
    using at = await built()
    rmSync(at.path(TRAIN))
    expect(await stale(at)).toEqual(['the file is missing'])
    expect((await status(at)).outputs[0]).toMatchObject({ rows: 3, written: null })
  })

  it('a split whose file is gone is named', async () => {
    using at = await built('outputs:\n  train: { path: data/train.jsonl, holdout: { valid: 0.4 } }\n')
    rmSync(at.path('data/valid.jsonl'))
    expect(await stale(at)).toEqual(['the file of train/valid is missing'])
  })

  it('a file that was changed by hand, or only touched', async () => {
    using at = await built()
    utimesSync(at.path(TRAIN), new Date(), new Date())
    expect(await stale(at)).toEqual([])
    for (const by of ['CSV', 'comma']) {
      at.edit(TRAIN, (text) => text.replace(/csv|CSV/, by))
      expect(await stale(at)).toEqual(['the file was changed by hand'])
    }
    // Behind a build that made no stamp, the difference may be that build's own.
    at.edit(CONFIG, (text) => text.replace('[csv, json, xml]', '[csv, json, xml, toml]'))
    await at.run('build', '--max-calls', '1', '--only', 'toml')
    at.edit(CONFIG, (text) => text.replace('[csv, json, xml, toml]', '[csv, json, xml]'))
    expect(await stale(at)).toEqual(['rows would change without a call: other cells are wanted'])
  })

  it('checks that changed: rows would change without a call', async () => {
    using at = await built()
    at.write(CONFIG, config(CHECK))
    expect(await stale(at)).toEqual(['rows would change without a call: checks changed'])
    const { batches, lock, problems } = await status(at)
    expect(batches[0]).toMatchObject({ accepted: 2, rejected: 1, rejectedBy: { forbid: 1 } })
    expect(problems).toEqual([expect.objectContaining({ code: 'forbid', count: 1 })])
    expect(lock).toMatchObject({
      state: 'behind',
      changes: [
        ['batch all', expect.stringContaining('accepted 3 → 2')],
        ['output train', 'rows 3 → 2'],
      ],
    })
    expect((await at.run('status')).stdout).toContain('2 of 3 accepted, 1 rejected (1 by forbid)')
  })

  it.each<[string, (text: string) => string, string]>([
    [
      'the example',
      (t) => t.replace("content: '{{ cell.topic }}'", "content: '{{ cell.topic }}?'"),
      'the example changed, which answers count, or what a person edited',
    ],
    ['fewer cells', (t) => t.replace('[csv, json, xml]', '[csv, json]'), 'other cells are wanted'],
    [
      'what goes into the output',
      (t) => `${t}outputs:\n  train: { path: data/train.jsonl, where: { topic: csv } }\n`,
      'where, holdout or the order of its rows changed',
    ],
  ])('%s: rows would change without a call', async (_, edit, why) => {
    using at = await built()
    at.edit(CONFIG, edit)
    expect(await stale(at)).toEqual([`rows would change without a call: ${why}`])
  })

  it('a redo that is not finished', async () => {
    using at = await built()
    await server.script({ rules: [{ contains: 'About csv', fault: { kind: 'status', status: 400 } }] })
    await at.run('redo', 'csv')
    expect(await stale(at)).toEqual(['1 cell to ask: step "answer" is asked again on purpose'])
  })

  it.each([
    ['{', 'broken'],
    ['<<<<<<< HEAD\n', 'conflict'],
    ['{"datagen.lock":2,"keyFormat":1}', 'newer'],
  ])('a lock that reads %j is told, not believed', async (text, state) => {
    using at = await built()
    at.write('datagen.lock', text)
    expect((await status(at)).lock).toEqual({ path: 'datagen.lock', state, changes: [] })
  })

  it('before the first build nothing is there, and nothing is made', async () => {
    using at = new Project({ [CONFIG]: config() })
    expect(await status(at)).toMatchObject({
      outputs: [{ change: 'new', complete: false, written: null, stale: ['3 cells to ask: new', 'the file is missing'] }],
      lock: { state: 'none' },
    })
    expect((await at.run('status')).stdout).not.toMatch(/lock|missing/)
  })
})
