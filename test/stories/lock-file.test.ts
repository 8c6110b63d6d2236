/** `datagen.lock`: what a dataset came out as, written when it is complete, compared by `--frozen`. */
import { mkdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const config = (more = '', use = 'openai:m') => `name: lock
models:
  m: { use: '${use}'${use === 'simulated' ? '' : `, baseUrl: '${server.url}', maxTokens: 20`} }
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
const BATCHES = 'batches:\n  one: { where: { topic: csv } }\n  rest: { after: [one] }\n'

const project = (more?: string, use?: string) => new Project({ [CONFIG]: config(more, use) })
const LOCK = 'datagen.lock'
const lock = (at: Project) => JSON.parse(at.read(LOCK))
const asked = async () => (await server.requests()).length

describe('datagen.lock', () => {
  it('is a few lines a batch, and the same build anywhere makes the same bytes', async () => {
    await server.script({ fresh: false })
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const { rows } = lock(at).batches.all
    const model = Object.keys(lock(at).batches.all.models)[0]
    expect(at.read(LOCK)).toBe(`{
  "datagen.lock": 1,
  "keyFormat": 1,
  "batches": {
    "all": {
      "cells": 3, "accepted": 3, "rejected": {},
      "rows": "${rows}",
      "models": { "${model}": 3 }
    }
  },
  "outputs": {
    "train": { "path": "data/train.jsonl", "rows": 3 }
  }
}
`)
    expect(rows).toMatch(/^[0-9a-f]{32}$/)
    using other = project()
    expect((await other.run('build')).code).toBe(0)
    expect(other.read(LOCK)).toBe(at.read(LOCK))
  })

  it('is left alone when nothing in it changed, and made again when it is gone', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const [time, text] = [at.mtime(LOCK), at.read(LOCK)]
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('build', '--no-color', '--retry')).code).toBe(0)
    expect(at.mtime(LOCK)).toBe(time)
    rmSync(at.path(LOCK))
    expect((await at.run('build')).code).toBe(0)
    expect(at.read(LOCK)).toBe(text)
    // Changed by hand: a build that finds nothing to do must not be fooled by its stamp.
    at.edit(LOCK, (now) => now.replace('"accepted": 3', '"accepted": 4'))
    expect((await at.run('build')).code).toBe(0)
    expect(at.read(LOCK)).toBe(text)
    expect(await asked()).toBe(3)
  })

  it('tells an edit: other rows, other models, what checks turned down', async () => {
    await server.script({ answers: [{ contains: 'csv', content: 'long '.repeat(60) }] })
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const before = lock(at)
    at.write(CONFIG, config('checks:\n  - { check: length, of: assistant, max: 200 }\n'))
    await at.run('build')
    const after = lock(at)
    expect(after.batches.all).toMatchObject({ cells: 3, accepted: 2, rejected: { length: 1 } })
    expect(after.batches.all.rows).not.toBe(before.batches.all.rows)
    expect(after.outputs.train).toEqual({ path: 'data/train.jsonl', rows: 2 })
    at.write(CONFIG, config())
    await at.run('build')
    expect(lock(at)).toEqual(before)
    expect(await asked()).toBe(3)
  })

  it('keeps what an incomplete batch was, drops what is gone, renews what is complete', async () => {
    using at = project(BATCHES)
    expect((await at.run('build')).code).toBe(0)
    const before = lock(at)
    expect(Object.keys(before.batches)).toEqual(['one', 'rest'])
    at.edit(CONFIG, (text) => text.replace('About', 'On'))
    expect((await at.run('build', '--only', 'one:csv')).code).toBe(0)
    const half = lock(at)
    expect(half.batches.one.rows).not.toBe(before.batches.one.rows)
    expect(half.batches.rest).toEqual(before.batches.rest)
    expect(half.outputs).toEqual(before.outputs)
    expect((await at.run('build')).code).toBe(0)
    expect(lock(at).batches.rest.rows).not.toBe(before.batches.rest.rows)
    at.write(CONFIG, config())
    await at.run('build')
    expect(Object.keys(lock(at).batches)).toEqual(['all'])
  })

  it('is not there while nothing is complete', async () => {
    using at = project()
    expect((await at.run('build', '--only', 'csv')).code).toBe(0)
    expect(at.has(LOCK)).toBe(false)
    expect((await at.run('build', '--max-calls', '1')).code).toBe(4)
    expect(at.has(LOCK)).toBe(false)
    expect((await at.run('build')).code).toBe(0)
    expect(at.has(LOCK)).toBe(true)
  })

  it('a redo shows in it', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const before = lock(at).batches.all.rows
    expect((await at.run('redo', 'csv')).code).toBe(0)
    expect(lock(at).batches.all.rows).not.toBe(before)
  })

  it('a rehearsal is named as one', async () => {
    using at = project('', 'simulated')
    expect((await at.run('build')).code).toBe(0)
    expect(lock(at).batches.all).toMatchObject({ simulated: true, models: { simulated: 3 } })
  })

  it('splits count on their own, a config of another name has its own lock, and lies beside its config', async () => {
    using at = new Project({ 'sets/small.yaml': config('outputs:\n  train: { path: out/train.jsonl, holdout: { valid: 0.5 } }\n') })
    expect((await at.run('build', '--config', 'sets/small.yaml')).code).toBe(0)
    const { outputs } = JSON.parse(at.read('sets/small.datagen.lock'))
    expect(Object.keys(outputs)).toEqual(['train', 'train/valid'])
    expect(outputs.train.rows + outputs['train/valid'].rows).toBe(3)
    expect(at.has('datagen.lock')).toBe(false)
  })

  it('a model with a hostile name cannot hide in it', async () => {
    const body = JSON.stringify({
      model: 'm\u202e"}\n\u200b',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
    })
    await server.script({ rules: [{ fault: { kind: 'body', body }, contains: 'csv' }] })
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    expect(at.read(LOCK)).not.toMatch(/[^\x20-\x7e\n]/)
    expect(Object.values(lock(at).batches.all.models).sort()).toEqual([1, 2])
  })
})

describe('--frozen', () => {
  it('passes where the lock says what the build made, and writes nothing', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const time = at.mtime(LOCK)
    expect((await at.run('build', '--frozen')).code).toBe(0)
    expect(at.mtime(LOCK)).toBe(time)
  })

  it('fails with the list where it says something else, also in the last event', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const text = at.read(LOCK)
    at.write(CONFIG, config('checks:\n  - { check: forbid, of: user, phrases: [csv] }\n'))
    const frozen = await at.run('build', '--frozen')
    expect(frozen.code).toBe(10)
    expect(frozen.stderr).toMatch(/this build does not make what datagen\.lock says/)
    expect(frozen.stderr).toMatch(/batch all +accepted 3 → 2, rejected by forbid 0 → 1, rows [0-9a-f]{8} → [0-9a-f]{8}/)
    expect(frozen.stderr).toMatch(/output train +rows 3 → 2/)
    const events = (await at.run('build', '--frozen', '--json')).stdout.trimEnd().split('\n')
    expect(events.map((line) => JSON.parse(line)).filter(({ type }) => type === 'run-end')).toEqual([
      expect.objectContaining({ exitCode: 10 }),
    ])
    expect(at.read(LOCK)).toBe(text)
    // A frozen build that failed leaves no stamp behind which the lock would stay as it is.
    expect((await at.run('build')).code).toBe(1)
    expect(lock(at).batches.all.accepted).toBe(2)
  })

  it('says that there is none to compare with, and does not fail', async () => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    rmSync(at.path(LOCK))
    expect(await at.run('build', '--frozen')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('there is no datagen.lock to compare with'),
    })
    expect(at.has(LOCK)).toBe(false)
    expect((await at.run('build')).code).toBe(0)
    expect(at.has(LOCK)).toBe(true)
  })
})

describe('a lock that cannot be read', () => {
  const conflicted = (text: string) => text.replace(/( +"rows": .*\n)/, '<<<<<<< HEAD\n$1=======\n$1>>>>>>> other\n')

  it.each<[string, (text: string) => string, RegExp]>([
    ['has merge conflicts', conflicted, /datagen\.lock has merge conflicts/],
    ['is cut off', (text) => text.slice(0, 40), /datagen\.lock is not a lock/],
    ['is something else', () => '# yarn lockfile v1\n', /datagen\.lock is not a lock/],
    ['has a number that is none', (text) => text.replace('"accepted": 3', '"accepted": -3'), /datagen\.lock is not a lock/],
  ])('%s: refused when frozen, else written anew with a notice', async (_, damage, says) => {
    using at = project()
    expect((await at.run('build')).code).toBe(0)
    const text = at.read(LOCK)
    at.edit(LOCK, damage)
    const broken = at.read(LOCK)
    expect(await at.run('build', '--frozen')).toMatchObject({ code: 2, stderr: expect.stringMatching(says) })
    expect(at.read(LOCK)).toBe(broken)
    expect(await at.run('build')).toMatchObject({ code: 0, stderr: expect.stringMatching(/it was written anew/) })
    expect(at.read(LOCK)).toBe(text)
  })

  it('is of a newer datagen: refused before anything is asked, and left as it is', async () => {
    using at = project()
    const newer = '{ "datagen.lock": 2, "keyFormat": 1, "surprise": [] }\n'
    at.write(LOCK, newer)
    for (const flags of [[], ['--frozen']])
      expect(await at.run('build', ...flags)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('written by a newer datagen (format 2)'),
      })
    expect([at.read(LOCK), await asked()]).toEqual([newer, 0])
  })

  it('is a folder: the build is kept, the error names the file', async () => {
    using at = project()
    mkdirSync(at.path(LOCK))
    const { code, stdout, stderr } = await at.run('build', '--json')
    expect([code, stderr.includes('datagen.lock')]).toEqual([6, true])
    const ends = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(ends.filter(({ type }) => type === 'run-end')).toEqual([expect.objectContaining({ exitCode: 6 })])
    rmSync(at.path(LOCK), { recursive: true })
    expect((await at.run('build')).code).toBe(0)
    expect(await asked()).toBe(3)
  })
})
