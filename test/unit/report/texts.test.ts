import { describe, expect, test } from 'vitest'
import type { Event, RunEnd } from '../../../src/events/event.ts'
import { diagnosticText } from '../../../src/report/diagnostic.ts'
import { excerpts } from '../../../src/report/difference.ts'
import { type ExplainView, explainText } from '../../../src/report/explain-text.ts'
import { type PlanView, planText } from '../../../src/report/plan-text.ts'
import { reduce } from '../../../src/report/reduce.ts'
import { initialState } from '../../../src/report/state.ts'
import { type StatusView, statusText } from '../../../src/report/status-text.ts'
import { type SummaryPaper, summaryLines } from '../../../src/report/summary.ts'

const plain = { color: false, columns: 100 }
const lines = (text: string) => text.split('\n')

describe('a diagnostic', () => {
  const diagnostic = {
    code: 'config/unknown-dimension',
    severity: 'error',
    headline: 'batch "harden" wants dimension "moood", which is not declared',
    place: { file: 'datagen.config.ts', line: 2, column: 11, length: 5, source: 'batches: {\n  where: {moood: 1},\n}' },
    facts: [['declared', 'intent, mood, channel']],
    hint: 'did you mean "mood"?',
  } as const

  test('has a headline, the place with its code, aligned facts and a hint', () => {
    expect(lines(diagnosticText(diagnostic, plain))).toEqual([
      'error: batch "harden" wants dimension "moood", which is not declared',
      '  at        datagen.config.ts:2:11',
      '    1 │ batches: {',
      '    2 │   where: {moood: 1},',
      '      │           ^^^^^',
      '    3 │ }',
      '  declared  intent, mood, channel',
      '  hint      did you mean "mood"?',
    ])
  })

  test('wraps its words under each other and clips only the code', () => {
    expect(lines(diagnosticText(diagnostic, { color: false, columns: 30 }))).toEqual([
      'error: batch "harden" wants',
      '  dimension "moood", which is',
      '  not declared',
      '  at        datagen.config.ts:2:11',
      '    1 │ batches: {',
      '    2 │   where: {moood: 1},',
      '      │           ^^^^^',
      '    3 │ }',
      '  declared  intent, mood,',
      '            channel',
      '  hint      did you mean',
      '            "mood"?',
    ])
  })

  test('is one line when there is nothing to add, and obeys no escape', () => {
    expect(diagnosticText({ code: 'x', severity: 'warning', headline: 'bad \x1b[2J name' }, { color: true })).toBe(
      '\x1b[33m\x1b[1mwarning: \x1b[22m\x1b[39m\x1b[1mbad \\x1b[2J name\x1b[22m',
    )
  })
})

describe('the difference of two texts', () => {
  test('short ones are shown whole', () => {
    expect(excerpts('0.7', '1')).toEqual(['"0.7"', '"1"'])
  })

  test('long ones show the changed words with three around them', () => {
    const before = 'You are a helpful assistant. Always be polite when a customer is angry about the service.'
    const after = 'You are a helpful assistant. Always be polite and brief when a customer is angry about the service.'
    expect(excerpts(before, after)).toEqual(['"…Always be polite when a customer…"', '"…Always be polite and brief when a customer…"'])
  })

  test('a change at either end has no ellipsis there', () => {
    expect(excerpts('one two three four five six seven eight', 'ONE two three four five six seven eight')).toEqual([
      '"one two three four…"',
      '"ONE two three four…"',
    ])
  })

  test('a text that is wholly new is cut in its middle', () => {
    const [, after] = excerpts('a', 'word '.repeat(100))
    expect(after.length).toBeLessThan(230)
    expect(after).toContain(' … ')
  })
})

const CLEAN: RunEnd = {
  type: 'run-end',
  exitCode: 0,
  ms: 1_234,
  counts: { items: 27, accepted: 27, rejected: 0, failed: 0, pending: 0 },
  cached: 0,
  calls: 54,
  generated: 27,
  usage: { inputTokens: 12_345, outputTokens: 4_500, usd: 0.0421, estimated: false },
  problems: [],
}

