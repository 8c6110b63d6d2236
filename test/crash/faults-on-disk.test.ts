/** The real command on disks that are full, read-only or rotten, and under a clock that jumps: money and rows are safe. */
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PAGE_BYTES as STORE_PAGE_BYTES } from '../../src/store/format.ts'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { Mount, mayMount } from '../rig/mount.ts'
import { COMPILED, Project, type Ran } from '../rig/project.ts'
import { seeded } from '../rig/random.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ lifeSeconds: 6 * 3600 })
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.reset()
  await server.script({ fresh: false })
})

const IN_FLIGHT = 4
const CONFIG = 'datagen.config.json'
const BUILD = ['build', '--reporter', 'plain'] as const

const config = (topics: number, forms = 1) =>
  JSON.stringify({
    name: 'faults',
    concurrency: IN_FLIGHT,
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: {
      topic: Array.from({ length: topics }, (_, i) => `t${i}`),
      form: Array.from({ length: forms }, (_, i) => `f${i}`),
    },
    recipe: {
      steps: { answer: { ask: 'm', prompt: 'A {{ cell.form }} about {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }} {{ cell.form }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    outputs: { train: { holdout: { valid: 0.3 } } },
  })

const FILES = ['train', 'valid'].flatMap((name) => [`data/${name}.jsonl`, `data/${name}.meta.jsonl`])
const outputs = (project: Project) => Object.fromEntries(FILES.map((name) => [name, project.has(name) ? project.read(name) : null]))
const asked = async () => (await server.requests()).length

/** No stack, no "datagen bug": whatever is wrong is said in words. */
async function build(project: Project, ...flags: string[]): Promise<Ran> {
  const ran = await project.run(...BUILD, ...flags)
  expect(ran.stderr).not.toMatch(/datagen bug|\n {4}at |node:internal/)
  return ran
}

/** Text that does not become smaller when it is packed. */
function noise(length: number, seed: number): string {
  const random = seeded(seed + 1)
  let text = ''
  while (text.length < length) text += random().toString(36).slice(2)
  return text.slice(0, length)
}

const longAnswers = (topics: number, length: number) =>
  server.script({
    fresh: false,
    answers: Array.from({ length: topics }, (_, i) => ({ contains: `about t${i}.`, content: `${i} ${noise(length, i)}` })),
  })

async function heldIn(project: Project): Promise<number> {
  const store = openStoreIfExists(project.path('.datagen'))
  try {
    return store.totals().responses
  } finally {
    await store.close()
  }
}

const rescueFiles = (project: Project) => project.names('.datagen/owners').filter((name) => name.endsWith('.rescue'))

const allowed = mayMount()
if (!allowed) console.log('disks that are full or read-only: skipped, this user may not mount')

/** Takes what is left but for a little; the file is removed for room. */
function fill(path: string, spare = 0): void {
  for (let bytes = 1 << 22; bytes >= 1; bytes >>= 1) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // Half of it may fit.
    }
  }
  truncateSync(path, statSync(path).size - spare)
}

const KEPT_BEFORE = 6
const BALLAST = '.datagen/ballast'

/** A build with something kept already, whose disk becomes full while as many calls as there may be are under way. */
async function filledUp(project: Project, topics: number, spare = 0): Promise<Ran> {
  // The other disk, on which answers are rescued for which there is no room here.
  project.env['TMPDIR'] = project.path('tmp')
  project.env['NODE_COMPILE_CACHE'] = COMPILED
  mkdirSync(project.path('tmp'))
  project.write(CONFIG, config(KEPT_BEFORE))
  expect((await build(project)).code).toBe(0)
  project.write(CONFIG, config(topics))
  await server.hold()
  const running = build(project)
  await server.untilHeld(IN_FLIGHT)
  fill(project.path(BALLAST), spare)
  await server.release()
  return running
}

describe.skipIf(!allowed)('a disk that becomes full', () => {
  it.each([
    ['that fit into the room kept for them', 30_000, 0],
    ['larger than the room kept for them, while there is room for further calls', 600_000, 128 * 1024],
  ])('below the store, by answers %s: exit 6, nothing new starts, nothing that arrived is lost', async (_, length, spare) => {
    const topics = 3 * KEPT_BEFORE
    using project = new Project()
    using _disk = Mount.memory(project.path('.datagen'), '64m')
    await longAnswers(topics, length)
    const full = await filledUp(project, topics, spare)
    expect(full).toMatchObject({ code: 6, stderr: expect.stringMatching(/the disk that holds the store is full[\s\S]*goes on from here/) })
    expect(await asked()).toBe(KEPT_BEFORE + IN_FLIGHT)
    expect(await heldIn(project)).toBe(KEPT_BEFORE)
    expect(rescueFiles(project)).toHaveLength(1)
    expect(project.lines('data/train.jsonl').length + project.lines('data/valid.jsonl').length).toBe(KEPT_BEFORE)

    const still = await build(project)
    expect(still).toMatchObject({ code: 6, stderr: expect.stringContaining('is full') })
    expect(await asked()).toBe(KEPT_BEFORE + IN_FLIGHT)

    rmSync(project.path(BALLAST))
    const whole = await build(project)
    expect(whole).toMatchObject({ code: 0, stderr: expect.stringMatching(/4 answers of an earlier build .* rescued/) })
    expect(await asked()).toBe(topics)
    expect(await heldIn(project)).toBe(topics)
    expect(rescueFiles(project)).toEqual([])
    expect(project.lines('data/train.jsonl').length + project.lines('data/valid.jsonl').length).toBe(topics)
    expect((await build(project)).code).toBe(0)
    expect(await asked()).toBe(topics)
  })

  it('below the outputs: exit 6, every old file as it was, no temporary file, and then no call at all', async () => {
    using project = new Project({ [CONFIG]: config(12) })
    using disk = Mount.memory(project.path('data'), '160k')
    await longAnswers(40, 4_000)
    expect((await build(project)).code).toBe(0)
    const old = outputs(project)
    project.write(CONFIG, config(40))
    const full = await build(project)
    expect(full).toMatchObject({ code: 6, stderr: expect.stringMatching(/disk .*output.* is full[\s\S]*hint/) })
    expect(outputs(project)).toEqual(old)
    expect(project.names('data').map((name) => `data/${name}`)).toEqual([...FILES].sort())
    expect(await asked()).toBe(40)
    disk.resize('4m')
    expect((await build(project)).code).toBe(0)
    expect(await asked()).toBe(40)
    expect(project.lines('data/train.jsonl').length + project.lines('data/valid.jsonl').length).toBe(40)
  })

  it('below both, with room for neither columns nor stamp: what was built is built', async () => {
    using project = new Project({ [CONFIG]: config(8) })
    using disk = Mount.memory(project.path('.datagen'), '3m')
    expect((await build(project)).code).toBe(0)
    const made = outputs(project)
    rmSync(project.path('data'), { recursive: true })
    fill(project.path(BALLAST))
    // It may say that the disk is full, or get along without it; what it may not do is ask again or write something else.
    const full = await build(project)
    expect([0, 6]).toContain(full.code)
    if (full.code === 0) expect(outputs(project)).toEqual(made)
    rmSync(project.path(BALLAST))
    disk.resize('8m')
    expect((await build(project)).code).toBe(0)
    expect(outputs(project)).toEqual(made)
    expect(await asked()).toBe(8)
  })
})

describe.skipIf(!allowed)('a store that cannot be written', () => {
  it.each(['built in part', 'not there yet'])('%s: exit 6 before the first call, in words that say what to do', async (state) => {
    using project = new Project({ [CONFIG]: config(3) })
    if (state === 'built in part') expect((await build(project)).code).toBe(0)
    else mkdirSync(project.path('.datagen'))
    await server.reset()
    project.write(CONFIG, config(6))
    using _ = Mount.readOnly(project.path('.datagen'))
    const refused = await build(project)
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringMatching(/cannot be written[\s\S]*hint/) })
    expect(await asked()).toBe(0)
    expect(JSON.parse((await project.run('plan', '--json')).stdout).buy.items).toBe(state === 'built in part' ? 3 : 6)
  })
})

