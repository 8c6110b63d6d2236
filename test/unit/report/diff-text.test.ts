import { describe, expect, it } from 'vitest'
import { type DiffView, diffText } from '../../../src/report/diff-text.ts'
import { type StatusView, statusText } from '../../../src/report/status-text.ts'

const view: DiffView = {
  revision: 'main',
  commit: '0123456789abcdef',
  batches: [
    { batch: 'seed', same: 1200, added: 0, changed: 2, dropped: 0 },
    { batch: 'harden', same: 4, added: 1, changed: 0, dropped: 1 },
  ],
  reasons: [
    { change: 'changed', why: 'the prompt of step "answer" changed', count: 2 },
    { change: 'added', why: 'new value "calm" of dimension tone', count: 1 },
    { change: 'dropped', why: 'rejected by polite', count: 1 },
  ],
  rows: [
    {
      change: 'changed',
      batch: 'seed',
      label: 'csv × question',
      cell: {},
      sample: 0,
      why: 'the prompt of step "answer" changed',
      before: 'assistant: a',
      after: 'assistant: b',
    },
    { change: 'added', batch: 'harden', label: 'calm', cell: {}, sample: 0, why: 'new value "calm" of dimension tone' },
  ],
  unknown: 3,
  unanswered: 1,
  notices: [],
}

describe('a diff', () => {
  it('is sums, reasons, rows, and what is not known', () => {
    expect(diffText(view, { color: false }).split('\n')).toEqual([
      ' main (01234567) → working tree: 1 row added, 2 rows changed, 1 row dropped',
      ' batch   seed     1,200 =         2 ~',
      ' batch   harden       4 =   1 +         1 -',
      '   2 ~ the prompt of step "answer" changed',
      '   1 + new value "calm" of dimension tone',
      '   1 - rejected by polite',
      '',
      ' ~ csv × question   the prompt of step "answer" changed',
      '     - assistant: a',
      '     + assistant: b',
      ' + calm             new value "calm" of dimension tone',
      '',
      ' … and 2 more rows (--all lists them)',
      ' 3 cells of main: not answered in this store, so nothing is known of their rows',
      ' 1 cell of the working tree: not answered yet (`datagen plan`)',
    ])
  })

  it('shows nothing that a terminal would obey, whoever wrote it', () => {
    const evil = 'x\u001b[2J\u202e\n\r\u0007'
    const row = { ...view.rows[0], label: evil, why: evil, before: evil, after: evil } as DiffView['rows'][number]
    const shown = diffText(
      { ...view, revision: evil, rows: [row], reasons: [{ change: 'added', why: evil, count: 1 }] },
      { color: false, columns: 60 },
    )
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
    const status: StatusView = {
      dataset: evil,
      outputs: [{ output: evil, path: evil, change: 'will change', complete: true, written: evil, stale: [evil] }],
      batches: [{ batch: evil, items: 1, accepted: 0, rejected: 1, failed: 0, pending: 0, rejectedBy: { [evil]: 1 }, reasons: [] }],
      lock: { path: evil, state: 'behind', changes: [[evil, evil]] },
      builds: [{ pid: 1, host: evil, since: evil }],
      store: { responses: 1, bytes: 1, usd: 1, unpriced: 1 },
      problems: [{ code: evil, message: evil, count: 1 }],
    }
    expect(statusText(status, { color: false, columns: 60 })).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })
})
