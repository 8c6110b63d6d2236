/** A recorded run to draw: two batches with work, one that waits, failures, retries, 70 calls in flight. */
import type { Event, StepStart } from '../../src/events/event.ts'

const TOPICS = ['refund', 'outage', 'export', 'late parcel', 'password', 'invoice', 'upgrade', 'データ移行']
const MOODS = ['angry', 'terse', 'cheerful', 'confused']
const STYLES = ['multi-turn', 'tool-call', 'single']

function cellAt(i: number): string {
  return `${TOPICS[i % TOPICS.length]} × ${MOODS[i % MOODS.length]} × ${STYLES[i % STYLES.length]}`
}

export const OPENING: readonly Event[] = [
  { type: 'run-start', schema: 1, run: '0192', time: '2025-11-01T10:00:00.000Z', command: 'build', dataset: 'support-bot' },
  {
    type: 'planned',
    items: 12_480,
    batches: [
      { batch: 'seed', items: 6_000, cached: 5_940, todo: 60, after: [] },
      { batch: 'harden', items: 4_480, cached: 1_100, todo: 3_380, after: ['seed'] },
      { batch: 'gaps', items: 2_000, cached: 0, todo: 2_000, after: ['harden'] },
    ],
    outputs: ['/project/data/train.jsonl', '/project/data/valid.jsonl'],
    models: [{ name: 'writer', use: 'openai:gpt-5-mini', simulated: false }],
    budgetUsd: 25,
    concurrency: 70,
  },
]

function start(id: number, batch: string, at: number, more: Partial<StepStart> = {}): StepStart {
  return {
    type: 'step-start',
    id,
    batch,
    cell: cellAt(id),
    step: id % 2 ? 'user' : 'assistant',
    model: 'gpt-5-mini',
    attempt: 1,
    at,
    reason: 'new',
    ...more,
  }
}

/** One call that ends well, with its cell. */
function finished(id: number, batch: string, from: number, to: number): Event[] {
  return [
    start(id, batch, from),
    { type: 'step-end', id, at: to, outcome: 'ok', usage: { inputTokens: 700, outputTokens: 400, usd: 0.0026, estimated: false } },
    { type: 'cell-end', batch, cell: cellAt(id), state: 'accepted', cached: false },
  ]
}

function failing(id: number, state: 'rejected' | 'failed', code: string, message: string, at: number): Event[] {
  return [
    start(id, 'harden', at),
    { type: 'step-end', id, at: at + 10, outcome: state, code, message },
    { type: 'cell-end', batch: 'harden', cell: cellAt(id), state, cached: false, code, message },
  ]
}

/** The first eight calls begin at 0. */
export const STARTING: readonly Event[] = [
  { type: 'batch-start', batch: 'seed' },
  ...Array.from({ length: 8 }, (_, i) => start(i + 1, 'seed', 0)),
]

/** Until 100 s: seed done, harden in the middle. */
export const MIDDLE_MS = 100_000
export const MIDDLE: readonly Event[] = [
  ...Array.from({ length: 8 }, (_, i): Event[] => finished(i + 1, 'seed', 0, 2_000).slice(1)).flat(),
  ...Array.from({ length: 52 }, (_, i) => finished(i + 9, 'seed', 2_000, 4_000)).flat(),
  { type: 'batch-end', batch: 'seed', counts: { items: 6_000, accepted: 6_000, rejected: 0, failed: 0, pending: 0 } },
  { type: 'batch-start', batch: 'harden' },
  ...Array.from({ length: 1_112 }, (_, i) => finished(1_000 + i, 'harden', 4_000 + i * 80, 5_000 + i * 80)).flat(),
  ...Array.from({ length: 9 }, (_, i) => failing(5_000 + i, 'rejected', 'not-json', 'the answer is not JSON', 95_000)).flat(),
  ...Array.from({ length: 2 }, (_, i) =>
    failing(5_100 + i, 'failed', 'server-error', 'api.openai.com answered 503 five times', 96_000),
  ).flat(),
  {
    type: 'notice',
    diagnostic: {
      code: 'plan/equal-requests',
      severity: 'warning',
      headline: '12 cells render the same request as another cell',
      hint: 'name the dimension that tells them apart in the prompt',
    },
  },
  start(6_000, 'harden', 25_000),
  start(6_001, 'harden', 75_000, { attempt: 2, reason: 'attempt 2 of step "user" after not-json' }),
  start(6_002, 'harden', 97_000, { cell: 'hostile\x1b[2J\x1b]52;c;AAAA\x07 × \u202eangry' }),
  ...Array.from({ length: 67 }, (_, i) => start(6_003 + i, 'harden', 99_000)),
  { type: 'step-retry', id: 6_003, code: 'rate-limit', message: 'api.openai.com asks to wait 4 s', waitMs: 4_000, at: 0 },
]

export const STOPPING: readonly Event[] = [{ type: 'stopping', why: 'interrupt', message: 'finishing what is in flight' }]

/** Until 112 s: what was in flight is saved, the rest is left for the next build. */
export const ENDING: readonly Event[] = [
  ...Array.from({ length: 70 }, (_, i): Event[] => finished(6_000 + i, 'harden', 0, 112_000).slice(1)).flat(),
  { type: 'batch-end', batch: 'harden', counts: { items: 4_480, accepted: 2_282, rejected: 9, failed: 2, pending: 2_187 } },
  { type: 'output-end', output: 'train', path: '/project/data/train.jsonl', rows: 7_454, bytes: 0, what: 'held-back' },
  { type: 'output-end', output: 'valid', path: '/project/data/valid.jsonl', rows: 828, bytes: 0, what: 'held-back' },
  {
    type: 'run-end',
    exitCode: 130,
    ms: 112_000,
    counts: { items: 12_480, accepted: 8_282, rejected: 9, failed: 2, pending: 4_187 },
    cached: 7_040,
    calls: 1_256,
    generated: 1_242,
    usage: { inputTokens: 869_400, outputTokens: 496_800, usd: 3.23, estimated: false },
    savedUsd: 18.7,
    problems: [
      { code: 'not-json', message: 'the answer is not JSON', count: 9 },
      { code: 'server-error', message: 'api.openai.com answered 503 five times', count: 2 },
    ],
  },
]