const LONG = 30_000
const TOPICS = 20
const FORMS = 2
const CELLS = TOPICS * FORMS

/** A project that is built, and can be had back as it was. */
class Built implements Disposable {
  readonly project = new Project({ [CONFIG]: config(TOPICS, FORMS) })
  readonly #copy = new Project()
  made: Record<string, string | null> = {}

  async make(): Promise<this> {
    await prepare()
    expect((await build(this.project)).code).toBe(0)
    expect(await asked()).toBe(CELLS)
    this.made = outputs(this.project)
    for (const name of KEPT) cpSync(this.project.path(name), this.#copy.path(name), { recursive: true })
    return this
  }

  async restore(): Promise<void> {
    for (const name of KEPT) {
      rmSync(this.project.path(name), { recursive: true, force: true })
      cpSync(this.#copy.path(name), this.project.path(name), { recursive: true })
    }
    await prepare()
  }

  forget(...names: string[]): void {
    for (const name of names) rmSync(this.project.path(name), { recursive: true, force: true })
  }

  /** A file below the project whose name begins so. */
  file(folder: string, beginning = ''): string {
    const name = this.project.names(folder).find((candidate) => candidate.startsWith(beginning))
    if (name === undefined) throw new Error(`there is no ${beginning}… in ${folder}`)
    return join(folder, name)
  }

  [Symbol.dispose](): void {
    this.project[Symbol.dispose]()
    this.#copy[Symbol.dispose]()
  }
}
/** Answers so long that most bytes of the store are theirs. */
async function prepare(): Promise<void> {
  await server.reset()
  const answers = Array.from({ length: CELLS }, (_, i) => ({
    contains: `A f${Math.floor(i / TOPICS)} about t${i % TOPICS}.`,
    content: `${i} ${noise(2_000, i)}`,
  }))
  await server.script({ fresh: false, answers })
}
const KEPT = ['.datagen', 'data', 'datagen.lock']

type Fault = (bytes: Buffer, random: () => number) => Buffer

const PAGE_BYTES = 4096
const at = (bytes: Buffer, random: () => number) => Math.floor(random() * bytes.length)
const PAGE_FAULTS: { readonly [name: string]: Fault } = {
  'a flipped bit': (bytes, random) => {
    const spoilt = Buffer.from(bytes)
    const place = at(bytes, random)
    spoilt[place] = (spoilt[place] as number) ^ (1 << Math.floor(random() * 8))
    return spoilt
  },
  'a page of zeros': (bytes, random) => {
    const page = at(bytes, random) & -PAGE_BYTES
    return Buffer.from(bytes).fill(0, page, page + PAGE_BYTES)
  },
  'a page torn in its middle': (bytes, random) => {
    const half = (at(bytes, random) & -PAGE_BYTES) + PAGE_BYTES / 2
    return Buffer.from(bytes).fill(0xa5, half, half + PAGE_BYTES / 2)
  },
  'a lost end': (bytes, random) => Buffer.from(bytes.subarray(0, at(bytes, random) & -PAGE_BYTES)),
}

/** Each place takes two builds; a campaign on the store's own tests has more of them. */
const CAMPAIGN = Number(process.env['DATAGEN_FAULTS'] ?? 0)
const SEED = Number(process.env['DATAGEN_FAULT_SEED'] ?? 20261122)
const PLACES = Math.max(12, Math.round(CAMPAIGN / 20))
const MS_A_PLACE = 10_000
const TOLD_EVERY = 50

describe('a rotten store', () => {
  it(`${PLACES} faults between two builds: what is damaged is named and asked again, and no row is wrong`, {
    timeout: 60_000 + MS_A_PLACE * PLACES,
  }, async () => {
    using built = await new Built().make()
    const { project, made } = built
    const random = seeded(SEED)
    const seen = { unharmed: 0, mended: 0, refused: 0 }
    for (let i = 0; i < PLACES; i++) {
      const [name, fault] = Object.entries(PAGE_FAULTS)[i % Object.keys(PAGE_FAULTS).length] as [string, Fault]
      await built.restore()
      const path = project.path('.datagen/store.db')
      writeFileSync(path, fault(readFileSync(path), random))
      // Every second time all answers are read; otherwise what is remembered of them must not hide more than it may.
      if (i % 8 < 4) built.forget('data', '.datagen/outputs', built.file('.datagen', 'columns'))
      else built.forget('data/valid.jsonl')
      const before = outputs(project)
      const what = `fault ${i}, ${name}`
      const ran = await build(project)
      const calls = await asked()
      const after = outputs(project)
      if (ran.code === 0) {
        expect(after, what).toEqual(made)
        expect(Number(/(\d+) kept answers? w\w+ damaged/.exec(ran.stderr)?.[1] ?? 0), what).toBe(calls)
        seen[calls > 0 ? 'mended' : 'unharmed']++
        expect(await build(project), what).toMatchObject({ code: 0 })
        expect(outputs(project), what).toEqual(made)
        expect(await asked(), what).toBe(calls)
      } else {
        expect(ran, what).toMatchObject({ code: 6, stderr: expect.stringMatching(/store[\s\S]*hint/) })
        expect(after, what).toEqual(before)
        seen.refused++
      }
      expect(calls, what).toBeLessThanOrEqual(CELLS)
      if ((i + 1) % TOLD_EVERY === 0) console.log(`${i + 1} of ${PLACES} faults`, seen)
    }
    console.log(`${PLACES} faults in store.db:`, seen)
    expect(seen.unharmed + seen.mended).toBeGreaterThan(0)
  })

  it.each([
    [
      'before everything is looked up by key',
      (built: Built) => built.forget('data', '.datagen/outputs', built.file('.datagen', 'columns')),
    ],
    // The config is another one, and asks for the same: what was remembered no longer counts.
    [
      'before an edit that changes no request',
      ({ project }: Built) => project.write(CONFIG, config(TOPICS, FORMS).replace('topic }}.', 'topic  }}.')),
    ],
  ])(
    'half of the index of keys becomes zeros %s: nothing is asked again, the build says so, and `cache verify` names it',
    async (_, prepared) => {
      using built = await new Built().make()
      const { project, made } = built
      const path = project.path('.datagen/store.db')
      const half = endOfRoot(path, 'response_key') - PAGE_BYTES
      writeFileSync(path, readFileSync(path).fill(0, half, half + PAGE_BYTES))
      expect(await project.run('cache', 'verify')).toMatchObject({ code: 6, stdout: expect.stringContaining('index "response_key"') })
      prepared(built)
      expect(JSON.parse((await project.run('plan', '--json')).stdout).buy.items).toBe(0)
      const ran = await build(project)
      expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('the index of kept answers was damaged on disk') })
      expect(ran.stderr).not.toContain('set aside')
      expect(await asked()).toBe(CELLS)
      expect(outputs(project)).toEqual(made)
      expect((await project.run('cache', 'verify')).code).toBe(0)
      expect((await build(project)).stderr).toContain('Up to date')
    },
  )

  it('one bit of one answer: that answer is asked again, it alone, and the build says so', async () => {
    using built = await new Built().make()
    const { project, made } = built
    const path = project.path('.datagen/store.db')
    const bytes = readFileSync(path)
    const [, assistant] = JSON.parse(project.lines('data/train.jsonl')[3] as string).messages as { content: string }[]
    const answer = assistant?.content.slice(0, 100) as string
    // Where it once stood may still hold it: the file is not wiped when a page is divided.
    let places = 0
    for (let place = bytes.indexOf(answer); place > 0; place = bytes.indexOf(answer, place + 1), places++) {
      bytes[place + 7] = (bytes[place + 7] as number) ^ 4
    }
    expect(places).toBeGreaterThan(0)
    writeFileSync(path, bytes)
    built.forget('data', '.datagen/outputs', built.file('.datagen', 'columns'))
    await prepare()
    expect(await build(project)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 kept answer was damaged on disk') })
    expect(await asked()).toBe(1)
    expect(outputs(project)).toEqual(made)
  })
})

/** Where in a store the first page of an index ends. */
function endOfRoot(path: string, index: string): number {
  const database = new DatabaseSync(path, { readOnly: true })
  const { page } = database.prepare('SELECT rootpage AS page FROM sqlite_schema WHERE name = ?').get(index) as { page: number }
  database.close()
  return page * STORE_PAGE_BYTES
}

const LINE = 64 // bytes, as caches have them

const FILE_FAULTS: { readonly [name: string]: (path: string) => void } = {
  'cut off': (path) => replace(path, (bytes) => bytes.subarray(0, bytes.length / 2)),
  empty: (path) => replace(path, () => Buffer.alloc(0)),
  'with a flipped bit': (path) =>
    replace(path, (bytes) => {
      const spoilt = Buffer.from(bytes)
      spoilt[bytes.length >> 1] = (spoilt[bytes.length >> 1] as number) ^ 1
      return spoilt
    }),
  'with a flipped bit in every line of it': (path) =>
    replace(path, (bytes) => Buffer.from(bytes.map((byte, i) => (i > LINE && i % LINE === 0 ? byte ^ 2 : byte)))),
  'replaced by noise': (path) => replace(path, (bytes) => Buffer.from(noise(bytes.length, 7))),
  'replaced by a folder': (path) => {
    rmSync(path)
    mkdirSync(join(path, 'inner'), { recursive: true })
  },
}

/** A new file, for the old one may be linked elsewhere. */
function replace(path: string, change: (bytes: Buffer) => Uint8Array): void {
  const bytes = change(readFileSync(path))
  rmSync(path)
  writeFileSync(path, bytes)
}

describe('a rotten file beside the store', () => {
  let built: Built
  beforeAll(async () => {
    built = await new Built().make()
  })
  afterAll(() => built[Symbol.dispose]())

  const beside: readonly (readonly [string, () => string, readonly string[]])[] = [
    ['the columns', () => built.file('.datagen', 'columns'), ['data', '.datagen/outputs']],
    ['the stamp', () => '.datagen/stamp.json', []],
    ['a kept copy of an output', () => built.file(built.file('.datagen/outputs')), ['data']],
    ['the lock file', () => 'datagen.lock', []],
    ['an output', () => 'data/train.jsonl', []],
    ['a sidecar', () => 'data/valid.meta.jsonl', []],
  ]
  const cases = beside.flatMap(([what, file, forgotten]) =>
    Object.entries(FILE_FAULTS).map(([how, fault]) => [what, how, file, forgotten, fault] as const),
  )

  it.each(cases)('%s %s: no call, no wrong row, and all is well afterwards', async (_what, how, file, forgotten, fault) => {
    await built.restore()
    const { project, made } = built
    const name = file()
    built.forget(...forgotten)
    fault(project.path(name))
    const ran = await build(project)
    // A folder that somebody made where a file of theirs belongs is theirs to move.
    const isTheirs = how === 'replaced by a folder' && !name.startsWith('.datagen')
    if (isTheirs) {
      expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining('hint') })
      rmSync(project.path(name), { recursive: true })
    } else expect(ran).toMatchObject({ code: 0 })
    expect((await build(project)).code).toBe(0)
    expect(outputs(project)).toEqual(made)
    expect(await asked()).toBe(0)
    expect(project.names('data').filter((each) => !FILES.includes(`data/${each}`))).toEqual([])
    expect(JSON.parse(project.read('datagen.lock')).batches.all.accepted).toBe(CELLS)
  })

