/** Verdicts to test with: few reviewers and examples, so that lines meet. */
import fc from 'fast-check'
import type { Accept, Approve, Comment, Edit, Reject, Score, Verdict } from '../../../src/review/verdict.ts'

const by = fc.constantFrom('anna', 'ben', 'çelik')
const revision = fc.integer({ min: 1, max: 3 })
const row = { by, revision, cell: fc.record({ topic: fc.constantFrom('csv', 'json') }), sample: fc.constantFrom(0, 1) }
const example = fc.constantFrom('a', 'b', 'c').map((digit) => digit.repeat(32))
const words = fc.constantFrom('too long', 'Too  long', 'wrong', 'rude\n"quoted"', '\u202eevil')

const accept: fc.Arbitrary<Accept> = fc.record({
  ...row,
  verdict: fc.constant('accept' as const),
  example,
  over: fc.subarray(['length', 'unique']),
})
const reject: fc.Arbitrary<Reject> = fc.record({ ...row, verdict: fc.constant('reject' as const), example, reason: words })
const comment: fc.Arbitrary<Comment> = fc.record({ ...row, verdict: fc.constant('comment' as const), example, text: words })
const score: fc.Arbitrary<Score> = fc.record({
  ...row,
  verdict: fc.constant('score' as const),
  example,
  scores: fc.record({ truth: fc.constantFrom('no', 'yes', 3) }),
})
const edit: fc.Arbitrary<Edit> = fc.record({
  ...row,
  verdict: fc.constant('edit' as const),
  edited: words.map((content) => ({ messages: [{ role: 'assistant' as const, content }] })),
  was: example,
  keys: fc.constant({ answer: '0123456789abcdef' }),
})
const approve: fc.Arbitrary<Approve> = fc.record({
  by,
  revision,
  verdict: fc.constant('approve' as const),
  batch: fc.constantFrom('all', 'core'),
  rows: example,
  accepted: fc.nat(9),
})

export const verdicts: fc.Arbitrary<Verdict[]> = fc.array(fc.oneof(accept, reject, comment, score, edit, approve), { maxLength: 12 })

export const CSV = { cell: { topic: 'csv' }, sample: 0 } as const

export function rejecting(by: string, reason: string, more: Partial<Reject> = {}): Reject {
  return { ...CSV, verdict: 'reject', by, revision: 1, example: 'a'.repeat(32), reason, ...more }
}

export function accepting(by: string, more: Partial<Accept> = {}): Accept {
  return { ...CSV, verdict: 'accept', by, revision: 1, example: 'a'.repeat(32), over: [], ...more }
}