function summary(
  end: RunEnd,
  events: readonly Event[] = [],
  simulated = false,
  paper: SummaryPaper = { ...plain, cwd: '/project' },
): string[] {
  const opening: Event[] = [
    { type: 'run-start', schema: 1, run: '1', time: '', command: 'build', dataset: 'd' },
    {
      type: 'planned',
      items: 27,
      batches: [{ batch: 'all', items: 27, cached: 0, todo: 27, after: [] }],
      outputs: ['/project/data/train.jsonl'],
      models: [{ name: 'default', use: simulated ? 'simulated' : 'openai:gpt-5', simulated }],
      concurrency: 8,
    },
  ]
  return summaryLines([...opening, ...events, end].reduce(reduce, initialState()), paper)
}

const wrote = (path: string, rows: number, what: 'written' | 'unchanged' | 'held-back' | 'partial' = 'written'): Event => ({
  type: 'output-end',
  output: 'train',
  path,
  rows,
  bytes: 1,
  what,
})

describe('the summary', () => {
  test('of a build says what was written, from what, and for how much', () => {
    expect(summary(CLEAN, [wrote('/project/data/train.jsonl', 24), wrote('/project/data/valid.jsonl', 3)])).toEqual([
      '✔ Built data/train.jsonl (24 rows) and data/valid.jsonl (3) in 1.2 s',
      '  27 generated · 0 cached',
      '  $0.04 spent · 12.3k tokens in, 4.5k out',
    ])
  })

  test('of simulated answers says that they are not for training, and names no money', () => {
    expect(summary(CLEAN, [wrote('/project/data/train.jsonl', 27)], true)).toEqual([
      '✔ Built data/train.jsonl (27 rows) in 1.2 s',
      '  27 generated · 0 cached',
      '  simulated answers: not for training · 12.3k tokens in, 4.5k out',
    ])
  })

  test('of a build with nothing to do is one line', () => {
    const end = {
      ...CLEAN,
      ms: 12,
      calls: 0,
      generated: 0,
      cached: 27,
      usage: { inputTokens: 0, outputTokens: 0, usd: 0, estimated: false },
    }
    expect(summary(end, [wrote('/project/data/train.jsonl', 27, 'unchanged')])).toEqual(['✔ Up to date. 27 cells, 1 output (12 ms)'])
    expect(summary(end, [wrote('/project/data/train.jsonl', 27, 'unchanged')], true)[1]).toBe('  simulated answers: not for training')
  })

  test('of a build that has nothing to do and fails all the same bears no tick', () => {
    const end: RunEnd = { ...CLEAN, exitCode: 1, ms: 12, calls: 0, generated: 0, cached: 27, savedUsd: 0 }
    expect(summary(end, [wrote('/project/data/train.jsonl', 27, 'unchanged')])[0]).toBe('✖ Up to date. 27 cells, 1 output (12 ms)')
  })

  test('tells new answers that changed no byte from nothing to do', () => {
    expect(summary(CLEAN, [wrote('/project/data/train.jsonl', 27, 'unchanged')])[0]).toBe(
      '✔ Built in 1.2 s; data/train.jsonl (27 rows) is unchanged',
    )
  })

  test('says what to do about what stopped the build, and writes of no rows where there are none', () => {
    const end: RunEnd = { ...CLEAN, exitCode: 3, counts: { items: 2, accepted: 0, rejected: 0, failed: 2, pending: 0 }, generated: 0 }
    const stopped: Event = { type: 'stopping', why: 'fatal', message: 'h answered 401', hint: 'put a key that is valid there into KEY' }
    const lines = summary({ ...end, problems: [{ code: 'auth', message: 'h answered 401', count: 2 }] }, [
      stopped,
      wrote('/project/data/train.jsonl', 0, 'held-back'),
    ])
    expect(lines.slice(0, 4)).toEqual([
      '✖ Stopped after 1.2 s: h answered 401',
      '  hint  put a key that is valid there into KEY',
      '  held back data/train.jsonl: 2 of 2 cells have no example yet',
      '  on disk nothing was touched',
    ])
    expect(lines.at(-1)).toBe('  2 failed: datagen build asks for them again once that is mended')
  })

  test('groups problems by code and says what to do about each kind', () => {
    const end: RunEnd = {
      ...CLEAN,
      exitCode: 1,
      counts: { items: 27, accepted: 20, rejected: 5, failed: 1, pending: 1 },
      generated: 20,
      problems: [
        { code: 'length', message: 'the answer has 812 words, at most 300 are wanted', count: 2 },
        { code: 'unique', message: 'the same user text as a row before it', count: 2 },
        { code: 'length', message: 'the answer has 500 words, at most 300 are wanted', count: 1 },
        { code: 'timeout', message: 'no answer within 600 s \x1b[2J', count: 1 },
      ],
    }
    expect(summary(end, [wrote('/project/data/train.jsonl', 20, 'held-back')])).toEqual([
      '✖ Incomplete: nothing written after 1.2 s',
      '  held back data/train.jsonl: 2 of 27 cells have no example yet',
      '  on disk nothing was touched; datagen build --partial writes the rows there are',
      '  20 generated · 0 cached · 5 rejected · 1 failed · 1 still to do',
      '  $0.04 spent · 12.3k tokens in, 4.5k out',
      '✖ 6 cells without a row',
      '  3 × length   the answer has 812 words, at most 300 are wanted (and 1 other message)',
      '  2 × unique   the same user text as a row before it',
      '  1 × timeout  no answer within 600 s \\x1b[2J',
      '  5 rejected: datagen build --retry buys new answers for them',
      '  1 failed: datagen build asks for them again',
      '  1 still to do: datagen build goes on from here',
    ])
  })

  const noticed = (severity: 'error' | 'warning', code: string): Event => ({
    type: 'notice',
    diagnostic: { code, severity, headline: `${severity} of ${code}` },
  })
  const GATED: RunEnd = { ...CLEAN, exitCode: 1, counts: { ...CLEAN.counts, accepted: 10, pending: 17 }, generated: 10 }

  test('behind a closed gate does not send anybody to build again', () => {
    expect(summary(GATED, [noticed('error', 'build/gate')]).at(-1)).toBe('  17 still to do: datagen build goes on once the gate is open')
  })

  test('counts errors apart from warnings', () => {
    const lines = summary(GATED, [noticed('error', 'job/no-output'), noticed('warning', 'check/warning'), noticed('warning', 'other')])
    expect(lines).toContain('  10 generated · 0 cached · 17 still to do · 1 error · 2 warnings')
  })

  test('of a build that waits and was stopped by what the next one meets as well says so', () => {
    const end: RunEnd = { ...GATED, exitCode: 3, waiting: { items: 17, jobs: 1, requests: 17, since: '2026-01-01T00:00:00.000Z' } }
    expect(summary(end, [{ type: 'stopping', why: 'fatal', message: 'gone' }])[1]).toMatch(
      /goes on once that is mended, datagen build --wait/,
    )
  })

  test('of a build that was stopped says why first', () => {
    const end: RunEnd = { ...CLEAN, exitCode: 4, counts: { ...CLEAN.counts, accepted: 10, pending: 17 }, generated: 10 }
    expect(summary(end, [{ type: 'stopping', why: 'budget', message: 'the next call could exceed the budget' }])[0]).toBe(
      '✖ Stopped after 1.2 s: the next call could exceed the budget',
    )
    expect(summary(end, [{ type: 'stopping', why: 'interrupt', message: 'interrupted' }]).at(-1)).toBe(
      '  17 still to do: datagen build goes on from here',
    )
  })

  test('says when a price is unknown, and that estimates are estimates', () => {
    const unknown = { ...CLEAN, usage: { inputTokens: 12_345, outputTokens: 4_500, estimated: true } }
    expect(summary(unknown).at(-1)).toBe('  price unknown · ≈ 12.3k tokens in, 4.5k out')
  })

  test('shows at most five warnings, unless they were shown before', () => {
    const notices = Array.from(
      { length: 7 },
      (_, i): Event => ({ type: 'notice', diagnostic: { code: 'w', severity: 'warning', headline: `odd ${i}` } }),
    )
    expect(summary(CLEAN, notices).slice(0, 6)).toEqual([
      'warning: odd 0',
      'warning: odd 1',
      'warning: odd 2',
      'warning: odd 3',
      'warning: odd 4',
      '… and 2 further warnings',
    ])
    expect(summary(CLEAN, notices, false, { ...plain, warnings: false })[0]).toMatch(/^✔/)
  })

  test('names three of many files, and paths elsewhere in full', () => {
    const files = ['/project/a', '/project/b', '/elsewhere/c', '/project/d', '/projects/e'].map((path) => wrote(path, 1_000))
    expect(summary(CLEAN, files)[0]).toBe('✔ Built a (1,000 rows), b (1,000), /elsewhere/c (1,000) and 2 more files in 1.2 s')
  })

  test('is empty until the run has ended', () => {
    expect(summaryLines(initialState(), plain)).toEqual([])
  })

  test('never says "NaN", "undefined" or a colour without being asked, at any width', () => {
    for (const columns of [20, 40, 80, 160]) {
      const text = summary(CLEAN, [wrote('/project/data/train.jsonl', 27)], false, { color: false, columns, cwd: '/project' }).join('\n')
      expect(text).not.toMatch(/NaN|undefined|\x1b/)
    }
  })
})

