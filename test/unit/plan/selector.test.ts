import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { cellLabel } from '../../../src/plan/cells.ts'
import { itemsOf, type Plan } from '../../../src/plan/plan.ts'
import { parseSelector, type Selector, selected } from '../../../src/plan/selector.ts'
import { planFor } from './plans.ts'

let plan: Plan
beforeAll(async () => {
  plan = await planFor({
    dimensions: { topic: ['refund', 'late parcel'], mood: ['calm', 'angry'], reader: ['calm', 'busy'] },
    batches: { seed: { samples: 2, where: { topic: 'refund' } }, harden: {} },
  })
})

const named = (text: string) => {
  const selector = parseSelector(plan, text)
  if ('what' in selector) throw new Error(`unknown: ${selector.word}`)
  return [...selected(plan, selector)].map(({ batch, row, sample }) => `${batch.spec.name}: ${cellLabel(plan.dimensions, row, sample)}`)
}

describe('a selector', () => {
  it('names every cell with a value, in whichever dimension it stands', () => {
    expect(named('late parcel × calm')).toEqual([
      'harden: late parcel × calm × calm',
      'harden: late parcel × calm × busy',
      'harden: late parcel × angry × calm',
    ])
  })

  it('names one dimension with `=`', () => {
    expect(named('reader=calm × late parcel')).toEqual(['harden: late parcel × calm × calm', 'harden: late parcel × angry × calm'])
  })

  it('names a sample with `#`, from 0', () => {
    expect(named('angry × busy #1')).toEqual(['seed: refund × angry × busy #1'])
    expect(named('angry × busy #0')).toEqual(['seed: refund × angry × busy', 'harden: late parcel × angry × busy'])
  })

  it('names a batch before a colon, alone or with cells', () => {
    expect(named('harden:')).toHaveLength(4)
    expect(named('harden: angry × busy')).toEqual(['harden: late parcel × angry × busy'])
    expect(named('seed:late parcel')).toEqual([])
  })

  it('takes ×, *, comma and a lonely x for the same', () => {
    const all = ['refund × angry × busy', 'refund*angry*busy', 'refund,angry , busy', 'refund x angry x busy'].map((text) =>
      parseSelector(plan, text),
    )
    for (const selector of all) expect(selector).toEqual({ terms: [{ value: 'refund' }, { value: 'angry' }, { value: 'busy' }] })
  })

  it('names nothing with two values of one dimension', () => {
    expect(named('mood=calm × mood=angry')).toEqual([])
  })

  it('says which word it does not know, what there is, and what may be meant', () => {
    expect(parseSelector(plan, 'refund × angri')).toEqual({
      word: 'angri',
      what: 'value',
      known: ['refund', 'late parcel', 'calm', 'angry', 'busy'],
      suggestion: 'angry',
    })
    expect(parseSelector(plan, 'reader=angry')).toMatchObject({ word: 'angry', what: 'value', known: ['calm', 'busy'] })
    expect(parseSelector(plan, 'nobody:refund')).toMatchObject({ word: 'nobody:refund', what: 'value' })
  })

  it('names exactly the item whose label and sample it was made from', () => {
    const items = plan.batches.flatMap((batch) => [...itemsOf(batch)])
    fc.assert(
      fc.property(fc.constantFrom(...items), fc.constantFrom(' × ', ',', '*', ' x '), fc.boolean(), (item, mark, withDimension) => {
        const words = cellLabel(plan.dimensions, item.row).split(' × ')
        const terms = words.map((word, d) => (withDimension ? `${plan.dimensions[d]?.name}=${word}` : word))
        const found = [...selected(plan, parseSelector(plan, `${item.batch.spec.name}:${terms.join(mark)} #${item.sample}`) as Selector)]
        expect(found).toContainEqual(item)
        if (withDimension) expect(found).toEqual([item])
      }),
    )
  })

  it('of nothing is unknown: an empty variable must not mean every cell', () => {
    for (const text of ['', '  ', '×', ' , ']) expect(parseSelector(plan, text)).toMatchObject({ word: '' })
  })

  it('is parsed from any text without an exception', () => {
    const piece = fc.constantFrom('refund', 'calm', 'reader', '=', ':', '#', '1', '×', 'x', ' ', ',', 'seed', '__proto__', '\u001b')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const selector = parseSelector(plan, pieces.join(''))
        if ('what' in selector) expect(selector.word === '' || selector.known.length > 0).toBe(true)
        else for (const item of selected(plan, selector)) expect(item.index).toBeLessThan(plan.items)
      }),
    )
  })
})
