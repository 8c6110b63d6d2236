/** Code in answers is run where it can do no harm, or not at all. Without bubblewrap only the second half is tested. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { CodeCheck, Config } from '../../schema/config.ts'
import type { FoundSandbox } from '../../src/config/dataset.ts'
import { findSandbox } from '../../src/config/find-sandbox.ts'
import { runCode } from '../../src/generate/run-code.ts'
import type { RunnableLanguage } from '../../src/util/run-languages.ts'
import { sandboxed } from '../../src/util/sandbox.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { type Built, World } from '../rig/world.ts'

const PATH = { PATH: process.env['PATH'] }
const found = await findSandbox('bwrap', ['python', 'javascript', 'shell'], PATH)
const works = 'sandbox' in found
if (!works) console.warn(`code-run: nothing is run in these tests: ${found.missing}`)

const config = (check: Partial<CodeCheck>, over: Partial<Config> = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: ['a', 'b'] },
  recipe: {
    attempts: 2,
    steps: { answer: { ask: 'm', prompt: 'about {{ cell.t }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ cell.t }}?' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks: [{ check: 'code', run: true, ...check }],
  ...over,
})
const fenced = (label: string, code: string) => `Like this:\n\n\`\`\`${label}\n${code}\n\`\`\`\n`
const answering = (a: string, b: string) =>
  new ScriptedProvider({ content: (_, { body }) => (JSON.stringify(body).includes('about a') ? a : b) })
const problems = ({ result }: Built) => result?.end.problems.map(({ code, message, count }) => [code, message, count])
const cells = (at: World) => at.rows()?.map(({ meta }) => meta.cell['t'])
const notices = ({ events }: Built) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic] : []))

describe('without a sandbox', () => {
  it('nothing is run: rows fail, the build stops and says why, and no answer is lost', async () => {
    using at = new World(answering(fenced('sh', 'true'), fenced('py', '1')))
    const built = await at.build(config({}))
    expect([built.result?.exitCode, at.rows(), built.result?.end.counts.accepted]).toEqual([3, undefined, 0])
    expect(notices(built)[0]).toMatchObject({
      code: 'check/sandbox-missing',
      severity: 'error',
      headline: expect.stringContaining(
        'there is no sandbox to run code in (bwrap is not there; sandbox-exec is not there; podman is not there',
      ),
      hint: expect.stringContaining('install bubblewrap'),
      place: { file: join(at.root, 'datagen.config.json') },
    })
    const without = await at.build(config({ run: false }))
    expect([without.calls.length + built.calls.length, cells(at)]).toEqual([2, ['a', 'b']])
  })

  const fake = mkdtempSync(join(tmpdir(), 'datagen-fake-'))
  chmodSync(fake, 0o755)
  afterAll(() => rmSync(fake, { recursive: true }))
  const programs = (scripts: { readonly [name: string]: string }) => {
    const folder = mkdtempSync(join(fake, 'bin-'))
    chmodSync(folder, 0o755)
    for (const [name, text] of Object.entries(scripts)) writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return { PATH: folder }
  }

  it('one that is there and does not work is none', async () => {
    const env = programs({
      bwrap: 'echo "bwrap: no permissions to create a new namespace" >&2; exit 1',
      podman: 'echo "podman: cannot connect" >&2; exit 125',
      docker: 'echo "Is the docker daemon running?" >&2; exit 1',
    })
    const { missing } = (await findSandbox('auto', ['python'], env)) as Extract<FoundSandbox, { missing: string }>
    for (const why of ['no permissions to create a new namespace', 'podman does not work: podman: cannot connect', 'daemon running?'])
      expect(missing).toContain(why)
    // What pretends to have worked has not said that it began.
    expect(await findSandbox('bwrap', ['python'], programs({ bwrap: 'exit 0' }))).toEqual({
      missing: 'there is no sandbox to run code in (bwrap does not work: it said nothing)',
    })
  })

  it('an image that is not there is not fetched, and code that it should have run fails', async () => {
    const env = programs({ podman: 'case "$1" in info) exit 0;; *) echo "no such image" >&2; exit 125;; esac' })
    const sandbox = await findSandbox('auto', ['python'], env)
    expect(sandbox).toMatchObject({
      sandbox: { kind: 'podman' },
      interpreters: { python: { missing: 'podman has no image "python:3-slim"; fetch it with `podman pull python:3-slim`' } },
    })
    expect(await verdict(sandbox, 'python', 'print(1)')).toMatchObject({ code: 'interpreter-missing', kind: 'fatal' })
  })

  it('a sandbox that breaks down later is no verdict on the code', async () => {
    const env = programs({ podman: 'case "$1" in info|image) exit 0;; *) echo "out of space" >&2; exit 125;; esac' })
    const sandbox = await findSandbox('podman', ['shell'], env)
    expect(await verdict(sandbox, 'shell', 'true')).toEqual({
      kind: 'refused',
      code: 'sandbox-failed',
      message: 'the sandbox (podman) did not start the shell code: out of space',
    })
  })

  it('a container has no network, no rights, no writable root, and limits', () => {
    const docker = { kind: 'docker', program: '/bin/docker', asNobody: false, env: { DOCKER_HOST: 'unix:///x' } } as const
    const { argv, env } = sandboxed(docker, 'python', ['python3', '-'], { seconds: 3, memoryMb: 100 }, '/node')
    const text = argv.join(' ')
    for (const option of [
      '--rm --interactive --pull=never --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user 65534:65534 --pids-limit 64',
      '--memory 100m --memory-swap 100m --ulimit cpu=3',
      'python:3-slim timeout -s KILL 12 sh -c',
    ])
      expect(text).toContain(option)
    expect(env).toEqual({ PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', DOCKER_HOST: 'unix:///x' })
  })
})

/** What is wrong with the code; undefined when nothing is; a failure where that could not be told. */
async function verdict(sandbox: FoundSandbox, language: RunnableLanguage, text: string, limits = { seconds: 5, memoryMb: 256 }) {
  const reply = await runCode({ sandbox: { found: sandbox, limits }, code: [{ language, text }], signal: new AbortController().signal })
  if (reply.kind === 'failure') return reply.failure
  const { ok, message } = JSON.parse(new TextDecoder().decode(reply.raw))
  return ok ? undefined : (message as string)
}

