import fc from 'fast-check'
import { expect, it } from 'vitest'
import { provenanceRow } from '../../../src/assemble/provenance.ts'
import { ProvenanceLines } from '../../../src/assemble/provenance-lines.ts'
import { guardedValues } from '../../../src/plan/cells.ts'
import { jsonLine } from '../../../src/write/jsonl.ts'

const json = (value: Parameters<typeof jsonLine>[0]) => jsonLine(value).slice(0, -1)

/** Names that objects sort, that objects know already, that JSON escapes, and that break lines. */
const name = fc.oneof(
  fc.constantFrom('10', '9', '__proto__', 'constructor', 'a"b', 'line\u2028break', 'é'),
  fc.string({ unit: 'grapheme', minLength: 1 }),
)
const dimension = fc.record({
  name,
  values: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).map((ids) => ids.map((id) => ({ id, guide: id, weight: 1 }))),
})
const source = fc.record({
  step: name,
  key: fc.stringMatching(/^[0-9a-f]{64}$/),
  model: name,
  inputTokens: fc.nat(),
  outputTokens: fc.nat(),
  usd: fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
})

it('makes the very bytes that the row as an object would have', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(dimension, { selector: (d) => d.name, minLength: 1, maxLength: 4 }),
      fc.array(source, { maxLength: 4 }),
      fc.uniqueArray(name, { maxLength: 2 }),
      fc.nat({ max: 3 }),
      fc.nat(),
      fc.option(fc.dictionary(name, name), { nil: undefined }),
      (dimensions, sources, simulated, sample, seed, details) => {
        const lines = new ProvenanceLines(dimensions, new Set(simulated), json)
        const row = seed % dimensions.reduce((n, { values }) => n * values.length, 1)
        const isSimulated = sources.some(({ step }) => simulated.includes(step))
        const whole = json(provenanceRow(guardedValues(dimensions, row), sample, sources, isSimulated, details))
        // Twice, for what is remembered of the first time.
        expect([lines.line(row, sample, sources, details), lines.line(row, sample, sources, details)]).toEqual([whole, whole])
      },
    ),
    { numRuns: 500 },
  )
})
