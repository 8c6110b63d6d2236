/** The command's first milliseconds: an old Node, a build with nothing to do, and everything else. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/sqlite.ts'
import { type StampInput, writeStamp } from '../../../src/store/stamp.ts'
import { response, tempFolder } from '../store/responses.ts'

const SRC = join(import.meta.dirname, '../../../src')
const SOURCES = ['bin.cts', 'store/stamp-check.cts', 'config/code-tokens.cts', 'util/own-modules.cts']

function compiled(source: string, target: ts.ScriptTarget): string {
  const compilerOptions = { target, module: ts.ModuleKind.NodeNext, verbatimModuleSyntax: true, removeComments: true }
  return ts.transpileModule(readFileSync(join(SRC, source), 'utf8'), { fileName: source, compilerOptions }).outputText
}

/** The package as installed, with a command line that only says that it was loaded, and a project that was built. */
async function installed() {
  const root = tempFolder()
  const dist = join(root, 'package/dist/src')
  for (const folder of ['store', 'config', 'util']) mkdirSync(join(dist, folder), { recursive: true })
  for (const source of SOURCES) writeFileSync(join(dist, source.replace('.cts', '.cjs')), compiled(source, ts.ScriptTarget.ES2023))
  writeFileSync(join(root, 'package/package.json'), '{"type":"module"}')
  writeFileSync(join(dist, 'cli.js'), `export async function main(argv) { console.log('cli ' + argv.join(' ')); return 7 }`)
  const project = join(root, 'project')
  const store = openStore(join(project, '.datagen'))
  await store.put(response(1))
  await store.close()
  const configPath = join(project, 'datagen.config.ts')
  writeFileSync(configPath, 'export default {}')
  writeFileSync(join(project, 'train.jsonl'), '{}\n')
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const reads = {
    files: new Map([[configPath, sha256('export default {}')]]),
    env: new Map(),
    code: new Map([[configPath, sha256('export default{}')]]),
  }
  const stamp = (changes: Partial<StampInput> = {}) =>
    writeStamp(project, {
      reads,
      configPath,
      outputs: [join(project, 'train.jsonl')],
      exitCode: 0,
      lines: ['Up to date. 27 cells, 1 output'],
      toolPath: join(dist, 'cli.js'),
      ...changes,
    })
  const run = (args: readonly string[], { node = process.execPath, flags = [] as string[], env = {}, cwd = project } = {}) =>
    spawnSync(node, [...flags, join(dist, 'bin.cjs'), ...args], { cwd, encoding: 'utf8', env: { PATH: '/nowhere', ...env } })
  return { root, project, stamp, run }
}

const outcome = ({ status, stdout, stderr }: SpawnSyncReturns<string>) => ({
  status,
  stdout,
  stderr: stderr.replace(/\(\d+ ms\)/, '(N ms)'),
})

