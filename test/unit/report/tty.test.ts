import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { createTtyReporter } from '../../../src/report/tty/reporter.ts'
import { FrozenClock } from '../../rig/frozen-clock.ts'
import { ENDING, MIDDLE, MIDDLE_MS, OPENING, STARTING, STOPPING } from '../../rig/screen-run.ts'
import { FakeTerminal } from '../../rig/terminal.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const reporter of open.splice(0)) await reporter.close()
})

function rig(columns = 80, rows = 24) {
  const terminal = new FakeTerminal(columns, rows)
  const { stderr, stdin } = terminal
  const clock = new FrozenClock()
  const heard: string[] = []
  const keys = {
    stop: () => heard.push('stop'),
    pause: (on: boolean) => heard.push(on ? 'pause' : 'resume'),
    interrupt: () => heard.push('interrupt'),
  }
  const reporter = createTtyReporter(false, { stderr, stdout: stderr, stdin, clock, root: '/project', keys })
  open.push(reporter)
  const emit = (...events: readonly (readonly Event[])[]) => {
    for (const event of events.flat()) reporter.emit(event)
  }
  /** Presses keys and waits for what they do. */
  const press = async (key: string, effect: () => boolean | Promise<boolean>) => {
    stdin.press(key)
    const seen = async () => {
      await reporter.drawn()
      return effect()
    }
    await expect.poll(seen, { interval: 5 }).toBe(true)
  }
  return { terminal, stdin, clock, reporter, emit, press, heard, shows: async (text: string) => (await terminal.screen()).includes(text) }
}

