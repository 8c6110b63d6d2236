/** The stamp: what makes it say "nothing changed", and everything that must not. */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PLACES as FOUND_PLACES } from '../../../src/config/find.ts'
import { openStore, openStoreIfExists } from '../../../src/store/sqlite.ts'
import { PLACES, type StampInput, stampPath, upToDate, writeStamp } from '../../../src/store/stamp.ts'
import { response, tempFolder } from './responses.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

interface Project {
  readonly root: string
  readonly tool: string
  readonly path: (name: string) => string
  readonly write: (name: string, text: string) => void
  readonly stamp: (changes?: Partial<StampInput>) => boolean
  readonly check: (options?: { cwd?: string; env?: NodeJS.ProcessEnv; port?: number }) => Promise<boolean>
}

async function project(): Promise<Project> {
  const root = tempFolder()
  const path = (name: string) => join(root, name)
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), text)
  }
  write('datagen.config.ts', 'export default {}')
  write('prompts/a.txt', 'hello')
  write('data/train.jsonl', '{"row":1}\n')
  write('tool/dist/src/cli.js', '// cli')
  write('tool/package.json', '{}')
  const store = openStore(path('.datagen'))
  await store.put(response(1))
  await store.close()
  const tool = path('tool/dist/src')
  const reads = {
    files: new Map([
      [path('datagen.config.ts'), sha256('export default {}')],
      [path('prompts/a.txt'), sha256('hello')],
      [path('prompts/b.txt'), null],
    ]),
    env: new Map([
      ['DG_SET', sha256('on')],
      ['DG_UNSET', null],
    ]),
  }
  const env = { DG_SET: 'on' }
  const stamp = (changes: Partial<StampInput> = {}) =>
    writeStamp(root, {
      reads,
      configPath: path('datagen.config.ts'),
      outputs: [path('data/train.jsonl')],
      exitCode: 0,
      lines: ['Up to date. 1 cell'],
      toolPath: join(tool, 'cli.js'),
      env,
      ...changes,
    })
  const check: Project['check'] = async (options = {}) =>
    (await upToDate(options.cwd ?? root, options.env ?? env, tool, options.port)) !== undefined
  return { root, tool, path, write, stamp, check }
}

describe('nothing changed', () => {
  it('is seen, also from a folder below, and carries exit code and lines', async () => {
    const { root, tool, path, stamp, check } = await project()
    expect(stamp({ exitCode: 1, lines: ['one', 'two'] })).toBe(true)
    mkdirSync(path('deep/er'), { recursive: true })
    expect([await check(), await check({ cwd: path('deep/er') })]).toEqual([true, true])
    expect(await upToDate(root, { DG_SET: 'on' }, tool)).toMatchObject({ exitCode: 1, lines: ['one', 'two'] })
    expect(statSync(stampPath(root)).mode & 0o777).toBe(0o600)
  })

  const harmless: [string, (p: Project) => void | Promise<void>][] = [
    ['a file is touched', (p) => utimesSync(p.path('prompts/a.txt'), new Date(), new Date())],
    [
      'a file is copied over itself',
      (p) => {
        copyFileSync(p.path('prompts/a.txt'), p.path('x'))
        renameSync(p.path('x'), p.path('prompts/a.txt'))
      },
    ],
    ['an output is touched', (p) => utimesSync(p.path('data/train.jsonl'), 1, 1)],
    ['an unrelated file appears', (p) => p.write('notes.md', 'x')],
    ['the store is only read', async (p) => void (await openStoreIfExists(p.path('.datagen')).close())],
    ['the store is opened for writing and nothing is written', async (p) => void (await openStore(p.path('.datagen')).close())],
  ]
  it.each(harmless)('although %s', async (_, change) => {
    const p = await project()
    p.stamp()
    await change(p)
    expect(await p.check()).toBe(true)
  })
})

