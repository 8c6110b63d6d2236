import { expect, it } from 'vitest'
import type { OutputSpec } from '../../../src/config/dataset.ts'
import type { Lock } from '../../../src/schedule/lock-file.ts'
import { type Evidence, staleness } from '../../../src/schedule/stale.ts'
import type { Work } from '../../../src/schedule/work.ts'

it('a file that differs, and of which nobody knows how it was left, may have been changed by hand', () => {
  const work = { dataset: { batches: [{ name: 'all' }] }, plan: { batches: [] } } as unknown as Work
  const output = { name: 'train', path: '/data/train.jsonl', batches: ['all'], holdout: [] } as unknown as OutputSpec
  const lock = { batches: new Map([['all', { rows: 'as before' }]]) } as unknown as Lock
  const why = (left: boolean | undefined) => {
    const evidence: Evidence = { pending: new Map(), isThere: () => true, isAsLeft: () => left, locked: lock, now: lock }
    return staleness(work, output, 'will change', evidence)
  }
  const laidOut = 'rows would change without a call: where, holdout or the order of its rows changed'
  expect([why(true), why(undefined), why(false)]).toEqual([
    [laidOut],
    [`${laidOut}, or the file by hand`],
    ['the file was changed by hand'],
  ])
})
