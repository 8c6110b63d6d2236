/** `datagen review`: what people say about rows is an input of the build, costs no call, and is taken back for free. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPiped } from '../rig/live.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = (more = '', guide = 'comma-separated files') => `
name: review
concurrency: 1
models: { m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20 } }
dimensions:
  topic: [{ id: csv, guide: ${guide} }, json, toml]
recipe:
  steps:
    answer: { ask: m, prompt: 'Tell me about {{ guide.topic }}.' }
  example:
    messages:
      - { role: user, content: 'What is {{ cell.topic }}?' }
      - { role: assistant, content: '{{ steps.answer }}' }
${more}`

const REVIEWS = 'datagen.reviews.jsonl'
const messages = (at: Project) =>
  at.lines('data/train.jsonl').map((line) => JSON.parse(line).messages.map((m: { content: string }) => m.content))
const meta = (at: Project) => at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line))
const calls = async () => (await server.requests()).length
const prompts = async (from = 0) => (await server.requests()).slice(from).map(({ body }) => JSON.parse(body).messages.at(-1).content)
const verdicts = (at: Project) => at.lines(REVIEWS).map((line) => JSON.parse(line))
const pending = async (at: Project) => JSON.parse((await at.run('plan', '--json')).stdout).buy.items

async function built(more = ''): Promise<Project> {
  const at = new Project({ 'datagen.config.yaml': config(more) }, { DATAGEN_REVIEWER: 'anna' })
  await at.run('build')
  expect(await calls()).toBe(3)
  return at
}
async function review(at: Project, ...args: string[]) {
  const ran = await at.run('review', ...args)
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}
/** Edits the csv row to other words. */
async function edit(at: Project, words = 'Commas.') {
  const text = (await review(at, '--print', 'csv')).replace(/### assistant\n[\s\S]*/, `### assistant\n${words}\n`)
  at.write('edited.md', text)
  return review(at, '--edit', 'csv', '--from', 'edited.md')
}

describe('a verdict', () => {
  it('of rejection takes the row out, with its reason, and taking it back brings the same bytes', async () => {
    using at = await built()
    const before = at.read('data/train.jsonl')
    expect(await review(at, '--reject', 'json', '--reason', 'too chatty')).toBe(' 1 row rejected by anna\n')
    expect(await pending(at)).toBe(0)
    const status = JSON.parse((await at.run('status', '--json')).stdout)
    expect(status.batches[0]).toMatchObject({ accepted: 2, rejected: 1, rejectedBy: { review: 1 } })
    expect(status.outputs[0].stale).toEqual(['rows would change without a call: reviews changed'])
    expect((await at.run('build')).code).toBe(0)
    expect(messages(at).map(([user]) => user)).toEqual(['What is csv?', 'What is toml?'])
    expect((await at.run('show', 'cells', 'json')).stdout).toBe('rejected  json   review: too chatty\n')
    expect((await at.run('explain', 'json')).stdout).toContain('review: too chatty')
    expect(JSON.parse(at.read('datagen.lock')).batches.all).toMatchObject({ accepted: 2, rejected: { review: 1 } })
    expect(await review(at, '--undo', 'json')).toBe(' 1 verdict of anna taken back\n')
    expect(at.read(REVIEWS)).toBe('')
    await at.run('build')
    expect(at.read('data/train.jsonl')).toBe(before)
    expect(await calls()).toBe(3)
  })

  it('is seen by the stamp: the file, its change, and its absence', async () => {
    using at = await built()
    expect((await at.run('build')).stderr).toMatch(/^✔ Up to date\. 3 cells, 1 output \(/)
    await review(at, '--reject', 'json', '--reason', 'no')
    expect((await at.run('build')).stderr).not.toMatch(/^✔ Up to date/)
    expect((await at.run('build')).stderr).toMatch(/^✔ Up to date\. 3 cells, 1 rejected, 1 output \(/)
    at.write(REVIEWS, '')
    await at.run('build')
    expect(messages(at)).toHaveLength(3)
  })

  it('of acceptance is over the checks that the reviewer saw, and over no check that comes later', async () => {
    const check = (phrase: string, severity = 'reject') => `  - { check: forbid, of: user, phrases: ['${phrase}'], severity: ${severity} }`
    using at = await built(`checks:\n${check('json')}`)
    expect(messages(at).map(([user]) => user)).toEqual(['What is csv?', 'What is toml?'])
    await review(at, '--accept', 'json')
    expect(verdicts(at)[0]).toMatchObject({ verdict: 'accept', by: 'anna', over: ['forbid'] })
    expect((await at.run('build')).code).toBe(0)
    expect(messages(at)).toHaveLength(3)
    at.write('datagen.config.yaml', config(`checks:\n${check('json')}\n${check('what is json')}`))
    await at.run('build')
    expect(messages(at)).toHaveLength(2)
    expect((await at.run('show', 'cells', 'json')).stdout).toContain('forbid-2')
    at.write('datagen.config.yaml', config(`checks:\n${check('json')}\n${check('what', 'warn')}`))
    // Warnings of the two rows that nobody accepted.
    expect((await at.run('build')).stderr).toContain('2 rows: forbid-2')
    expect(await calls()).toBe(3)
  })

  it('of acceptance lets a row stay that equals another', async () => {
    const unique = 'checks:\n  - { check: unique, of: user }'
    const same = (text: string) => text.replace('What is {{ cell.topic }}?', 'What is it?')
    using at = new Project({ 'datagen.config.yaml': same(config(unique)) }, { DATAGEN_REVIEWER: 'anna' })
    await at.run('build')
    expect(messages(at)).toHaveLength(1)
    await review(at, '--accept', 'toml')
    await at.run('build')
    expect(messages(at)).toHaveLength(2)
    // Still so when nothing is looked at anew, and when everything is.
    await review(at, '--comment', 'json', '--reason', 'seen')
    await at.run('build')
    expect(messages(at)).toHaveLength(2)
    at.write('datagen.config.yaml', same(config(`${unique}\n  - { check: length, of: user, min: 1 }`)))
    await at.run('build')
    expect(messages(at)).toHaveLength(2)
    await review(at, '--accept', 'toml')
    expect(verdicts(at).find(({ verdict }) => verdict === 'accept')).toMatchObject({ over: ['unique'], revision: 2 })
    expect(await calls()).toBe(3)
  })

  it('is about the words: another answer is not judged by it', async () => {
    using at = await built()
    await review(at, '--reject', 'json', '--reason', 'no')
    await at.run('build')
    expect((await at.run('build', '--retry')).code).toBe(0)
    expect(await prompts(3)).toEqual(['Tell me about json.'])
    expect(messages(at)).toHaveLength(3)
    expect(verdicts(at)).toHaveLength(1)
  })

  it('of two people that contradict each other: the stricter counts, and it is said', async () => {
    using at = await built()
    await review(at, '--accept', 'json')
    await review(at, '--reject', 'json', '--reason', 'wrong', '--as', 'ben')
    const ran = await at.run('build')
    expect(ran.stderr).toContain('1 row is judged differently by two people')
    expect(messages(at)).toHaveLength(2)
    expect(await review(at, '--conflicts', '--json')).toBe(
      '{"schema":1,"kind":"judgement","cell":"json","why":"anna accepted it, ben rejected it: wrong"}\n',
    )
    expect((await at.run('review', '--conflicts', '--check')).code).toBe(10)
    await review(at, '--accept', 'json', '--as', 'ben')
    expect(verdicts(at).map(({ by, verdict, revision }) => [by, verdict, revision])).toEqual([
      ['anna', 'accept', undefined],
      ['ben', 'accept', 2],
    ])
    await at.run('build')
    expect(messages(at)).toHaveLength(3)
  })
})

describe('an edit', () => {
  it('pins the row: its words are in the output, the sidecar says so, and nothing is asked for it', async () => {
    using at = await built()
    const before = at.read('data/train.jsonl')
    expect(await edit(at)).toBe(' csv edited by anna\n')
    expect(await pending(at)).toBe(0)
    expect((await at.run('build')).code).toBe(0)
    expect(messages(at)[0]).toEqual(['What is csv?', 'Commas.'])
    expect(meta(at)[0]).toEqual({ cell: { topic: 'csv' }, sample: 0, edited: 'by a person', by: 'anna', steps: {} })
    expect(JSON.parse((await at.run('show', 'example', 'csv')).stdout).messages[1].content).toBe('Commas.')
    expect((await at.run('explain', 'csv')).stdout).toContain('edited by anna: nothing is asked for it')
    expect(await at.run('redo', 'csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing is asked for those') })
    // From nothing: without columns and outputs, and without an answer of its own.
    expect((await at.run('build', '--frozen')).code).toBe(0)
    // By the file alone.
    at.write(REVIEWS, '')
    await at.run('build')
    expect(at.read('data/train.jsonl')).toBe(before)
    expect(await calls()).toBe(3)
  })

  it('is judged by its words: checks, duplicates and later verdicts look at them', async () => {
    using at = await built("checks:\n  - { check: unique, of: assistant }\n  - { check: forbid, of: assistant, phrases: ['comma'] }")
    const [, json = ''] = messages(at)[1] as [string, string]
    await edit(at)
    await at.run('build')
    expect((await at.run('show', 'cells', 'csv')).stdout).toContain('forbid: the assistant text has the phrase "comma"')
    await review(at, '--accept', 'csv')
    await at.run('build')
    expect(messages(at)).toHaveLength(3)
    await edit(at, json)
    await at.run('build')
    expect(messages(at).map(([user]) => user)).toEqual(['What is csv?', 'What is toml?'])
    expect(await calls()).toBe(3)
  })

  it('survives a change of its request, which is shown and not asked; kept, it stands on the new one; dropped, it is asked', async () => {
    using at = await built()
    await edit(at)
    await at.run('build')
    at.write('datagen.config.yaml', config('', 'files of commas'))
    expect(await pending(at)).toBe(0)
    const ran = await at.run('build')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('1 edited row no longer stands on what it was made from')
    expect(ran.stderr).toContain('the request of step "answer" changed since it was edited')
    expect(messages(at)[0]).toEqual(['What is csv?', 'Commas.'])
    expect((await at.run('status')).stdout).toContain('csv: the request of step "answer" changed since it was edited')
    expect((await at.run('plan')).stdout).toContain('1 edited row no longer stands')
    expect(await review(at, '--conflicts')).toContain('csv   the request of step "answer" changed since it was edited')

    expect(await review(at, '--keep', 'csv')).toBe(' 1 edit kept by anna\n')
    expect(await review(at, '--conflicts')).toBe(' nothing is in conflict\n')
    expect((await at.run('build')).stderr).not.toContain('no longer stands')
    expect(messages(at)[0]).toEqual(['What is csv?', 'Commas.'])
    expect(await calls()).toBe(3)

    // Undoing the change of the config is a conflict as well: the edit stands on the other request now.
    at.write('datagen.config.yaml', config())
    expect((await at.run('build')).stderr).toContain('no longer stands')
    at.write('datagen.config.yaml', config('', 'files of commas'))
    expect(await review(at, '--drop', 'csv')).toBe(' 1 edit dropped\n')
    expect(await pending(at)).toBe(1)
    await at.run('build')
    expect(await prompts(3)).toEqual(['Tell me about files of commas.'])
    expect(messages(at)[0]?.[1]).not.toBe('Commas.')
  })

  it('is shown when another answer counts, and when its cell is gone', async () => {
    using at = await built()
    await edit(at)
    await at.run('build')
    at.write('datagen.config.yaml', config().replace('What is {{ cell.topic }}?', 'And {{ cell.topic }}?'))
    expect((await at.run('build')).stderr).toContain('its recipe makes something else of it since it was edited')
    at.write('datagen.config.yaml', config().replace('{ id: csv, guide: comma-separated files }, ', ''))
    expect((await at.run('build')).stderr).toContain('its cell is no longer planned')
    expect(await at.run('review', '--keep', 'csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('no longer planned') })
    await review(at, '--drop', 'csv')
    expect((await at.run('build')).stderr).not.toContain('no longer')
    expect(await calls()).toBe(3)
  })

  it('of the same words is none, and one back to the original takes the edit back', async () => {
    using at = await built()
    const original = await review(at, '--print', 'csv')
    at.write('edited.md', original)
    expect(await review(at, '--edit', 'csv', '--from', 'edited.md')).toBe(' nothing was changed\n')
    expect(at.has(REVIEWS)).toBe(false)
    await edit(at)
    at.write('edited.md', original)
    expect(await review(at, '--edit', 'csv', '--from', 'edited.md')).toBe(' csv is again as its recipe makes it\n')
    expect(at.read(REVIEWS)).toBe('')
  })

  it('that cannot be read says where, and changes nothing', async () => {
    using at = await built()
    expect(await at.run('review', '--edit', 'csv', '--from', 'none.md')).toMatchObject({ code: 2 })
    at.write('edited.md', '### usr\nx\n')
    const wrong = await at.run('review', '--edit', 'csv', '--from', 'edited.md')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('edited.md:1')
    expect(at.has(REVIEWS)).toBe(false)
  })
})

describe('the reviews file', () => {
  it('is followed by `watch`: also when it comes into being', async () => {
    using at = await built()
    await using live = startPiped(at, 'watch')
    await live.until('up to date: 3 cells; watching')
    await review(at, '--reject', 'json', '--reason', 'no')
    await live.until('up to date: 3 cells, 1 rejected; watching')
    expect(messages(at)).toHaveLength(2)
    live.signal('SIGINT')
    await live.end()
    expect(await calls()).toBe(3)
  })

  it('that is broken stops every command before anything is bought, and is left as it is', async () => {
    using at = new Project({ 'datagen.config.yaml': config() }, { DATAGEN_REVIEWER: 'anna' })
    at.write(REVIEWS, '<<<<<<< HEAD\n{}\n')
    for (const args of [['build'], ['plan'], ['status'], ['review', '--list'], ['review', '--accept', 'csv']]) {
      const ran = await at.run(...args)
      expect([args, ran.code]).toEqual([args, 2])
      expect(ran.stderr).toContain('datagen.reviews.jsonl has merge conflicts')
      expect(ran.stderr).toContain('datagen.reviews.jsonl:1')
    }
    expect(at.read(REVIEWS)).toBe('<<<<<<< HEAD\n{}\n')
    expect(at.has('.datagen')).toBe(false)
    expect(await calls()).toBe(0)
  })

  it('cannot be an output', async () => {
    using at = new Project({ 'datagen.config.yaml': config('outputs: { train: { path: datagen.reviews.jsonl } }') })
    expect(await at.run('build')).toMatchObject({ code: 2, stderr: expect.stringContaining('is where reviews are kept') })
  })
})

describe('approval', () => {
  it('is of the rows as they are, and only of a complete batch', async () => {
    using at = new Project({ 'datagen.config.yaml': config() }, { DATAGEN_REVIEWER: 'anna' })
    expect(await at.run('review', '--approve', 'all')).toMatchObject({ code: 2, stderr: expect.stringContaining('is not complete') })
    await at.run('build')
    expect(await review(at, '--approve', 'all')).toBe(' batch all with its 3 rows approved by anna\n')
    expect(verdicts(at)).toEqual([
      { accepted: 3, batch: 'all', by: 'anna', rows: JSON.parse(at.read('datagen.lock')).batches.all.rows, verdict: 'approve' },
    ])
    expect((await at.run('review', '--approve', 'al')).stderr).toContain('did you mean "all"?')
    expect(await calls()).toBe(3)
  })
})

describe('a list', () => {
  it('has what nobody reviewed, or everything, with what there is to know as JSON', async () => {
    using at = await built()
    expect(
      (await review(at, '--list'))
        .split('\n')
        .slice(0, -1)
        .map((line) => line.trim().split(/\s+/))
        .sort(),
    ).toEqual([
      ['unreviewed', 'csv'],
      ['unreviewed', 'json'],
      ['unreviewed', 'toml'],
    ])
    await review(at, '--accept', 'json')
    await review(at, '--comment', 'json', '--reason', 'nice')
    expect(await review(at, '--list')).not.toContain('json')
    expect((await review(at, '--list', '--all')).split('\n')[2]).toBe('accepted    json')
    const [row] = (await review(at, '--json', '--only', 'json'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(row).toMatchObject({ batch: 'all', cell: { topic: 'json' }, standing: 'accepted', accepted: true, findings: [] })
    expect(row.verdicts.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['comment', 'accept'])
  })

  it('refuses what means nothing, with what was meant', async () => {
    using at = await built()
    for (const [args, words] of [
      [['--accept', 'csv', '--undo', 'csv'], 'cannot be done at once'],
      [['--reject', 'csv'], '--reject needs words'],
      [['--accept', 'cvs'], 'did you mean "csv"?'],
      [['al'], 'did you mean "all"?'],
      [['--edit', 'csv'], 'there is no terminal to edit in'],
      [['--keep', 'csv'], 'no edit in "csv" is in conflict'],
      [['--drop', 'csv'], 'no row in "csv" is edited'],
      [['--accept', 'csv', '--as', ' '], 'cannot be the name of a reviewer'],
    ] as const) {
      const ran = await at.run('review', ...args)
      expect([args, ran]).toMatchObject([args, { code: 2, stdout: '' }])
      expect(ran.stderr).toContain(words)
    }
    expect(at.has(REVIEWS)).toBe(false)
  })
})