describe('code', () => {
  const spelled = 'export default{}'
  const edited = '// so\nexport default {\n}\n'
  const code = (p: Project) => ({
    reads: {
      files: new Map([
        [p.path('datagen.config.ts'), sha256('export default {}')],
        [p.path('prompts/a.txt'), sha256('hello')],
      ]),
      env: new Map(),
      code: new Map([[p.path('datagen.config.ts'), sha256(spelled)]]),
    },
  })
  const remembered = (p: Project) =>
    JSON.parse(readFileSync(stampPath(p.root), 'utf8')).files.find(([path]: [string]) => path === p.path('datagen.config.ts'))[1]

  it('is the same when only comments and layout changed, and is then remembered as it is now', async () => {
    const p = await project()
    p.stamp(code(p))
    const before = JSON.parse(readFileSync(stampPath(p.root), 'utf8'))
    p.write('datagen.config.ts', edited)
    expect(await p.check()).toBe(true)
    const after = JSON.parse(readFileSync(stampPath(p.root), 'utf8'))
    expect({ ...after, files: [] }).toEqual({ ...before, files: [] })
    expect(after.files.slice(1)).toEqual(before.files.slice(1))
    expect(remembered(p)).toMatchObject({ size: edited.length, sha256: sha256(edited), code: sha256(spelled) })
    expect(BigInt(remembered(p).at)).toBeGreaterThan(BigInt(before.at))
    expect(statSync(stampPath(p.root)).mode & 0o777).toBe(0o600)
    expect(readdirSync(p.path('.datagen')).filter((name) => name.startsWith('stamp'))).toEqual(['stamp.json'])
    expect(await p.check()).toBe(true)
  })

  it.each([
    ['and by its looks alone when that was long enough after the edit', 10n ** 12n, true],
    ['and not by its looks alone when it was not', 0n, false],
  ])('%s', async (_, later, known) => {
    const p = await project()
    p.stamp(code(p))
    p.write('datagen.config.ts', edited)
    await p.check()
    const stamp = JSON.parse(readFileSync(stampPath(p.root), 'utf8'))
    const entry = stamp.files.find(([path]: [string]) => path === p.path('datagen.config.ts'))[1]
    Object.assign(entry, { sha256: null, code: undefined, at: String(BigInt(entry.ctimeNs) + later) })
    p.write('.datagen/stamp.json', JSON.stringify(stamp))
    expect(await p.check()).toBe(known)
  })

  it('is not when it was looked at too soon after an edit to be told from the next', async () => {
    const p = await project()
    p.stamp(code(p))
    p.write('datagen.config.ts', edited)
    expect(await p.check()).toBe(true)
    sameTime(p.path('datagen.config.ts'), () => p.write('datagen.config.ts', edited.replace('{\n}', '[\n]')))
    expect(await p.check()).toBe(false)
  })

  const changes: [string, (p: Project) => void][] = [
    ['another program', (p) => p.write('datagen.config.ts', 'export default []')],
    ['no program', (p) => p.write('datagen.config.ts', 'export default {} /*')],
    ['gone', (p) => rmSync(p.path('datagen.config.ts'))],
    [
      'commented while another file changed',
      (p) => {
        p.write('datagen.config.ts', edited)
        p.write('prompts/a.txt', 'jello')
      },
    ],
  ]
  it.each(changes)('is a change when it is %s, and the stamp stays as it was', async (_, change) => {
    const p = await project()
    p.stamp(code(p))
    const before = readFileSync(stampPath(p.root), 'utf8')
    change(p)
    expect(await p.check()).toBe(false)
    expect(readFileSync(stampPath(p.root), 'utf8')).toBe(before)
  })

  it('counts by its bytes where they were read', async () => {
    const p = await project()
    p.stamp()
    p.write('datagen.config.ts', edited)
    expect(await p.check()).toBe(false)
  })

  it('is the same also where the stamp cannot be written', async () => {
    const p = await project()
    p.stamp(code(p))
    p.write('datagen.config.ts', edited)
    mkdirSync(`${stampPath(p.root)}.${process.pid}`) // in the way of the new stamp, for root too
    const before = readFileSync(stampPath(p.root), 'utf8')
    expect([await p.check(), await p.check()]).toEqual([true, true])
    expect(readFileSync(stampPath(p.root), 'utf8')).toBe(before)
  })
})

