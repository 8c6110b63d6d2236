/** `datagen cache` as a person uses it: nothing that was paid for is lost, and what it says is exact. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ollamaAt } from '../rig/ollama.ts'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const PRICE = 'price: { input: 1000, output: 10000 }' // dollars for a million tokens: an answer of 12 tokens costs $0.12

const config = (topics = ['csv', 'json']) => `import { defineConfig } from 'datagen'

export default defineConfig({
  name: 'cache',
  concurrency: 4,
  models: { m: { use: 'openai:m', baseUrl: '${server.url}', identity: 'here', maxTokens: 20, ${PRICE} } },
  dimensions: { topic: ${JSON.stringify(topics)}, form: ['question', 'command'] },
  recipe: {
    steps: {
      user: { ask: 'm', prompt: 'A {{ cell.form }} about {{ cell.topic }}.' },
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
const OUTPUT = 'data/train.jsonl'
const STORE = '.datagen/store.db'

const project = (text = config()) => new Project({ 'datagen.config.ts': text })
const asked = async () => (await server.requests()).length
const json = (text: string) => JSON.parse(text)
const built = async (at: Project, ...flags: string[]) => expect(await at.run('build', ...flags)).toMatchObject({ code: 0 })

/** What a build asks now. */
async function bought(at: Project, ...flags: string[]): Promise<number> {
  const before = await asked()
  await built(at, ...flags)
  return (await asked()) - before
}

/** Flips a bit of the first kept answer that holds this text. */
function damage(at: Project, text: string): void {
  const bytes = readFileSync(at.path(STORE))
  const place = bytes.indexOf(text)
  expect(place).toBeGreaterThan(0)
  bytes[place] = (bytes[place] as number) ^ 1
  writeFileSync(at.path(STORE), bytes)
}

describe('cache', () => {
  it('without a word says what there is; a slip of the finger is met with the right word', async () => {
    using at = new Project()
    const help = await at.run('cache')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['stats', 'verify', 'gc', 'export', 'import']) expect(help.stdout).toMatch(new RegExp(`^ +${word} `, 'm'))
    expect(await at.run('cache', 'veryfy')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('did you mean "verify"?'),
    })
    expect(await at.run('cache', 'gc', '--keep-day', '1')).toMatchObject({ code: 2, stderr: expect.stringContaining('--keep-days') })
    expect(await at.run('cache', 'gc', '--keep-days', 'x')).toMatchObject({ code: 2, stderr: expect.stringContaining('whole number') })
    expect(await at.run('cache', 'stats')).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no datagen config here') })
    expect(at.names()).toEqual([])
  })

  it.each([['stats'], ['verify'], ['gc'], ['export', 'a.jsonl']])(
    '%s before the first build says so and makes nothing',
    async (...words) => {
      using at = project()
      expect(await at.run('cache', ...words)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('there is no store yet'),
      })
      expect(at.names()).toEqual(['datagen.config.ts'])
    },
  )
})

