import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { candidates } from '../../../src/plan/candidates.ts'
import { cellId, coordinates } from '../../../src/plan/cells.ts'
import { coveringRows } from '../../../src/plan/covering.ts'

const dimension = (name: string, size: number): DimensionSpec => ({
  name,
  values: Array.from({ length: size }, (_, i) => ({ id: `${name}${i}`, guide: '', weight: 1 })),
})
const NINE = Array.from({ length: 9 }, (_, d) => dimension(`d${d}`, 8)) // 134 million cells
const ids = (dimensions: readonly DimensionSpec[], most: number) =>
  new Set(Array.from(candidates(dimensions, most), (row) => cellId(dimensions, row)))
const minus = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>) => [...a].filter((item) => !b.has(item))

describe('candidates', () => {
  it('are pinned: other rows would be bought if they ever changed', () => {
    expect([...candidates(NINE, 4)]).toMatchInlineSnapshot(`
      [
        37378754,
        58694061,
        90574742,
        94497549,
      ]
    `)
  })

  it('are different rows, ascending, and fewer of them are among more', () => {
    const many = [...candidates(NINE, 5_000)]
    expect(many).toEqual([...new Set(many)].sort((a, b) => a - b))
    expect(many.length).toBeGreaterThan(4_990)
    expect(minus(ids(NINE, 1_000), new Set(many.map((row) => cellId(NINE, row))))).toEqual([])
  })

  it('have every three values together, each about as often as any other', () => {
    const counts = new Map<string, number>()
    const rows = candidates(NINE, 2 ** 18)
    for (const row of rows) {
      const [a, , c, , , , g] = coordinates(NINE, row).map(({ id }) => id)
      counts.set(`${a} ${c} ${g}`, (counts.get(`${a} ${c} ${g}`) ?? 0) + 1)
    }
    expect(counts.size).toBe(8 ** 3)
    const mean = rows.length / 8 ** 3
    for (const count of counts.values()) expect(Math.abs(count - mean) / Math.sqrt(mean)).toBeLessThan(6)
  })

  it('do not depend on the order in which dimensions and values are declared', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...NINE.keys()], { minLength: 9 }),
        fc.shuffledSubarray([...Array(8).keys()], { minLength: 8 }),
        (order, values) => {
          const other = order.map((d) => {
            const { name, values: own } = NINE[d] as DimensionSpec
            return { name, values: values.map((v) => own[v] as DimensionSpec['values'][number]) }
          })
          expect(ids(other, 300)).toEqual(ids(NINE, 300))
        },
      ),
      { numRuns: 20 },
    )
  })

  it('give way to a further value only where they take it', () => {
    const wider = NINE.map((one, d) => (d === 4 ? dimension(one.name, 9) : one))
    const [before, after] = [ids(NINE, 9_000), ids(wider, 9_000)]
    const came = minus(after, before)
    expect(came.every((id) => id.includes('d4=d48'))).toBe(true)
    expect(came.length).toBeGreaterThan(800)
    expect(came.length).toBeLessThan(1_200)
  })
})

describe('a covering array over candidates', () => {
  const open = (row: number) => {
    const [a, b] = coordinates(NINE, row).map(({ id }) => id)
    return a !== 'd00' || b !== 'd10'
  }
  const pairsOf = (rows: Uint32Array) => {
    const pairs = new Set<string>()
    for (const row of rows) {
      const at = coordinates(NINE, row).map(({ id }) => id)
      for (const [i, one] of at.entries()) for (const other of at.slice(i + 1)) pairs.add(`${one} ${other}`)
    }
    return pairs
  }
  const ALL = 36 * 64 // pairs of nine dimensions of eight values

  it('takes any row there is, and as few as over the whole product', () => {
    const rows = coveringRows(NINE, candidates(NINE, 2 ** 18), 2, { open: 'all' })
    expect(pairsOf(rows).size).toBe(ALL)
    expect(rows.length).toBeLessThan(100) // 64 is the bound
  })

  it('takes none that a constraint forbids', () => {
    const rows = coveringRows(NINE, candidates(NINE, 2 ** 16).filter(open), 2, { open })
    expect([...rows].every(open)).toBe(true)
    expect(pairsOf(rows).size).toBe(ALL - 1)
  })
})
