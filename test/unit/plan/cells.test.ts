import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DimensionSpec } from '../../../src/config/dataset.ts'
import { UnknownName } from '../../../src/config/guard.ts'
import { cellId, cellLabel, cellName, cellsOf, coordinates, guardedValues } from '../../../src/plan/cells.ts'
import { datasetOf } from '../config/dataset.ts'

const value = (id: string) => ({ id, guide: `what ${id} means`, weight: 1 })
const dimension = (name: string, ...ids: string[]): DimensionSpec => ({ name, values: ids.map(value) })
const TWO = [dimension('topic', 'late', 'lost'), dimension('tone', 'calm', 'cross', 'rude')]

const dimensions = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }), { minLength: 1, maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .uniqueArray(fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme' }), { minLength: 1, maxLength: 5 })
          .map((ids) => dimension(name, ...ids)),
      ),
    ),
  )
const productOf = (all: readonly DimensionSpec[]) => all.reduce((n, { values }) => n * values.length, 1)

describe('cells', () => {
  it('stand in the order of declaration, the last dimension turning fastest', () => {
    const labels = Array.from({ length: 6 }, (_, row) => cellLabel(TWO, row))
    expect(labels).toEqual(['late × calm', 'late × cross', 'late × rude', 'lost × calm', 'lost × cross', 'lost × rude'])
  })

  it('give ids, guides and weights by dimension', () => {
    expect(coordinates(TWO, 4)).toEqual([
      { name: 'topic', id: 'lost', guide: 'what lost means', weight: 1 },
      { name: 'tone', id: 'cross', guide: 'what cross means', weight: 1 },
    ])
  })

  it('are labelled with their sample from the second on', () => {
    expect([cellLabel(TWO, 0), cellLabel(TWO, 0, 1)]).toEqual(['late × calm', 'late × calm #1'])
  })

  it('refuse a row behind the last one as a fault of ours', () => {
    expect(() => coordinates([dimension('empty')], 0)).toThrow('datagen bug: row 0 has no value in "empty"')
  })

  it('refuse to be read by a dimension that does not exist', () => {
    const values = guardedValues(TWO, 0)
    expect(values['tone']).toBe('calm')
    expect(() => values['tune']).toThrow(UnknownName)
  })

  it('are those that satisfy every constraint, by their row in the full product', async () => {
    const where = [({ topic }: Record<string, string>) => topic === 'lost', ({ tone }: Record<string, string>) => tone !== 'rude']
    const { dataset } = await datasetOf({
      dimensions: { topic: ['late', 'lost'], tone: ['calm', 'cross', 'rude'] },
      where: where as never,
    })
    expect([...cellsOf(dataset).rows]).toEqual([3, 4])
  })

  it('are all rows of the product without constraints', async () => {
    const { dataset } = await datasetOf({ dimensions: { topic: ['late', 'lost'], tone: ['calm', 'cross', 'rude'] } })
    expect([...cellsOf(dataset).rows]).toEqual([0, 1, 2, 3, 4, 5])
  })
})

describe('the identity of a cell', () => {
  it('lists its values by the name of their dimension', () => {
    expect(cellId(TWO, 1)).toBe('tone=cross&topic=late')
  })

  it('does not depend on the order in which dimensions or values are declared', () => {
    const turned = [dimension('tone', 'rude', 'cross', 'calm'), dimension('topic', 'lost', 'late')]
    expect(cellLabel(turned, 0)).toBe('rude × lost')
    expect(cellId(turned, 0)).toBe(cellId(TWO, 5))
    expect(cellName(turned, 0)).toBe(cellName(TWO, 5))
  })

  it('does not depend on guides or weights', () => {
    const other = TWO.map(({ name, values }) => ({ name, values: values.map(({ id }) => ({ id, guide: 'changed', weight: 7 })) }))
    expect(cellName(other, 2)).toBe(cellName(TWO, 2))
  })

  it('keeps names apart that hold its own marks', () => {
    const one = [dimension('a', 'b&c=d')]
    const two = [dimension('a', 'b'), dimension('c', 'd')]
    expect(cellId(one, 0)).not.toBe(cellId(two, 0))
  })

  it('is different for any two rows of any product', () => {
    fc.assert(
      fc.property(dimensions, (all) => {
        const product = productOf(all)
        const ids = new Set(Array.from({ length: product }, (_, row) => cellId(all, row)))
        expect(ids.size).toBe(product)
      }),
      { numRuns: 100 },
    )
  })

  it('comes from coordinates that count rows like digits', () => {
    fc.assert(
      fc.property(dimensions, fc.nat(), (all, n) => {
        const row = n % productOf(all)
        const indices = coordinates(all, row).map(({ id }, d) => all[d]?.values.findIndex((value) => value.id === id) ?? -1)
        expect(indices.reduce((sum, index, d) => sum * (all[d]?.values.length ?? 0) + index, 0)).toBe(row)
      }),
    )
  })
})