describe('something changed', () => {
  const changes: [string, (p: Project) => void | Promise<void>][] = [
    ['a file is edited', (p) => p.write('prompts/a.txt', 'hello, world')],
    ['a file is edited and keeps its size', (p) => p.write('prompts/a.txt', 'jello')],
    [
      'a file is edited, and keeps its size and its time',
      (p) => sameTime(p.path('prompts/a.txt'), () => p.write('prompts/a.txt', 'jello')),
    ],
    ['a file is replaced by one of equal size and time', (p) => replaced(p, 'prompts/a.txt', 'jello')],
    ['a file goes away', (p) => rmSync(p.path('prompts/a.txt'))],
    ['a file appears that was absent', (p) => p.write('prompts/b.txt', '')],
    ['an output is edited', (p) => p.write('data/train.jsonl', '{"row":2}\n')],
    [
      'an output is edited and keeps its time',
      (p) => sameTime(p.path('data/train.jsonl'), () => p.write('data/train.jsonl', '{"row":2}\n')),
    ],
    ['an output is deleted', (p) => rmSync(p.path('data/train.jsonl'))],
    ['the config goes away', (p) => rmSync(p.path('datagen.config.ts'))],
    ['the store has another response', (p) => putOne(p)],
    ['the store goes away', (p) => rmSync(p.path('.datagen/store.db'))],
    ['the store has a log that is not empty', (p) => p.write('.datagen/store.db-wal', 'frames')],
    ['datagen itself is another', (p) => p.write('tool/dist/src/cli.js', '// ilc')],
    ['datagen itself was compiled anew', (p) => p.write('tool/dist/.tsbuildinfo', '{}')],
    ['the stamp is half a file', (p) => p.write('.datagen/stamp.json', '{"format":1')],
    [
      'the stamp has another format',
      (p) => p.write('.datagen/stamp.json', readFileSync(p.path('.datagen/stamp.json'), 'utf8').replace('"format":1', '"format":2')),
    ],
    ['the stamp is not what it should be', (p) => p.write('.datagen/stamp.json', '{"format":1}')],
  ]
  it.each(changes)('%s', async (_, change) => {
    const p = await project()
    expect([p.stamp(), await p.check()]).toEqual([true, true])
    await change(p)
    expect(await p.check()).toBe(false)
  })

  it('a variable of the environment is set, unset or different', async () => {
    const { stamp, check } = await project()
    stamp()
    const results = [{}, { DG_SET: 'off' }, { DG_SET: 'on', DG_UNSET: '' }, { DG_SET: 'on', OTHER: 'x' }].map((env) => check({ env }))
    expect(await Promise.all(results)).toEqual([false, false, false, true])
  })

  it.each(['datagen.config.yaml', '.datagenrc', 'package.json'])('a %s stands nearer', async (name) => {
    const { path, write, stamp, check } = await project()
    stamp()
    mkdirSync(path('deep/er'), { recursive: true })
    write(`deep/${name}`, '{}')
    expect([await check({ cwd: path('deep/er') }), await check()]).toEqual([false, true])
  })

  it('a config of higher precedence appears beside the one that was used', async () => {
    const p = await project()
    renameSync(p.path('datagen.config.ts'), p.path('datagen.config.yaml'))
    const reads = { files: new Map([[p.path('datagen.config.yaml'), sha256('export default {}')]]), env: new Map() }
    expect([p.stamp({ reads, configPath: p.path('datagen.config.yaml') }), await p.check()]).toEqual([true, true])
    p.write('datagen.config.yml', '')
    expect(await p.check()).toBe(true)
    p.write('datagen.config.json', '{}')
    expect(await p.check()).toBe(false)
  })

  it('within the same tick of the clock, with size, inode and both times as they were', async () => {
    const { path, write, stamp, check, root } = await project()
    stamp()
    write('prompts/a.txt', 'jello')
    // As if the edit had come so soon after the look that the kernel gave it the same times.
    const stamped = JSON.parse(readFileSync(stampPath(root), 'utf8'))
    const now = statSync(path('prompts/a.txt'), { bigint: true })
    const entry = stamped.files.find(([name]: [string]) => name === path('prompts/a.txt'))[1]
    Object.assign(entry, { mtimeNs: String(now.mtimeNs), ctimeNs: String(now.ctimeNs), ino: String(now.ino) })
    stamped.at = String(now.ctimeNs + 1_000_000n)
    writeFileSync(stampPath(root), JSON.stringify(stamped))
    expect(await check()).toBe(false)
    write('prompts/a.txt', 'hello')
    stamped.outputs = []
    stamped.store = []
    stamped.tool = stamped.tool.map(([name]: [string]) => [name, null])
    rmSync(path('tool'), { recursive: true })
    writeFileSync(stampPath(root), JSON.stringify(stamped))
    expect(await check()).toBe(true)
  })
})