describe('a build with nothing to do', () => {
  it.each([
    [['build']],
    [['build', '--yes']],
    [['build', '--no-color', '--yes']],
    [['build', '--reporter', 'plain']],
    [['build', '--reporter=ci']],
    [['build', '--reporter', 'tty', '--yes']],
  ])('%j says so and loads nothing', async (args) => {
    const { stamp, run } = await installed()
    expect(stamp()).toBe(true)
    expect(outcome(run(args))).toEqual({ status: 0, stdout: '', stderr: '✔ Up to date. 27 cells, 1 output (N ms)\n' })
  })

  it('says nothing when it should be silent, and exits as it did before', async () => {
    const { stamp, run } = await installed()
    stamp({ exitCode: 1, lines: ['Up to date. 27 cells, 2 rejected', 'second line'] })
    expect(outcome(run(['build', '--reporter', 'silent']))).toEqual({ status: 1, stdout: '', stderr: '' })
    expect(outcome(run(['build']))).toEqual({ status: 1, stdout: '', stderr: '✖ Up to date. 27 cells, 2 rejected (N ms)\nsecond line\n' })
  })

  it('loads two modules of its own and no other', async () => {
    const { root, stamp, run } = await installed()
    stamp()
    const preload = join(root, 'count.cjs')
    writeFileSync(
      preload,
      `process.on('exit', () => console.log(Object.keys(require.cache).map((path) => path.split('/').pop()).join(' ')))`,
    )
    expect(outcome(run(['build'], { flags: ['--require', preload] })).stdout).toBe('count.cjs bin.cjs stamp-check.cjs\n')
  })

  it('loads one more, and only once, when a comment of the config changed', async () => {
    const { root, project, stamp, run } = await installed()
    stamp()
    writeFileSync(join(project, 'datagen.config.ts'), '// said\nexport default {\n}\n')
    const preload = join(root, 'count.cjs')
    writeFileSync(
      preload,
      `process.on('exit', () => console.log(Object.keys(require.cache).map((path) => path.split('/').pop()).join(' ')))`,
    )
    const count = () => outcome(run(['build'], { flags: ['--require', preload] }))
    const stderr = '✔ Up to date. 27 cells, 1 output (N ms)\n'
    expect(count()).toEqual({ status: 0, stdout: 'count.cjs bin.cjs stamp-check.cjs code-tokens.cjs\n', stderr })
    expect(count()).toEqual({ status: 0, stdout: 'count.cjs bin.cjs stamp-check.cjs\n', stderr })
    writeFileSync(join(project, 'datagen.config.ts'), 'export default [\n]\n')
    expect(outcome(run(['build']))).toEqual({ status: 7, stdout: 'cli build\n', stderr: '' })
  })

  it('lets nothing but text through to the terminal', async () => {
    const { stamp, run } = await installed()
    stamp({ lines: ['\u001b]0;evil\u0007Up\r\n to date\u202e'] })
    expect(outcome(run(['build'])).stderr).toBe('✔ ]0;evilUp to date (N ms)\n')
  })
})

describe('everything else is for the command line', () => {
  it.each([
    [['build', '--json']],
    [['build', '--reporter', 'json']],
    [['build', 'train']],
    [['build', '--frozen']],
    [['plan']],
    [['--version']],
    [['build', '--reporter']],
    [[]],
  ])('%j', async (args) => {
    const { stamp, run } = await installed()
    stamp()
    expect(outcome(run(args))).toEqual({ status: 7, stdout: `cli ${args.join(' ')}\n`, stderr: '' })
  })

  it('and so is a build after a change, or without a stamp', async () => {
    const { project, stamp, run } = await installed()
    expect(outcome(run(['build']))).toEqual({ status: 7, stdout: 'cli build\n', stderr: '' })
    stamp()
    writeFileSync(join(project, 'train.jsonl'), '[]\n')
    expect(outcome(run(['build']))).toEqual({ status: 7, stdout: 'cli build\n', stderr: '' })
  })
})

describe('an old Node', () => {
  const sentence = (version: string) => ({
    status: 2,
    stdout: '',
    stderr: `datagen needs Node 22.22 or newer, and this is Node ${version}: get a newer one from https://nodejs.org\n`,
  })

  it.each(['8.17.0', '20.20.2', '22.21.9'])('%s gets one sentence', async (version) => {
    const { root, run } = await installed()
    const preload = join(root, 'old.cjs')
    writeFileSync(
      preload,
      `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); process.getBuiltinModule = undefined`,
    )
    expect(outcome(run(['build'], { flags: ['--require', preload] }))).toEqual(sentence(version))
  })

  it.each(['22.22.0', '23.0.0', '100.0.0'])('but %s is new enough', async (version) => {
    const { root, run } = await installed()
    const preload = join(root, 'new.cjs')
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`)
    expect(outcome(run(['plan'], { flags: ['--require', preload] }))).toEqual({ status: 7, stdout: 'cli plan\n', stderr: '' })
  })

  const host = ['/usr/bin/node', '/usr/local/bin/node'].find(
    (path) => existsSync(path) && Number.parseInt(spawnSync(path, ['-v'], { encoding: 'utf8' }).stdout.slice(1), 10) < 22,
  )
  it.skipIf(host === undefined)('that this machine really has', async () => {
    const { run } = await installed()
    const version = spawnSync(host as string, ['-v'], { encoding: 'utf8' })
      .stdout.trim()
      .slice(1)
    expect(outcome(run(['build'], { node: host as string }))).toEqual(sentence(version))
  })

  it('can read every word of the file: no syntax newer than 2018 but import()', () => {
    expect(compiled('bin.cts', ts.ScriptTarget.ES2018)).toBe(compiled('bin.cts', ts.ScriptTarget.ESNext))
  })
})
