/** A report of any size without a build: rows of made-up prose that packs about as well as what models say. */
import type { DatasetReport, ReportItem } from '../../src/events/dataset-report.ts'
import { evaluate } from '../../src/measure/evaluate.ts'
import type { PageContent } from '../../src/page/page.ts'

const TOPICS = 40
const LEVELS = 5
const STYLES = 4
const WORDS = 4000
/** Texts come again after so many: far beyond what gzip looks back, so that pages are as large as with other texts each time. */
const DIFFERENT = 1000
const STATES = [
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'accepted',
  'rejected',
  'failed',
  'pending',
] as const

export async function largeReport(cells: number, wordsEach: number): Promise<PageContent> {
  const values = (name: string, n: number) => Array.from({ length: n }, (_, i) => ({ id: `${name} ${i}`, weight: 1 }))
  const answers = Array.from({ length: DIFFERENT }, (_, i) => prose(i + DIFFERENT, wordsEach))
  const dimensions = [
    { name: 'topic', values: values('topic', TOPICS) },
    { name: 'level', values: values('level', LEVELS) },
    { name: 'style', values: values('style', STYLES) },
  ]
  const state = (i: number) => STATES[(i * 7919) % STATES.length] as ReportItem['state']
  const items = {
    *[Symbol.iterator](): Generator<ReportItem> {
      for (let i = 0; i < cells; i++) {
        const own = state(i)
        const hasRow = own === 'accepted' || own === 'rejected'
        yield {
          batch: i < cells / 2 ? 0 : i < cells * 0.9 ? 1 : 2,
          values: [i % TOPICS, Math.floor(i / TOPICS) % LEVELS, (Math.floor(i / TOPICS / LEVELS) % STATES.length) % STYLES],
          sample: Math.floor(i / (TOPICS * LEVELS * STYLES)),
          state: own,
          ...(own === 'accepted'
            ? {}
            : {
                why: {
                  code: own === 'pending' ? 'to ask' : own === 'failed' ? 'rate-limit' : 'length',
                  message: own === 'pending' ? 'new' : 'the assistant text is too long',
                },
              }),
          usd: hasRow ? 0.0004 + (i % 10) / 1e5 : 0,
          tokens: hasRow ? wordsEach : 0,
          warned: false,
          ...(hasRow
            ? {
                row: {
                  messages: [
                    { role: 'user', content: `${i}: ${PROMPTS[i % DIFFERENT]}` },
                    { role: 'assistant', content: `${answers[i % DIFFERENT]}${i === cells - 1 ? ' needle-in-a-haystack' : ''}` },
                  ],
                },
              }
            : {}),
        }
      }
    },
  }
  const sizes = Uint32Array.from(items, ({ row }) => (row ? row.messages.reduce((sum, { content }) => sum + (content?.length ?? 0), 0) : 0))
  const some = firstOf(items, 1000).flatMap(({ row, values: at }, i) =>
    row
      ? [
          {
            row,
            place: i + 1,
            cell: Object.fromEntries(dimensions.map(({ name, values: all }, d) => [name, all[at[d] as number]?.id ?? ''])),
          },
        ]
      : [],
  )
  return { report: reportOf(cells, state, dimensions, await evaluate(some, { dimensions, near: false })), items, sizes }
}

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = []
  for (const item of items) if (first.push(item) === most) break
  return first
}

function reportOf(
  cells: number,
  state: (i: number) => ReportItem['state'],
  dimensions: DatasetReport['dimensions'],
  measures: DatasetReport['measures'],
): DatasetReport {
  const part = (from: number, to: number) => {
    const sum = { items: to - from, accepted: 0, rejected: 0, failed: 0, pending: 0 }
    for (let i = from; i < to; i++) sum[state(i)]++
    return { ...sum, rejectedBy: { length: sum.rejected }, usd: sum.accepted * 0.0004, after: [] }
  }
  const half = cells / 2
  const most = cells * 0.9
  const spending = { answers: cells * 0.8, inputTokens: cells * 90, outputTokens: cells * 100, usd: cells * 0.0004, unpriced: 0 }
  const scores = Array.from({ length: 20 }, (_, i) => 4.4 - i * 0.04 + (i % 3) * 0.05)
  return {
    schema: 1,
    dataset: 'large',
    datagen: '0.1.0',
    made: '2026-11-27T00:00:00.000Z',
    targets: [],
    simulated: [],
    counts: part(0, cells),
    dimensions,
    batches: [
      { batch: 'broad', round: 0, gaps: false, ...part(0, half) },
      { batch: 'gaps', round: 0, gaps: true, ...part(half, most) },
      { batch: 'gaps', round: 1, gaps: true, ...part(most, cells), toCome: { atMost: 120, waitsFor: ['broad'] } },
    ],
    outputs: [{ output: 'train', path: 'data/train.jsonl', format: 'openai-chat', batches: ['broad', 'gaps'] }],
    problems: [{ state: 'rejected', code: 'length', message: 'the assistant text is too long', count: cells / 10 }],
    cost: {
      byModel: [{ model: 'gpt-5-mini', ...spending }],
      byStep: [{ step: 'answer', ...spending }],
      byBatch: [{ batch: 'broad', ...spending }],
      rows: spending,
      kept: { answers: spending.answers + 12, usd: spending.usd + 0.3, unpriced: 0 },
    },
    runs: [
      {
        run: 'b',
        time: '2026-11-26T22:10:00.000Z',
        command: 'build',
        end: { exitCode: 1, ms: 754_000, calls: 4031, cached: 90_000, usd: 1.9, savedUsd: 31.2 },
      },
      { run: 'a', time: '2026-11-25T20:00:00.000Z', command: 'build' },
    ],
    tokens: [{ step: 'answer', of: 'output', lengths: measures.response.lengths }],
    measures,
    judging: [],
    judges: [
      {
        judge: 'helpfulness',
        score: 'score',
        rows: cells * 0.7,
        mean: 4.1,
        min: 1,
        max: 5,
        byBatch: [
          { batch: 'broad', rows: half, mean: 4.2 },
          { batch: 'gaps', rows: half, mean: 3.9 },
        ],
        windows: scores,
        histogram: [1, 2, 3, 4, 5].map((score) => ({ score, rows: score ** 3 * 70 })),
      },
    ],
  }
}

/** Common words are common, as in any language; the same number makes the same text. */
function prose(seed: number, words: number): string {
  let random = (seed * 2_654_435_761) >>> 0
  let text = ''
  for (let i = 0; i < words; i++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
    text += `${i === 0 ? '' : ' '}${VOCABULARY[Math.floor(WORDS ** (random / 2 ** 32)) - 1]}`
  }
  return text
}

const SYLLABLES = ['ba', 'ce', 'di', 'fo', 'gu', 'la', 'me', 'ni', 'po', 'ru', 'sa', 'te', 'vi', 'zo', 'an', 'er']
const VOCABULARY = Array.from({ length: WORDS }, (_, i) =>
  [...(i + 16).toString(16)].map((digit) => SYLLABLES[Number.parseInt(digit, 16)]).join(''),
)
const PROMPTS = Array.from({ length: DIFFERENT }, (_, i) => prose(i, 15))