describe('no stamp is left, and an old one goes', () => {
  const reasons: [string, (p: Project) => unknown][] = [
    ['when a file was edited during the build', (p) => p.write('prompts/a.txt', 'edited')],
    ['when an absent file appeared during the build', (p) => p.write('prompts/b.txt', '')],
    ['when an output is not there', (p) => rmSync(p.path('data/train.jsonl'))],
    [
      'when the config is one that a plain build would not find',
      (p) => {
        p.write('other.config.ts', '')
        return { configPath: p.path('other.config.ts') }
      },
    ],
    ['when another config would be found first', (p) => ({ configPath: p.path('datagen.config.yaml') })],
  ]
  it.each(reasons)('%s', async (_, spoil) => {
    const p = await project()
    expect(p.stamp()).toBe(true)
    expect(p.stamp((spoil(p) ?? {}) as Partial<StampInput>)).toBe(false)
    expect([await p.check(), statSync(stampPath(p.root), { throwIfNoEntry: false })]).toEqual([false, undefined])
  })
})

describe('a model that datagen chose', () => {
  const listening = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as { port: number }).port
  }
  const chosen = { use: 'simulated', why: 'no OPENAI_API_KEY, and no Ollama answers on this machine', ollama: false }

  it('is chosen again when a key appears, in the environment or in .env', async () => {
    const { write, stamp, check, root } = await project()
    const env = { DG_SET: 'on' }
    const port = 1 // nothing listens there
    stamp({ chosenModel: chosen })
    expect(await check({ env, port })).toBe(true)
    expect(await check({ env: { ...env, OPENAI_API_KEY: 'sk-canary' }, port })).toBe(false)
    expect(await check({ env: { ...env, OPENAI_API_KEY: ' ' }, port })).toBe(true)
    write('.env', 'OPENAI_API_KEY=sk-canary')
    expect(await check({ env, port })).toBe(false)
    expect(readFileSync(stampPath(root), 'utf8')).not.toContain('canary')
  })

  it('does not depend on which key it is, and the key is not in the stamp', async () => {
    const { stamp, check, root } = await project()
    stamp({ chosenModel: { use: 'openai:gpt-5-mini', why: 'OPENAI_API_KEY is set' }, env: { DG_SET: 'on', OPENAI_API_KEY: 'sk-canary' } })
    expect(await check({ env: { DG_SET: 'on', OPENAI_API_KEY: 'sk-other' } })).toBe(true)
    expect(await check({ env: { DG_SET: 'on' } })).toBe(false)
    const text = readFileSync(stampPath(root), 'utf8')
    expect([text.includes('canary'), text.includes(sha256('sk-canary'))]).toEqual([false, false])
  })

  it('is chosen again when a server starts or stops listening', async () => {
    const { stamp, check } = await project()
    const port = await listening(createServer())
    stamp({ chosenModel: chosen })
    expect([await check({ port }), await check({ port: 1 })]).toEqual([false, true])
    stamp({ chosenModel: { ...chosen, use: 'ollama:qwen3', ollama: true } })
    expect([await check({ port }), await check({ port: 1 })]).toEqual([true, false])
  })
})

it('looks for configs in the places where configs are found', () => {
  expect(PLACES).toEqual(FOUND_PLACES)
})

it('proves without hashing anything after a build: no file is younger than the look', async () => {
  const { root, stamp } = await project()
  stamp()
  const { at, files, outputs, store } = JSON.parse(readFileSync(stampPath(root), 'utf8'))
  const seen = [
    ...files.map((entry: [string, object | null]) => entry[1]),
    ...outputs,
    ...store.map((entry: [string, object | null]) => entry[1]),
  ]
  const ages = seen.filter(Boolean).map((entry: { ctimeNs: string }) => BigInt(at) - BigInt(entry.ctimeNs))
  expect([ages.length, ages.every((age) => age > 10_000_000n)]).toEqual([4, true])
})

function sameTime(path: string, edit: () => void): void {
  const { atime, mtime } = statSync(path)
  edit()
  utimesSync(path, atime, mtime)
}

function replaced(p: Project, name: string, text: string): void {
  const { atime, mtime } = statSync(p.path(name))
  p.write('other', text)
  utimesSync(p.path('other'), atime, mtime)
  renameSync(p.path('other'), p.path(name))
}

async function putOne(p: Project): Promise<void> {
  const store = openStore(p.path('.datagen'))
  await store.put(response(2))
  await store.close()
}