const PLAN: PlanView = {
  dataset: 'support-bot',
  models: [
    {
      name: 'writer',
      use: 'openai:gpt-5-mini',
      simulated: false,
      why: 'OPENAI_API_KEY is set',
      price: { input: 0.25, output: 2, source: 'table', date: '2026-09-23' },
    },
  ],
  batches: [
    {
      batch: 'seed',
      items: 6_000,
      unchanged: 5_940,
      changed: 60,
      new: 0,
      rejectedBefore: 0,
      reasons: [{ reason: 'user: messages[0] changed', count: 60 }],
    },
    {
      batch: 'harden',
      items: 4_480,
      unchanged: 2_550,
      changed: 30,
      new: 1_900,
      orphaned: 50,
      rejectedBefore: 0,
      reasons: [
        { reason: 'new', count: 1_900 },
        { reason: 'user: temperature changed', count: 30 },
      ],
    },
  ],
  outputs: [
    { path: 'data/train.jsonl', change: 'will change', rows: 11_004 },
    { path: 'data/eval.jsonl', change: 'unchanged', rows: 612 },
  ],
  buy: {
    items: 1_990,
    calls: [
      { model: 'writer', use: 'openai:gpt-5-mini', calls: 1_990, followUps: 0, inputTokens: 500_000, outputTokens: 900_000, usd: 1.9 },
      { model: 'tutor', use: 'openai:gpt-5', calls: 1_990, followUps: 1_990, inputTokens: 700_000, outputTokens: 1_500_000, usd: 15.9 },
    ],
    totalUsd: 17.8,
    totalUsdRange: { low: 12.04, high: 24.9 },
    basis: [
      { step: 'user', answers: 200 },
      { step: 'answer', answers: 0 },
    ],
  },
  warnings: [],
}