describe.skipIf(!works)('in bubblewrap', () => {
  const run = (language: RunnableLanguage, text: string, limits?: { seconds: number; memoryMb: number }) =>
    verdict(found, language, text, limits)

  it.each<[RunnableLanguage, string]>([
    ['python', 'import json, sys\nprint(json.dumps([1]))\nsys.exit(0)'],
    ['javascript', "import { readFileSync } from 'node:fs'\nawait null\nconsole.log(typeof readFileSync)"],
    ['javascript', "const { readFileSync } = require('node:fs')\nconsole.log(typeof readFileSync)"],
    ['typescript', 'enum A { x }\nconst y: number = A.x\nif (y !== 0) throw new Error()'],
    ['shell', 'set -eu\necho hi > here.txt\n[ "$(cat here.txt)" = hi ]\nread -r line || true'],
  ])('runs %s to its end', async (language, text) => expect(await run(language, text)).toBeUndefined())

  it.each<[RunnableLanguage, string, RegExp]>([
    ['python', 'print(undefined_name)', /^the python code ended with exit code 1: NameError: name 'undefined_name' is not defined$/],
    ['python', 'def f(:', /SyntaxError/],
    ['javascript', 'throw new Error("no")', /^the javascript code ended with exit code 1/],
    ['typescript', 'const x: = 1', /does not parse/],
    ['shell', 'exit 7', /^the shell code ended with exit code 7$/],
  ])('tells what is wrong with %s', async (language, text, message) => expect(await run(language, text)).toMatch(message))

  it('sees no home, no project, no files of the machine, and writes nothing that stays', async () => {
    const secret = join(homedir(), `.datagen-test-${process.pid}`)
    writeFileSync(secret, 'secret')
    const mark = `datagen-escape-${process.pid}`
    try {
      for (const path of [
        secret,
        homedir(),
        process.cwd(),
        '/etc/passwd',
        '/etc/shadow',
        '/var',
        '/root',
        '/home',
        '/proc/1/root/etc/passwd',
      ])
        expect([path, await run('shell', `! test -e '${path}' || { echo seen >&2; exit 1; }`)]).toEqual([path, undefined])
      for (const path of ['/', '/usr', '/dev', '/etc', '/opt', homedir(), tmpdir()]) await run('shell', `echo x > '${path}/${mark}'`)
      for (const path of ['/', '/usr', '/dev', '/etc', '/opt', homedir(), tmpdir()]) expect(existsSync(join(path, mark))).toBe(false)
      expect(await run('shell', 'touch /x || touch /usr/x || touch /dev/x || touch /opt/x')).toMatch(/Read-only file system/)
    } finally {
      rmSync(secret)
    }
  })

  it('sees nothing of the environment, its own or another process’s', async () => {
    process.env['DATAGEN_TEST_SECRET'] = 'sk-hush-hush'
    try {
      const look = 'env > all; cat /proc/*/environ /proc/*/cmdline >> all 2>/dev/null; ! grep -q -a "hush-hush\\|HOME=/root" all'
      expect(await run('shell', look)).toBeUndefined()
      const names =
        'const names = Object.keys(process.env).sort().join()\nif (!/^HOME,LANG,(OLDPWD,)?PATH,PWD,(SHLVL,)?TMPDIR(,_)?$/.test(names)) throw names'
      expect(await run('javascript', names)).toBeUndefined()
      expect(await run('shell', '[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 8 ]')).toBeUndefined()
    } finally {
      delete process.env['DATAGEN_TEST_SECRET']
    }
  })

  it('reaches no network, not even this machine', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    try {
      const { port } = server.address() as { port: number }
      const connect = (host: string, at: number) => `import socket\nsocket.create_connection(('${host}', ${at}), 2)`
      expect(await run('python', connect('127.0.0.1', port))).toMatch(/Connection refused/)
      expect(await run('python', connect('1.1.1.1', 443))).toMatch(/Network is unreachable/)
    } finally {
      server.close()
    }
  })

  it('stops a loop, a sleeper, a flood of output, of files, of memory and of processes', async () => {
    const short = { seconds: 1, memoryMb: 128 }
    expect(await run('python', 'while True: pass', short)).toMatch(/used (more than 1 s of|too much) processor time/)
    expect(await run('javascript', 'for (;;);', short)).toMatch(/used (more than 1 s of|too much) processor time/)
    expect(await run('shell', 'sleep 60', { ...short, seconds: 0.25 })).toBe('the shell code did not end within 1 s')
    expect(await run('shell', 'head -c 2000000000 /dev/zero')).toBe('the shell code printed more than 1048576 bytes')
    expect(await run('shell', 'head -c 2000000000 /dev/zero > big')).toMatch(/exit code|too large/)
    expect(await run('shell', 'for i in 1 2 3 4 5; do head -c 9000000 /dev/zero > f$i || exit 9; done')).toMatch(/exit code 9/)
    expect(await run('python', 'x = bytearray(400 * 1024 * 1024)', short)).toMatch(/MemoryError/)
    expect(await run('javascript', 'const all = []\nfor (;;) all.push(new Array(1e6).fill(1.5))', { seconds: 5, memoryMb: 64 })).toMatch(
      /exit code/,
    )
    const bomb =
      'import os, sys\nn = 0\ntry:\n  while n < 300:\n    if os.fork() == 0:\n      import time; time.sleep(5); os._exit(0)\n    n += 1\nexcept OSError: sys.exit(0 if n < 64 else 1)\nsys.exit(2)'
    expect(await run('python', bomb)).toBeUndefined()
  })

  it('leaves no process behind, also of those that would rather stay', async () => {
    const { execFileSync } = await import('node:child_process')
    const mark = `datagen${process.pid}stay`
    expect(await run('shell', `setsid nohup bash -c 'exec -a ${mark} sleep 30' >/dev/null 2>&1 &`)).toBeUndefined()
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(mark)
  })

  it('turns rows down, remembers verdicts by the code alone, and runs again for another limit', async () => {
    using at = new World(
      answering(fenced('python', 'x = 1'), `${fenced('python', 'y = 1')}Then:\n${fenced('python', 'print(y + z)')}`),
      PATH,
    )
    const ran = ({ events }: Built) => events.filter((event) => event.type === 'step-start' && event.step === 'check:code').length
    const first = await at.build(config({ run: ['python'] }))
    expect(problems(first)).toEqual([['code', "the python code ended with exit code 1: NameError: name 'z' is not defined", 1]])
    expect([cells(at), ran(first)]).toEqual([['a'], 2])
    const again = await at.build(config({ run: ['python'] }, { concurrency: 2 }))
    expect([again.calls, ran(again)]).toEqual([[], 0])
    const alone = await at.build(config({ run: ['python'], blocks: 'each' }))
    expect([alone.calls, ran(alone), problems(alone)?.[0]?.[1]]).toEqual([[], 1, expect.stringContaining("name 'y' is not defined")])
    const more = await at.build(config({ run: ['python'], memoryMb: 300 }))
    expect([more.calls, ran(more), cells(at)]).toEqual([[], 2, ['a']])
    const shell = await at.build(config({ run: ['shell'] }))
    expect([shell.calls, cells(at)]).toEqual([[], ['a', 'b']])
  })

  it('sends a row back with what went wrong', async () => {
    const provider = new ScriptedProvider({
      content: (_, { body }) =>
        fenced('js', (body['messages'] as unknown as unknown[]).length > 1 ? 'mended()\nfunction mended() {}' : 'broken()'),
    })
    using at = new World(provider, PATH)
    const built = await at.build(config({ run: ['javascript'], retry: true }, { dimensions: { t: ['a'] } }))
    expect(JSON.stringify(built.calls[1]?.body)).toContain('This was turned down by a check: the javascript code ended with exit code 1')
    expect(at.rows()?.[0]?.row.messages[1]?.content).toContain('mended()')
  })
})
