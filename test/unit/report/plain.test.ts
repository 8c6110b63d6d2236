import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import type { ReporterName } from '../../../src/report/choose.ts'
import { eventLine } from '../../../src/report/json.ts'
import { createReporter, type Reporter } from '../../../src/report/reporter.ts'
import { FrozenClock } from '../../rig/frozen-clock.ts'
import { ENDING, MIDDLE, OPENING, STARTING, STOPPING } from '../../rig/screen-run.ts'
import { FakeStream } from '../../rig/terminal.ts'

function pipe() {
  const written = { text: '' }
  const take = (text: string) => {
    written.text += text
  }
  const stream = Object.assign(new FakeStream(take, 80, 24), { isTTY: false })
  return { written, stream }
}

function rig(name: ReporterName) {
  const [out, err, clock] = [pipe(), pipe(), new FrozenClock()]
  const reporter: Reporter = createReporter(
    { reporter: name, color: false },
    { stderr: err.stream, stdout: out.stream, clock, root: '/project' },
  )
  const emit = (...events: readonly (readonly Event[])[]) => {
    for (const event of events.flat()) reporter.emit(event)
  }
  return { out: out.written, err: err.written, clock, reporter, emit }
}

describe('the plain reporter', () => {
  test('names places of the config as one would type them', () => {
    const { err, emit } = rig('plain')
    const place = { file: '/project/datagen.config.yaml', line: 4, column: 7 }
    emit(OPENING, [{ type: 'notice', diagnostic: { code: 'c', severity: 'warning', headline: 'odd', place } }])
    expect(err.text).toContain('  at  datagen.config.yaml:4:7\n')
  })

  test('says what the build waits for', async () => {
    const { err, clock, emit, reporter } = rig('plain')
    emit(OPENING, STARTING, [{ type: 'hold-up', use: 'openai:gpt-5', at: 1_000, hold: { why: 'pause', ms: 60_000 } }])
    err.text = ''
    await clock.advanceTo(10_000)
    expect(err.text).toBe('  7,040/12,480 done, 8 running, 0 generated, 7,040 cached; waiting: 51s, as the server of openai:gpt-5 asks\n')
    await reporter.close()
  })

  test('says how far it is at most every ten seconds, and not at all while nothing changes', async () => {
    const { err, clock, emit, reporter } = rig('plain')
    emit(OPENING, STARTING)
    err.text = ''
    await clock.advanceTo(9_999)
    expect(err.text).toBe('')
    await clock.advanceTo(60_000)
    expect(err.text).toBe('  7,040/12,480 done, 8 running, 0 generated, 7,040 cached\n')
    await reporter.close()
  })

  test('ends its clockwork with the run', async () => {
    const { err, clock, emit } = rig('plain')
    emit(OPENING, STARTING, MIDDLE, STOPPING, ENDING)
    const before = err.text
    await clock.advanceTo(500_000)
    expect(err.text).toBe(before)
  })

  test('tells one example of each kind of trouble as it happens', () => {
    const { err, emit } = rig('plain')
    emit(OPENING, STARTING, MIDDLE)
    expect(err.text.split('\n').filter((line) => /^ {2}(rejected|failed)/.test(line))).toEqual([
      '  rejected  refund × angry × single  the answer is not JSON',
      '  failed  password × angry × multi-turn  api.openai.com answered 503 five times',
    ])
  })

  test('a build with nothing to do is one line', () => {
    const { err, emit } = rig('plain')
    const counts = { items: 27, accepted: 27, rejected: 0, failed: 0, pending: 0 }
    emit([
      { type: 'run-start', schema: 1, run: '1', time: '', command: 'build', dataset: 'd' },
      {
        type: 'planned',
        items: 27,
        batches: [{ batch: 'all', items: 27, cached: 27, todo: 0, after: [] }],
        outputs: ['a'],
        models: [],
        concurrency: 8,
      },
      { type: 'batch-start', batch: 'all' },
      { type: 'batch-end', batch: 'all', counts },
      { type: 'output-end', output: 'a', path: 'a', rows: 27, bytes: 9, what: 'unchanged' },
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
    expect(err.text).toBe('✔ Up to date. 27 cells, 1 output (12 ms)\n')
  })

  test('a warning after the end is still told', () => {
    const { err, emit } = rig('plain')
    emit(OPENING, STARTING, MIDDLE, STOPPING, ENDING)
    err.text = ''
    emit([{ type: 'notice', diagnostic: { code: 'store/damaged', severity: 'warning', headline: '1 answer is damaged' } }])
    expect(err.text).toBe('warning: 1 answer is damaged\n')
  })
})

describe('the CI reporter', () => {
  test('shows that it lives every thirty seconds, changed or not', async () => {
    const { err, clock, emit, reporter } = rig('ci')
    emit(OPENING, STARTING)
    err.text = ''
    await clock.advanceTo(90_000)
    expect(err.text).toBe('  7,040/12,480 done, 8 running, 0 generated, 7,040 cached\n'.repeat(3))
    await reporter.close()
  })

  test('a dataset cannot give the runner commands', () => {
    const { err, emit } = rig('ci')
    const cell = '##[add-mask]x'
    emit(OPENING.map((event) => ('dataset' in event ? { ...event, dataset: '::error::gotcha' } : event)))
    emit([{ type: 'cell-end', batch: 'seed', cell, state: 'failed', cached: false, code: 'x', message: '::warning::y' }])
    expect(err.text).toContain('.::error::gotcha: 12,480 cells')
    expect(err.text).toContain('failed  ## [add-mask]x  ::warning::y')
    expect(err.text).not.toMatch(/^\s*::|##\[/m)
  })
})

describe('the JSON reporter', () => {
  test('writes every event as it is, one a line, and nothing else anywhere', async () => {
    const { out, err, emit, reporter } = rig('json')
    const events = [OPENING, STARTING, MIDDLE, STOPPING, ENDING].flat()
    emit(events)
    await reporter.close()
    expect(
      out.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(events)
    expect(err.text).toBe('')
  })

  test('holds no byte that a terminal would obey, and loses none', () => {
    const headline = 'a\x1b[2J\x7f\x9b\u202e\u2028\u{e0041}\u200bb'
    const event: Event = { type: 'notice', diagnostic: { code: 'x', severity: 'warning', headline } }
    expect(eventLine(event)).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(eventLine(event))).toEqual(event)
  })

  test('names places without the text of their files', () => {
    const place = { file: 'datagen.config.ts', line: 3, source: 'the whole config' }
    const event: Event = { type: 'notice', diagnostic: { code: 'x', severity: 'warning', headline: 'h', place } }
    expect(JSON.parse(eventLine(event))).toEqual({
      type: 'notice',
      diagnostic: { code: 'x', severity: 'warning', headline: 'h', place: { file: 'datagen.config.ts', line: 3 } },
    })
  })
})

test('the silent reporter is silent', async () => {
  const { out, err, emit, reporter } = rig('silent')
  emit(OPENING, STARTING, MIDDLE, STOPPING, ENDING)
  await reporter.close()
  expect([out.text, err.text]).toEqual(['', ''])
})