describe('stats', () => {
  it('counts answers, money, steps, models and runs, without evaluating the config', async () => {
    using at = project()
    await built(at, '--only', 'csv')
    await built(at)
    at.write('datagen.config.ts', 'throw new Error("never evaluated")')
    const ran = await at.run('cache', 'stats', '--json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    const stats = json(ran.stdout)
    expect(stats).toMatchObject({
      schema: 1,
      answers: { answers: 8, unpriced: 0 },
      steps: [
        { step: 'answer', answers: 4 },
        { step: 'user', answers: 4 },
      ],
      spare: { answers: 0 },
      requests: 8,
      runs: 2,
      damaged: 0,
      orphans: 0,
      rescued: 0,
      unreadable: 0,
    })
    const usd = (list: { usd: number }[]) => list.reduce((sum, one) => sum + one.usd, 0)
    expect(usd(stats.steps)).toBeCloseTo(stats.answers.usd, 9)
    expect(usd(stats.models)).toBeCloseTo(stats.answers.usd, 9)
    expect(stats.models.map(({ answers }: { answers: number }) => answers)).toEqual([8])
    expect([stats.oldestRun.answers, stats.newestRun.answers]).toEqual([4, 4])
    expect(stats.fileBytes).toBeGreaterThan(stats.answers.bytes + stats.requestBytes)
    const { stdout } = await at.run('cache', 'stats')
    expect(stdout).toMatch(/^ answers {4}8 answers, [\d.]+ KB, \$\d\.\d\d; /)
    expect(stdout).toMatch(/^ orphans {4}none$/m)
  })

  it('counts what datagen decided about waiting batches apart from what was answered', async () => {
    const batches = 'batches: { first: { size: 2 }, more: { gaps: { strength: 1 }, size: 2 } }, recipe: {'
    using at = project(config().replace('recipe: {', batches))
    await built(at)
    const stats = json((await at.run('cache', 'stats', '--json')).stdout)
    expect(stats.answers.answers).toBe(await asked())
    expect(stats.steps.map(({ step }: { step: string }) => step)).toEqual(['answer', 'user'])
    expect(stats.decisions).toBeGreaterThan(0)
    expect((await at.run('cache', 'stats')).stdout).toMatch(/^ decisions {2}\d+ about waiting batches/m)
  })
})

describe('verify', () => {
  it('finds one flipped bit, names its key, sets it aside on demand, and exactly that answer is bought again', async () => {
    using at = project()
    await built(at)
    expect(await at.run('cache', 'verify')).toMatchObject({ code: 0, stdout: ' sound: 8 answers, 8 requests\n', stderr: '' })
    const [{ key }] = at.lines(OUTPUT.replace('jsonl', 'meta.jsonl')).map((line) => json(line).steps.answer) as [{ key: string }]
    const content = json(at.lines(OUTPUT)[0] as string).messages[1].content as string
    damage(at, JSON.stringify(content).slice(1, -1))
    const bytes = readFileSync(at.path(STORE))
    const found = await at.run('cache', 'verify')
    expect(found).toMatchObject({ code: 6, stderr: expect.stringContaining('verify --repair') })
    expect(found.stdout).toContain(`answer    ${key.slice(0, 8)}`)
    expect(json((await at.run('cache', 'verify', '--json')).stdout)).toMatchObject({
      sound: false,
      answers: 8,
      findings: [{ what: 'answer', key: key.slice(0, 8), why: 'its checksum does not match', repair: 'set-aside' }, { what: 'totals' }],
    })
    expect(readFileSync(at.path(STORE)).equals(bytes)).toBe(true)
    const mended = await at.run('cache', 'verify', '--repair')
    expect(mended).toMatchObject({ code: 0, stderr: expect.stringContaining('will set 1 damaged value aside') })
    expect(mended.stdout).toContain('sound: 7 answers, 8 requests; 1 value set aside as damaged')
    expect(await at.run('cache', 'verify')).toMatchObject({ code: 0 })
    expect(await bought(at)).toBe(1)
    expect(await bought(at)).toBe(0)
  })

  it('says what to do with a file that is no store at all', async () => {
    using at = project()
    await built(at)
    writeFileSync(at.path(STORE), 'not a database')
    const ran = await at.run('cache', 'verify')
    expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining('cache import') })
    expect(ran.stdout).toContain('it is not an SQLite database')
  })

  it('does not repair while a build is at work, but verifies', async () => {
    using at = project()
    await server.hold()
    const running = at.start('build')
    await server.untilHeld(1)
    expect(await at.run('cache', 'verify')).toMatchObject({ code: 0 })
    expect(await at.run('cache', 'verify', '--repair')).toMatchObject({ code: 5, stderr: expect.stringContaining('a build is at work') })
    await server.release()
    expect((await running).exitCode).toBe(0)
  })
})

