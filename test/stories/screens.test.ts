/** What a person sees, captured from a real pseudo-terminal at three widths, and what a log gets without one. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { runInPty } from '../rig/pty.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const golden = (name: string) => file(`../golden/screens/${name}.txt`)
const argv = [process.execPath, '--import', file('../rig/tsx-hook.ts'), file('../rig/screen-fixture.ts')]
const env = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8', NODE_NO_WARNINGS: '1' }

/** C0 but line ends, C1, DEL, bidi controls and tags: nothing that a model or a config could have smuggled in. */
const SMUGGLED = /\x1b\]52|\x07AAAA|\x1b\[2J|\x1b\[3J|[\x80-\x9f\u202a-\u202e\u2066-\u2069]/

describe.each([40, 80, 160])('on a terminal of %i columns', { timeout: 40_000 }, (columns) => {
  test('the screen starts, fills, helps, stops and leaves a summary', async () => {
    const run = await runInPty(argv, columns, 24, env)
    expect(run.code, run.bytes).toBe(0)
    expect([...run.frames.keys()]).toEqual(['start', 'middle', 'help', 'errors', 'stopping', 'end'])
    for (const [name, screen] of run.frames) {
      await expect(screen).toMatchFileSnapshot(golden(`${columns}-${name}`))
      if (name !== 'end') expect(screen.trimEnd().split('\n').length).toBe(16)
    }
    expect(run.restored).toBe(true)
    expect(run.bytes).not.toMatch(SMUGGLED)
    expect(run.bytes.lastIndexOf('\x1b[?25h')).toBeGreaterThan(run.bytes.lastIndexOf('\x1b[?25l'))
  })
})

test('NO_COLOR leaves the screen as it is, without a single colour', { timeout: 40_000 }, async () => {
  const run = await runInPty(argv, 80, 24, { ...env, NO_COLOR: '1' })
  expect(run.bytes).not.toMatch(/\x1b\[[0-9;]*m/)
  await expect(run.frames.get('middle')).toMatchFileSnapshot(golden('80-middle'))
})

describe('without a terminal', () => {
  const lines = async (extra: NodeJS.ProcessEnv) => {
    const { stdout, stderr } = await promisify(execFile)(argv[0] as string, argv.slice(1), { env: { ...env, ...extra } })
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(/[\r\x1b]/)
    return stderr
  }

  test('the run is told in lines', async () => {
    await expect(await lines({})).toMatchFileSnapshot(golden('no-tty'))
  })

  test('in CI the lines are fewer, and none can be taken for a workflow command', async () => {
    const log = await lines({ CI: 'true', GITHUB_ACTIONS: 'true' })
    expect(log).not.toMatch(/^\s*::|##\[/m)
    await expect(log).toMatchFileSnapshot(golden('ci'))
  })
})