  it(`one bit in ${PLACES} places of the numbers in the columns: they are not believed, and nothing is asked`, {
    timeout: 60_000 + MS_A_PLACE * PLACES,
  }, async () => {
    const { project, made } = built
    const random = seeded(SEED)
    for (let i = 0; i < PLACES; i++) {
      await built.restore()
      const name = built.file('.datagen', 'columns')
      built.forget('data', '.datagen/outputs')
      const bytes = readFileSync(project.path(name))
      const start = 16 + bytes.readUInt32LE(8) // behind the mark, the directory's size, the sum and the directory
      const place = start + Math.floor(random() * (bytes.length - start))
      bytes[place] = (bytes[place] as number) ^ (1 << Math.floor(random() * 8))
      writeFileSync(project.path(name), bytes)
      expect((await build(project)).code, `byte ${place} of ${bytes.length}`).toBe(0)
      expect(outputs(project), `byte ${place} of ${bytes.length}`).toEqual(made)
      expect(await asked()).toBe(0)
      if ((i + 1) % TOLD_EVERY === 0) console.log(`${i + 1} of ${PLACES} places`)
    }
  })

  it('a folder of a stranger among the kept copies: the build goes on', async () => {
    await built.restore()
    const { project } = built
    mkdirSync(join(project.path(built.file('.datagen/outputs')), 'strange', 'inner'), { recursive: true })
    project.write(CONFIG, config(TOPICS + 1, FORMS))
    expect((await build(project)).code).toBe(0)
    expect(await asked()).toBe(FORMS)
    project.write(CONFIG, config(TOPICS, FORMS))
  })