describe('gc', () => {
  it('says what would go and changes nothing; with --yes it goes, a build buys nothing, and an older config buys it again', async () => {
    using at = project(config(['csv', 'json', 'xml']))
    await built(at)
    at.write('datagen.config.ts', config())
    await built(at)
    const rows = at.read(OUTPUT)
    const dry = await at.run('cache', 'gc')
    expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('add --yes') })
    expect(dry.stdout).toMatch(
      /^ would go {3}4 answers, [\d.]+ (K?)B, \$0\.\d\d\n {3}step answer {3}2 answers.*\n {3}step user {3}2 answers.*\n {3}from runs of /,
    )
    expect(dry.stdout).toMatch(/^ stays {6}8 answers/m)
    expect(json((await at.run('cache', 'stats', '--json')).stdout).answers.answers).toBe(12)
    const gone = await at.run('cache', 'gc', '--yes', '--json')
    expect(gone).toMatchObject({ code: 0, stderr: '' })
    expect(json(gone.stdout)).toMatchObject({
      dryRun: false,
      goes: {
        answers: 4,
        steps: [
          { step: 'answer', answers: 2 },
          { step: 'user', answers: 2 },
        ],
      },
      stays: { answers: 8 },
      requests: { requests: 4 },
    })
    expect(json((await at.run('cache', 'stats', '--json')).stdout)).toMatchObject({ answers: { answers: 8 }, requests: 8 })
    expect(await at.run('cache', 'verify')).toMatchObject({ code: 0 })
    expect(await at.run('cache', 'gc')).toMatchObject({ code: 0, stdout: expect.stringContaining('would go   0 answers'), stderr: '' })
    at.write(OUTPUT, '')
    expect(await bought(at)).toBe(0)
    expect(at.read(OUTPUT)).toBe(rows)
    at.write('datagen.config.ts', config(['csv', 'json', 'xml']))
    expect(await bought(at)).toBe(4)
  })

  it('keeps what any of several configs in one folder needs', async () => {
    using at = project(config(['csv', 'json', 'xml']))
    at.write(
      'other.config.ts',
      config(['json', 'yaml']).replace("name: 'cache'", "name: 'other', outputs: { other: { path: 'data/other.jsonl' } }"),
    )
    await built(at)
    await built(at, '--config', 'other.config.ts')
    at.write('datagen.config.ts', config(['csv']))
    expect(json((await at.run('cache', 'gc', '--json')).stdout).goes.answers).toBe(12)
    const both = ['--config', 'datagen.config.ts', '--config', 'other.config.ts']
    expect(json((await at.run('cache', 'gc', '--yes', '--json', ...both)).stdout).goes.answers).toBe(4)
    expect(await bought(at)).toBe(0)
    expect(await bought(at, '--config', 'other.config.ts')).toBe(0)
    at.write('apart/datagen.config.ts', config(['csv']))
    expect(await at.run('cache', 'gc', '--yes', '--config', 'datagen.config.ts', '--config', 'apart/datagen.config.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('do not share one store'),
    })
  })

  it('deletes nothing when a config cannot be loaded', async () => {
    using at = project()
    await built(at)
    at.write('broken.config.ts', 'export default {')
    const flags = ['--yes', '--config', 'datagen.config.ts', '--config', 'broken.config.ts']
    expect(await at.run('cache', 'gc', ...flags)).toMatchObject({ code: 2, stdout: '' })
    at.edit('datagen.config.ts', (text) => text.replace('cell.topic', 'cell.topci'))
    expect(await at.run('cache', 'gc', '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('topci') })
    expect(json((await at.run('cache', 'stats', '--json')).stdout).answers.answers).toBe(8)
  })

  it('waits for nobody: a running build means exit 5, and who it is', async () => {
    using at = project()
    await built(at)
    at.write('datagen.config.ts', config(['xml']))
    await server.hold()
    const running = at.start('build')
    await server.untilHeld(1)
    expect(await at.run('cache', 'gc', '--yes')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`a build is at work[\\s\\S]*${running.pid} on `)),
    })
    expect(await at.run('cache', 'gc')).toMatchObject({ code: 0, stdout: expect.stringContaining('would go   8 answers') })
    await server.release()
    expect((await running).exitCode).toBe(0)
    expect(json((await at.run('cache', 'stats', '--json')).stdout).answers.answers).toBe(12)
  })

  it('keeps answers that were rejected, young, or of the newest runs', async () => {
    using at = project(config())
    await server.script({ rules: [{ fault: { kind: 'refusal' }, contains: 'A question about csv' }] })
    expect((await at.run('build')).code).toBe(1)
    const calls = await asked()
    expect(json((await at.run('cache', 'gc', '--json')).stdout).goes.answers).toBe(0)
    expect((await at.run('cache', 'gc', '--yes')).code).toBe(0)
    expect((await at.run('build')).code).toBe(1)
    expect(await asked()).toBe(calls)
    at.write('datagen.config.ts', config(['xml']))
    await built(at)
    at.write('datagen.config.ts', config(['yaml']))
    const goes = async (...flags: string[]) => json((await at.run('cache', 'gc', '--json', ...flags)).stdout).goes.answers
    expect(await goes()).toBe(calls + 4)
    expect(await goes('--keep-runs', '1')).toBe(calls)
    expect(await goes('--keep-runs', '2')).toBe(0)
    expect(await goes('--keep-days', '1')).toBe(0)
  })

  it('a key that is missing today does not make garbage of what was paid for', async () => {
    using at = project()
    await built(at)
    at.edit('datagen.config.ts', (text) => text.replace(/ {2}models: .*\n/, '').replaceAll("ask: 'm'", "ask: 'default'"))
    Object.assign(at.env, { OPENAI_API_KEY: '', ...ollamaAt() })
    expect(await at.run('cache', 'gc')).toMatchObject({ code: 0, stdout: expect.stringContaining('would go   8 answers') })
    expect(await at.run('cache', 'gc', '--yes')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/names no model, and here it would use simulated[\s\S]*no OPENAI_API_KEY/),
    })
    expect(json((await at.run('cache', 'stats', '--json')).stdout).answers.answers).toBe(8)
  })

  it('refuses a damaged store, because what lies behind a damaged answer may be needed', async () => {
    using at = project()
    await built(at)
    const content = json(at.lines(OUTPUT)[0] as string).messages[0].content as string
    damage(at, `"content":${JSON.stringify(content)}`)
    at.write('datagen.config.ts', config(['csv']))
    expect(await at.run('cache', 'gc', '--yes')).toMatchObject({ code: 6, stderr: expect.stringContaining('nothing was deleted') })
    expect(json((await at.run('cache', 'stats', '--json')).stdout).answers.answers).toBe(8)
  })
})

