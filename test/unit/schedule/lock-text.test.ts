/** The text of a lock: what is written is what is read, in one order, with nothing hidden in it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lockChanges } from '../../../src/schedule/lock-changes.ts'
import type { Lock, LockBatch } from '../../../src/schedule/lock-file.ts'
import { lockText, readLockText } from '../../../src/schedule/lock-text.ts'

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', '1', '10', '2', 'a"b', 'x\u202e'),
)
const counts = fc.array(fc.tuple(name, fc.integer({ min: 1 }))).map((entries) => new Map(entries))
const batch: fc.Arbitrary<LockBatch> = fc.record({
  cells: fc.nat(),
  samples: fc.integer({ min: 1, max: 9 }),
  accepted: fc.nat(),
  rejected: counts,
  rows: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
  models: counts,
  simulated: fc.boolean(),
})
const lock: fc.Arbitrary<Lock> = fc.record({
  batches: fc.array(fc.tuple(name, batch)).map((entries) => new Map(entries)),
  outputs: fc.array(fc.tuple(name, fc.record({ path: name, rows: fc.nat() }))).map((entries) => new Map(entries)),
})
const shuffled = <Entry>(map: ReadonlyMap<string, Entry>) => new Map([...map].reverse())

describe('lock text', () => {
  it('reads back as it was written, whatever names are in it', () => {
    fc.assert(
      fc.property(lock, (made) => {
        const read = readLockText(lockText(made))
        expect(read).toEqual({ kind: 'lock', lock: made })
        expect(read.kind === 'lock' && lockChanges(made, read.lock)).toEqual([])
      }),
    )
  })

  it('does not depend on the order in which things were found', () => {
    fc.assert(
      fc.property(lock, (made) => {
        const other = { batches: shuffled(made.batches), outputs: shuffled(made.outputs) }
        expect(lockText(other)).toBe(lockText(made))
      }),
    )
  })

  it('never looks like a merge conflict, and hides no character', () => {
    fc.assert(
      fc.property(lock, (made) => {
        const text = lockText(made)
        expect(readLockText(text).kind).toBe('lock')
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  it('two locks differ in words exactly when they differ in text', () => {
    fc.assert(
      fc.property(lock, lock, (one, other) => {
        expect(lockChanges(one, other).length === 0).toBe(lockText(one) === lockText(other))
      }),
    )
  })

  it.each([
    ['', 'broken'],
    ['null', 'broken'],
    ['[]', 'broken'],
    ['{}', 'broken'],
    ['{"datagen.lock":1,"keyFormat":1}', 'broken'],
    ['{"datagen.lock":1,"keyFormat":1,"batches":{"a":{}},"outputs":{}}', 'broken'],
    ['{"datagen.lock":1,"keyFormat":1,"batches":{},"outputs":{"a":{"path":1,"rows":1}}}', 'broken'],
    ['{"datagen.lock":1,"keyFormat":1,"batches":{},"outputs":{"a":{"path":"a","rows":1.5}}}', 'broken'],
    ['{"datagen.lock":1,"keyFormat":2,"batches":{},"outputs":{}}', 'newer'],
    ['{"datagen.lock":7}', 'newer'],
    ['{"datagen.lock":7,"keyFormat":1}', 'newer'],
    ['{\n<<<<<<< ours\n}', 'conflict'],
    ['{\r\n=======\r\n}', 'conflict'],
    ['{"datagen.lock":1,"keyFormat":1,"batches":{},"outputs":{}}', 'lock'],
  ])('%j is %s', (text, kind) => {
    expect(readLockText(text).kind).toBe(kind)
  })
})

describe('lock changes', () => {
  const made = (more: Partial<LockBatch> = {}): Lock => ({
    batches: new Map([
      [
        'all',
        {
          cells: 2,
          samples: 1,
          accepted: 2,
          rejected: new Map(),
          rows: 'a'.repeat(32),
          models: new Map([['m', 2]]),
          simulated: false,
          ...more,
        },
      ],
    ]),
    outputs: new Map([['train', { path: 'data/train.jsonl', rows: 2 }]]),
  })

  it.each<[Partial<LockBatch>, string]>([
    [{ cells: 3 }, 'cells 2 → 3'],
    [{ samples: 2 }, 'samples 1 → 2'],
    [{ accepted: 1, rejected: new Map([['short', 1]]) }, 'accepted 2 → 1, rejected by short 0 → 1'],
    [{ rows: 'b'.repeat(32) }, 'rows aaaaaaaa → bbbbbbbb'],
    [{ models: new Map([['n', 2]]) }, 'rows of m 2 → 0, rows of n 0 → 2'],
    [{ simulated: true }, 'simulated now'],
  ])('%j', (more, how) => {
    expect(lockChanges(made(), made(more))).toEqual([['batch all', how]])
  })

  it('new and gone', () => {
    const none: Lock = { batches: new Map(), outputs: new Map() }
    expect(lockChanges(none, made())).toEqual([
      ['batch all', 'is new'],
      ['output train', 'is new'],
    ])
    expect(lockChanges(made(), none)).toEqual([
      ['batch all', 'is gone'],
      ['output train', 'is gone'],
    ])
  })
})