  it.skipIf(!allowed).each(Object.keys(FILE_FAULTS))(
    'a rescue file %s: what it held is asked again at most, and nothing is wrong',
    async (how) => {
      const topics = 3 * KEPT_BEFORE
      using project = new Project()
      using _disk = Mount.memory(project.path('.datagen'), '64m')
      await server.reset()
      await longAnswers(topics, LONG)
      expect((await filledUp(project, topics)).code).toBe(6)
      const [name] = rescueFiles(project)
      rmSync(project.path(BALLAST))
      FILE_FAULTS[how]?.(project.path(`.datagen/owners/${name}`))
      expect((await build(project)).code).toBe(0)
      expect(await asked()).toBeLessThanOrEqual(topics + IN_FLIGHT)
      expect(await heldIn(project)).toBe(topics)
      const rows = [...project.lines('data/train.jsonl'), ...project.lines('data/valid.jsonl')]
      const answers = rows.map((row) => JSON.parse(row).messages as { content: string }[])
      for (const [user, assistant] of answers) {
        const topic = Number(/^t(\d+)/.exec(user?.content ?? '')?.[1])
        expect(assistant?.content === `${topic} ${noise(LONG, topic)}`, `topic ${topic}`).toBe(true)
      }
      expect(answers).toHaveLength(topics)
    },
  )
})