describe('the plan', () => {
  test('is a table of batches with reasons, outputs, calls and money', () => {
    expect(lines(planText(PLAN, plain))).toEqual([
      ' support-bot  10,480 cells · 2 batches · 2 outputs',
      '',
      ' batch   seed               5,940 =             60 ~          user: messages[0] changed',
      ' batch   harden             2,550 =   1,900 +   30 ~   50 -',
      '           1,900 × new',
      '              30 × user: temperature changed',
      ' = cached   + new   ~ changed   - orphan',
      '',
      ' output  data/train.jsonl   will change   11,004 rows',
      ' output  data/eval.jsonl    unchanged     612 rows',
      '',
      'model openai:gpt-5-mini: OPENAI_API_KEY is set',
      'Would generate 1,990 examples with 3,980 calls: ≈ $17.80 ($12.04 to $24.90)',
      '  openai:gpt-5-mini  1,990 calls  ≈ 500k tokens in, 900k out · ≈ $1.90',
      '  openai:gpt-5       1,990 calls  ≈ 700k tokens in, 1.5M out · ≈ $15.90 · all follow-ups',
      '  estimated from 200 earlier answers of "user"',
      '  no earlier answers of "answer": prompts are counted, answers taken to be a sentence to a page',
      '  prices of 2026-09-23',
    ])
  })

  test('with nothing to buy says so', () => {
    const batches = [{ batch: 'all', items: 27, unchanged: 27, changed: 0, new: 0, rejectedBefore: 0, reasons: [] }]
    const view: PlanView = {
      ...PLAN,
      models: [{ name: 'default', use: 'simulated', simulated: true, why: 'no key and no server' }],
      batches,
      outputs: [],
      buy: { items: 0, calls: [] },
    }
    expect(lines(planText(view, plain))).toEqual([
      ' support-bot  27 cells · 1 batch · 0 outputs',
      '',
      ' batch   all   27 =',
      '',
      'model simulated: no key and no server',
      'simulated answers: not for training',
      'Nothing to buy.',
    ])
  })

  test('on 40 columns tells the table line by line and cuts nothing off', () => {
    const text = lines(planText(PLAN, { color: false, columns: 40 }))
    expect(text.filter((line) => line.length > 40)).toEqual([])
    expect(text.slice(3, 17)).toEqual([
      ' batch   seed',
      '         5,940 =',
      '            60 ~',
      '           60 × user: messages[0]',
      '           changed',
      ' batch   harden',
      '         2,550 =',
      '         1,900 +',
      '            30 ~',
      '            50 -',
      '           1,900 × new',
      '              30 × user: temperature',
      '           changed',
      ' = cached   + new   ~ changed   - orphan',
    ])
    expect(text.join('\n')).not.toContain('…')
  })

  test('shows the warnings before anything else', () => {
    expect(planText({ ...PLAN, warnings: [{ code: 'w', severity: 'warning', headline: 'odd' }] }, plain)).toMatch(
      /^warning: odd\n\n support-bot/,
    )
  })
})

