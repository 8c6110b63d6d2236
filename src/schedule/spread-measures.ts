/** The spread of accepted rows, by kept vectors, as measures with limits. */
import type { SpreadRule } from '../config/dataset.ts'
import type { MeasureCheck } from '../events/measures.ts'
import { spreadOf } from '../measure/spread.ts'
import { vectorsOf } from './comparison.ts'
import type { Work } from './work.ts'

// All pairs are compared: half a million of them take about a second.
const MOST_ROWS = 1_000
// Below it a pair that happens to be alike decides.
const FEWEST_ROWS = 20

const LOOKS_AT = {
  nearest: 'how far a row lies from the one nearest to it, on average',
  distance: 'how far two rows lie apart, on average',
} as const

/** `items`: accepted ones, in order. Which of them are compared, their marks decide. */
export function spreadMeasures(work: Work, { step, measures }: SpreadRule, items: readonly number[]): MeasureCheck[] {
  const { markHigh, markLow } = work.board
  const word = (column: Uint32Array, item: number) => column[item] as number
  const chosen = items
    .filter((item) => !work.pins.has(item))
    .sort((a, b) => word(markHigh, a) - word(markHigh, b) || word(markLow, a) - word(markLow, b) || a - b)
    .slice(0, MOST_ROWS)
  if (chosen.length < FEWEST_ROWS) return []
  const found = vectorsOf(work, step, chosen).map((vector, i) => ({ vector, item: chosen[i] as number }))
  const known = found.flatMap(({ vector, item }) => (vector ? [{ vector, item }] : []))
  const spread = spreadOf(known.map(({ vector }) => vector))
  const [one, other] = spread.closest.map((at) => (known[at]?.item ?? 0) + 1) as [number, number]
  return [...measures].map(([id, { warn, fail }]): MeasureCheck => {
    const value = spread[id]
    const status = fail !== null && value < fail ? 'fail' : warn !== null && value < warn ? 'warn' : 'pass'
    return {
      id,
      looksAt: LOOKS_AT[id],
      status,
      value,
      unit: 'ratio',
      side: 'below',
      warn,
      fail,
      reason: 'rows that lie close together say the same thing; which distances are usual depends on the model of embeddings',
      findings: [{ what: 'the two that are most alike', rows: [Math.min(one, other)], count: 2 }],
    }
  })
}