describe('export and import', () => {
  it('a copy of the answers is as good as the answers: nothing is bought, and outputs and exports are equal byte for byte', async () => {
    using at = project()
    await built(at)
    expect(await at.run('cache', 'export', 'answers.jsonl')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('8 answers'),
      stderr: '',
    })
    expect(statSync(at.path('answers.jsonl')).mode & 0o777).toBe(0o600)
    expect(at.lines('answers.jsonl').length).toBe(9)
    expect(json(at.lines('answers.jsonl')[0] as string)).toMatchObject({ datagen: 'answers', format: 1, keyFormat: 1, count: null })
    expect(await at.run('cache', 'export', 'answers.jsonl.zst')).toMatchObject({ code: 0 })
    expect(zstdDecompressSync(readFileSync(at.path('answers.jsonl.zst'))).toString()).toBe(at.read('answers.jsonl'))
    expect((await at.run('cache', 'export', '-')).stdout).toBe(at.read('answers.jsonl'))

    for (const name of ['answers.jsonl', 'answers.jsonl.zst']) {
      using copy = project()
      writeFileSync(copy.path(name), readFileSync(at.path(name)))
      expect(await copy.run('cache', 'import', name)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/8 new answers, [\d.]+ KB, \$\d\.\d\d; 0 known/),
      })
      expect(await copy.run('cache', 'verify')).toMatchObject({ code: 0 })
      expect(await bought(copy)).toBe(0)
      expect(copy.read(OUTPUT)).toBe(at.read(OUTPUT))
      expect((await copy.run('cache', 'export', '-')).stdout).toBe(at.read('answers.jsonl'))
      expect(await copy.run('cache', 'import', name)).toMatchObject({ code: 0, stdout: expect.stringMatching(/0 new answers, .*8 known/) })
    }
  })

  it('an export never replaces a file unless it is told to, and leaves no other behind', async () => {
    using at = project()
    await built(at)
    at.write('answers.jsonl', 'older')
    expect(await at.run('cache', 'export', 'answers.jsonl')).toMatchObject({ code: 6, stderr: expect.stringContaining('--force') })
    expect(at.read('answers.jsonl')).toBe('older')
    expect(await at.run('cache', 'export', 'answers.jsonl', '--force')).toMatchObject({ code: 0 })
    expect(at.lines('answers.jsonl').length).toBe(9)
    expect(await at.run('cache', 'export', 'no/such/folder.jsonl')).toMatchObject({ code: 6 })
    expect(at.names().filter((name) => name.includes('tmp'))).toEqual([])
  })

  it('--config exports what a build would use, epochs and all', async () => {
    using at = project(config(['csv', 'json', 'xml']))
    await built(at)
    at.write('datagen.config.ts', config(['csv']))
    expect(await at.run('cache', 'export', 'some.jsonl', '--config', 'datagen.config.ts')).toMatchObject({ code: 0 })
    expect(at.lines('some.jsonl').length).toBe(5)
    using copy = project(config(['csv']))
    copy.write('some.jsonl', at.read('some.jsonl'))
    expect((await copy.run('cache', 'import', 'some.jsonl')).code).toBe(0)
    expect(await bought(copy)).toBe(0)
  })

  it('bad lines are named and the others are in; --strict takes all or nothing, from standard input too', async () => {
    using at = project()
    await built(at)
    const good = (await at.run('cache', 'export', '-')).stdout.split('\n').slice(0, -1)
    const bad = [...good.slice(0, 3), (good[3] as string).replace('"attempt":0', '"attempt":1'), ...good.slice(4), '{"half'].join('\n')
    using copy = project()
    copy.write('bad.jsonl', bad)
    expect(await copy.run('cache', 'import', '--strict', 'bad.jsonl')).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/bad\.jsonl:4: its key is not.*\n.*bad\.jsonl:10: it is not JSON\n.*nothing was imported/),
    })
    expect(copy.has(STORE)).toBe(false)
    const strict = copy.start('cache', 'import', '--strict', '-')
    expect((await strict).exitCode).toBe(2) // standard input is empty
    expect(await copy.run('cache', 'import', 'bad.jsonl')).toMatchObject({ code: 6, stdout: expect.stringContaining('7 new answers') })
    copy.write('good.jsonl', `${good.join('\n')}\n`)
    expect(await copy.run('cache', 'import', '--strict', 'good.jsonl')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 new answer, .*7 known/),
    })
    expect(await bought(copy)).toBe(0)
    expect(copy.names('.datagen').filter((name) => name.startsWith('import'))).toEqual([])
    copy.write('other.jsonl', '{"messages":[]}\n')
    expect(await copy.run('cache', 'import', 'other.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not an exported store'),
    })
    expect(await copy.run('cache', 'import', 'missing.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no file "missing.jsonl"'),
    })
  })

  it('runs beside a build: what the build buys meanwhile is kept as the answer, and nothing is lost', async () => {
    using at = project()
    await built(at)
    expect((await at.run('cache', 'export', 'answers.jsonl')).code).toBe(0)
    using other = project()
    other.write('answers.jsonl', at.read('answers.jsonl'))
    await server.hold()
    const running = other.start('build')
    await server.untilHeld(4)
    expect(await other.run('cache', 'import', 'answers.jsonl')).toMatchObject({ code: 0, stdout: expect.stringContaining('8 new answers') })
    await server.release()
    expect((await running).exitCode).toBe(0)
    const stats = json((await other.run('cache', 'stats', '--json')).stdout)
    expect(stats).toMatchObject({ answers: { answers: 8 }, spare: { answers: 4 } })
    expect(await other.run('cache', 'verify')).toMatchObject({ code: 0 })
    expect((await other.run('cache', 'export', '-')).stdout.split('\n').length).toBe(1 + 8 + 4 + 1)
  })
})