const EXPLAIN: ExplainView = {
  cell: 'csv × beginner × question',
  batch: 'all',
  state: 'will ask',
  steps: [
    { step: 'user', state: 'cached', model: 'gpt-5-mini', reason: 'answered in run 0190, 3 days ago', changed: [], same: [] },
    {
      step: 'assistant',
      state: 'will ask',
      model: 'gpt-5',
      reason: 'its request changed since run 0191, 2 days ago',
      changed: [
        {
          field: 'messages[0].content',
          before: 'You are a patient tutor. Always be polite with people who are new to Python.',
          after: 'You are a patient tutor. Always be polite and brief with people who are new to Python.',
          place: { file: 'datagen.config.ts', line: 14 },
        },
        { field: 'top_p', before: undefined, after: '0.9' },
        { field: 'seed', before: '7', after: undefined },
      ],
      same: [
        ['model', 'gpt-5'],
        ['temperature', '0.7'],
      ],
      alike: 26,
    },
  ],
}

describe('the explanation of a cell', () => {
  test('shows each step, what changed, from where, and what did not', () => {
    expect(lines(explainText(EXPLAIN, plain))).toEqual([
      ' csv × beginner × question  batch all  will be generated',
      '',
      ' = step user  gpt-5-mini',
      '   answered in run 0190, 3 days ago',
      '',
      ' ~ step assistant  gpt-5',
      '   its request changed since run 0191, 2 days ago',
      '     messages[0].content  - "…Always be polite with people who…"',
      '                          + "…Always be polite and brief with people who…"',
      '                          from datagen.config.ts:14',
      '     top_p                (was not there)',
      '                          + "0.9"',
      '     seed                 - "7"',
      '                          (is gone)',
      '     same: model gpt-5 · temperature 0.7',
      '     26 other cells changed for the same reason',
    ])
  })

  test('of a rejected cell gives the cause and the way on', () => {
    const view: ExplainView = {
      ...EXPLAIN,
      state: 'rejected',
      why: 'length: the answer has 812 words',
      steps: [],
      hint: 'datagen build --retry',
    }
    expect(lines(explainText(view, plain))).toEqual([
      ' csv × beginner × question  batch all  was rejected and is not asked again',
      '   length: the answer has 812 words',
      '',
      ' hint  datagen build --retry',
    ])
  })

  test('shows hostile field values as text', () => {
    const step = {
      step: 's',
      state: 'will ask',
      reason: 'r',
      changed: [{ field: 'f', before: '\x1b]52;c;x\x07', after: 'a\nb' }],
      same: [],
    } as const
    expect(explainText({ ...EXPLAIN, steps: [step] }, plain)).not.toMatch(/[\x1b\x07]/)
  })
})