/** A preload by which the clock on the wall says something else; `jump` is a function of the number of times it was read. */
const shifted = (jump: string) =>
  `--import=data:text/javascript,${encodeURIComponent(`
    const Real = Date, jump = ${jump}
    let reads = 0
    const now = () => Real.now() + jump(reads++)
    globalThis.Date = class Date extends Real {
      constructor(...parts) { if (parts.length === 0) super(now()); else super(...parts) }
      static now() { return now() }
    }`)}`
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000

describe('a clock that jumps', () => {
  it.each([
    ['ten years ahead, then ten years back', `() => ${TEN_YEARS_MS}`, `() => -${TEN_YEARS_MS}`],
    ['at every look', `(n) => (n % 2 ? 1 : -1) * ${TEN_YEARS_MS}`, `(n) => (n % 3 - 1) * ${TEN_YEARS_MS}`],
  ])('%s: nothing is bought again, and nothing waits', async (_, first, second) => {
    using project = new Project({ [CONFIG]: config(10) }, { NODE_OPTIONS: shifted(first) })
    expect((await build(project)).code).toBe(0)
    expect(await asked()).toBe(10)
    project.env['NODE_OPTIONS'] = shifted(second)
    expect((await build(project)).code).toBe(0)
    expect(await asked()).toBe(10)
    project.write(CONFIG, config(15))
    expect((await build(project)).code).toBe(0)
    delete project.env['NODE_OPTIONS']
    expect((await build(project, '--retry')).code).toBe(0)
    expect(await asked()).toBe(15)
  })

  it('in each of four builds at once by another amount: each answer is bought once', async () => {
    using project = new Project({ [CONFIG]: config(60) })
    await server.script({ fresh: false, latencyMs: 10 })
    const running = [0, TEN_YEARS_MS, -TEN_YEARS_MS, TEN_YEARS_MS / 2].map((ms) => {
      project.env['NODE_OPTIONS'] = shifted(`() => ${ms}`)
      return build(project)
    })
    for (const { code } of await Promise.all(running)) expect(code).toBe(0)
    expect(await asked()).toBe(60)
  })
})