describe('the live screen', () => {
  test('does not appear when everything is cached', async () => {
    const { terminal, emit, reporter } = rig()
    const counts = { items: 27, accepted: 27, rejected: 0, failed: 0, pending: 0 }
    emit(OPENING, [
      { type: 'batch-start', batch: 'seed' },
      {
        type: 'run-end',
        exitCode: 0,
        ms: 12,
        counts,
        cached: 27,
        calls: 0,
        generated: 0,
        usage: { inputTokens: 0, outputTokens: 0, usd: 0, estimated: false },
        problems: [],
      },
    ])
    await reporter.close()
    expect(terminal.written).toBe('✔ Up to date. 27 cells, 2 outputs (12 ms)\n')
  })

  test('appears when a batch job is all there is to wait for', async () => {
    const { emit, reporter, shows } = rig()
    const job = { type: 'job', job: 2, use: 'openai:m', remote: 'batch_1', requests: 40, since: '2026-11-27T05:00:00.000Z' } as const
    emit(OPENING, [{ ...job, state: 'submitted' }])
    await reporter.drawn()
    expect(await shows('1 batch job, 0 of 40 requests answered')).toBe(true)
  })

  test('is not put up after a run that ended while it was being loaded', async () => {
    const { terminal, emit, reporter } = rig()
    emit(OPENING, STARTING, STOPPING, ENDING)
    await reporter.close()
    expect(terminal.written).not.toContain('\x1b')
    expect(terminal.written).toMatch(/^■ Stopped after/)
  })

  test('is gone without a trace when the summary comes, and the terminal is as it was', async () => {
    const { terminal, stdin, emit, reporter } = rig()
    emit(OPENING, STARTING)
    await reporter.drawn()
    expect([stdin.isRaw, terminal.cursorVisible]).toEqual([true, false])
    emit(MIDDLE)
    await reporter.drawn()
    emit(STOPPING, ENDING)
    await reporter.close()
    expect((await terminal.screen()).split('\n')[0]).toBe('warning: 12 cells render the same request as another cell')
    expect(await terminal.screen()).not.toMatch(/datagen {2}|running|█/)
    expect([stdin.isRaw, terminal.cursorVisible]).toEqual([false, true])
  })

  test('leaves at once when the process must', async () => {
    const { terminal, stdin, emit, reporter } = rig()
    emit(OPENING, STARTING)
    await reporter.drawn()
    reporter.restore()
    expect([stdin.isRaw, terminal.cursorVisible]).toEqual([false, true])
    expect(await terminal.screen()).toBe('\n')
    reporter.restore()
  })

  test('writes nothing while nothing changes, and one line when an age does', async () => {
    const { terminal, clock, emit, reporter } = rig()
    emit(OPENING, STARTING)
    await reporter.drawn()
    const before = terminal.written.length
    await clock.advanceTo(1_900)
    await reporter.drawn()
    expect(terminal.written.length).toBe(before)
    await clock.advanceTo(2_000)
    await reporter.drawn()
    const bytes = terminal.written.length - before
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(1_000) // eight ages, not the screen
    expect(await terminal.screen()).toContain('2s')
  })

  test('is drawn at most ten times a second, however much happens', async () => {
    const { terminal, clock, emit, reporter } = rig()
    emit(OPENING, STARTING)
    await reporter.drawn()
    const frames = () => terminal.written.split('\x1b[?2026h').length
    const before = frames()
    for (const event of MIDDLE) reporter.emit(event)
    expect(frames()).toBe(before)
    await clock.advanceTo(100)
    await reporter.drawn()
    expect(frames() - before).toBe(1)
  })

  test('is whole after the terminal became narrower, wider, lower and higher', async () => {
    const { terminal, clock, emit, reporter } = rig(120, 60)
    terminal.feed('$ datagen build\n')
    emit(OPENING, STARTING, MIDDLE)
    await clock.advanceTo(MIDDLE_MS)
    await reporter.drawn()
    for (const [columns, rows] of [
      [60, 60],
      [100, 60],
      [41, 60],
      [80, 50],
    ] as const) {
      terminal.resize(columns, rows)
      await reporter.drawn()
      const lines = (await terminal.screen()).trimEnd().split('\n')
      expect(lines.filter((line) => line.includes('support-bot')).length, `${columns}×${rows}`).toBe(1)
      expect(lines[0]).toBe('$ datagen build')
      expect(lines.length).toBe(17)
    }
    // Rows that no longer fit are in the scrollback, where nothing can reach them; what is visible is whole.
    terminal.resize(80, 12)
    await reporter.drawn()
    const lines = (await terminal.visible()).trimEnd().split('\n')
    expect(lines.filter((line) => line.includes('support-bot')).length).toBe(1)
    expect(lines.at(-1)).toMatch(/and 66 more .*q stop$/)
  })

  test('takes keys: help, errors, rows, pause, stop, Ctrl-C', async () => {
    const { terminal, emit, reporter, press, heard, shows } = rig()
    emit(OPENING, STARTING, MIDDLE)
    await reporter.drawn()
    await press('?', () => shows('this help, and back'))
    await press('e', () => shows('9 rejected  the answer is not JSON'))
    await press('e', () => shows('… and 62 more'))
    await press('-', () => shows('… and 63 more'))
    await press('p', () => shows('paused'))
    await press('p', async () => !(await shows('paused')))
    await press('q', () => heard.includes('stop'))
    await press('\x03', () => heard.includes('interrupt'))
    expect(heard).toEqual(['pause', 'resume', 'stop', 'interrupt'])
    expect(terminal.cursorVisible).toBe(false)
  })

  test('lets what a config prints pass above it, made safe, and gives the console back', async () => {
    const { terminal, emit, reporter } = rig()
    const before = console.log
    emit(OPENING, STARTING)
    await reporter.drawn()
    console.log('from the config: %d \x1b[2J', 7)
    await reporter.drawn()
    const lines = (await terminal.screen()).split('\n')
    expect(lines[0]).toBe('from the config: 7 \\x1b[2J')
    expect(lines[1]).toMatch(/^ datagen {2}support-bot/)
    await reporter.close()
    expect(console.log).toBe(before)
  })

  test('comes back for the next run of a watch', async () => {
    const { terminal, emit, reporter, shows } = rig()
    emit(OPENING, STARTING)
    await reporter.drawn()
    emit(STOPPING, ENDING)
    emit(OPENING, STARTING)
    await reporter.drawn()
    expect(await shows('■ Stopped after')).toBe(true)
    expect(await shows('7,040/12,480')).toBe(true)
    expect(terminal.cursorVisible).toBe(false)
  })

  test('shows no hostile byte of a label, at any width', async () => {
    for (const columns of [40, 80, 160]) {
      const { terminal, emit, reporter } = rig(columns)
      emit(OPENING, STARTING, MIDDLE)
      await reporter.drawn()
      expect(terminal.written).toContain('hostile\\x1b[2J')
      expect(terminal.written).not.toMatch(/\x1b\[2J|\x1b\]|\u202e|\x07/)
      await reporter.close()
    }
  })
})

test('React is loaded in its fast form, and NODE_ENV is as before when the load is still under way', { timeout: 20_000 }, async () => {
  const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const program = `
    import { createRequire } from 'node:module'
    const { loadApp } = await import(${JSON.stringify(file('../../../src/report/tty/load.ts'))})
    const loading = loadApp(process.env)
    const during = process.env.NODE_ENV ?? 'unset'
    await loading
    const cache = Object.entries(createRequire(import.meta.url).cache)
    const loaded = cache.filter(([path, module]) => module.loaded && /cjs.react.*(production|development)/.test(path)).map(([path]) => path)
    console.log(JSON.stringify({ during, after: 'NODE_ENV' in process.env, fast: loaded.some((path) => /react-reconciler.production/.test(path)), slow: loaded.filter((path) => /development/.test(path)) }))`
  const { NODE_ENV: _, ...env } = process.env
  const argv = ['--import', file('../../rig/tsx-hook.ts'), '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env: { ...env, NODE_NO_WARNINGS: '1' } })
  expect(JSON.parse(stdout)).toEqual({ during: 'unset', after: false, fast: true, slow: [] })
})