describe('the status', () => {
  test('of a batch that is not planned yet says what it waits for, not that none of its none are accepted', () => {
    const none = { items: 0, accepted: 0, rejected: 0, failed: 0, pending: 0, rejectedBy: {}, reasons: [] }
    const view: StatusView = {
      dataset: 'd',
      outputs: [],
      batches: [
        { batch: 'one', waitsFor: ['core'], ...none },
        { batch: 'two', waitsFor: ['core', 'one'], ...none },
      ],
      lock: { path: 'datagen.lock', state: 'none', changes: [] },
      builds: [],
      store: { responses: 0, bytes: 0, usd: 0, unpriced: 0 },
      problems: [],
    }
    // Approving of a batch says nothing of rows.
    const review = { accepted: 0, rejected: 0, edited: 0, conflicts: [] }
    expect(statusText({ ...view, review }, plain)).toBe(statusText(view, plain))
    expect(lines(statusText(view, plain)).slice(0, 2)).toEqual([
      ' batch   one            decided when core is complete',
      ' batch   two            decided when core and one are complete',
    ])
  })

  const spent = (usd: number, unpriced: number, estimated = false) => {
    const row = { calls: 8, inputTokens: 1, outputTokens: 1, usd, unpriced }
    const costs = { byBatch: [], byStep: [], byModel: [{ model: 'openai:m', ...row }] }
    const view: StatusView = {
      dataset: 'd',
      outputs: [],
      batches: [],
      lock: { path: 'datagen.lock', state: 'current', changes: [] },
      builds: [],
      store: { responses: 8, bytes: 1, usd, unpriced },
      problems: [],
      costs: { runs: 2, killed: 0, usd, estimated, savedUsd: 0, costs, models: [] },
    }
    return lines(statusText(view, plain)).find((line) => line.startsWith(' spent'))
  }

  test('says of calls of unknown price that their price is unknown, not that they were free', () => {
    expect([spent(0, 8), spent(0.02, 3), spent(0.02, 0)]).toEqual([
      ' spent   8 calls of unknown price in 2 runs',
      ' spent   $0.02, and 3 calls of unknown price, in 2 runs',
      ' spent   $0.02 in 2 runs',
    ])
    expect(spent(0.02, 0, true)).toBe(' spent   ≈ $0.02 in 2 runs')
  })
})
