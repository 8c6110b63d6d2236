import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fileIndex, filesOf } from '../../../src/assemble/split.ts'
import type { OutputSpec } from '../../../src/config/dataset.ts'
import type { CellId } from '../../../src/util/brand.ts'

const output = (shares: Record<string, number>): OutputSpec => ({
  name: 'train',
  format: 'openai-chat',
  path: '/p/data/train.jsonl',
  holdout: Object.entries(shares).map(([split, share]) => ({ split, share, path: `/p/data/${split}.jsonl` })),
  batches: [],
})
const cells = Array.from({ length: 20_000 }, (_, i) => `topic=t${i}` as CellId)
const share = fc.double({ min: 0.01, max: 0.45, noNaN: true })

describe('the files of an output', () => {
  it('are the main one and one for each split, named after both', () => {
    expect(filesOf(output({ valid: 0.1, test: 0.1 }))).toEqual([
      { name: 'train', path: '/p/data/train.jsonl' },
      { name: 'train/valid', path: '/p/data/valid.jsonl' },
      { name: 'train/test', path: '/p/data/test.jsonl' },
    ])
  })
})

describe('the file of a cell', () => {
  it('is the main one without a holdout', () =>
    expect(cells.slice(0, 50).map((cell) => fileIndex(output({}), cell))).toEqual(Array(50).fill(0)))

  it('is pinned: other rows would be held out if it ever changed', () => {
    expect(
      cells
        .slice(0, 24)
        .map((cell) => fileIndex(output({ valid: 0.3, test: 0.2 }), cell))
        .join(''),
    ).toBe('101001012010200100211000')
  })

  it('is a split as often as its share says', () => {
    const counts = [0, 0, 0]
    const split = output({ valid: 0.1, test: 0.25 })
    for (const cell of cells) {
      const file = fileIndex(split, cell)
      counts[file] = (counts[file] ?? 0) + 1
    }
    const [main = 0, valid = 0, test = 0] = counts.map((count) => count / cells.length)
    expect(Math.abs(main - 0.65)).toBeLessThan(0.013)
    expect(Math.abs(valid - 0.1)).toBeLessThan(0.01)
    expect(Math.abs(test - 0.25)).toBeLessThan(0.012)
  })

  it('depends on the cell and the shares only: names and paths may change', () => {
    fc.assert(
      fc.property(share, share, fc.constantFrom(...cells), (a, b, cell) => {
        const renamed = { ...output({ one: a, two: b }), name: 'other', path: '/q/x.jsonl', batches: ['late'] }
        expect(fileIndex(renamed, cell)).toBe(fileIndex(output({ valid: a, test: b }), cell))
      }),
    )
  })

  it('changes only from the main one to the split when the share of the only split is raised', () => {
    fc.assert(
      fc.property(share, share, fc.constantFrom(...cells), (a, b, cell) => {
        const [small, large] = a < b ? [a, b] : [b, a]
        const [before, after] = [fileIndex(output({ valid: small }), cell), fileIndex(output({ valid: large }), cell)]
        expect(before === after || (before === 0 && after === 1)).toBe(true)
      }),
    )
  })

  it('changes only from the main one to the last split when that one is raised or added', () => {
    fc.assert(
      fc.property(share, share, fc.constantFrom(...cells), (a, b, cell) => {
        const [before, after] = [fileIndex(output({ valid: a }), cell), fileIndex(output({ valid: a, test: b }), cell)]
        expect(before === after || (before === 0 && after === 2)).toBe(true)
      }),
    )
  })
})
