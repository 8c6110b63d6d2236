/** The page as text: what is embedded, how much of it, and that nothing in it can be taken for markup. */
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReportItem } from '../../../src/events/dataset-report.ts'
import { pageScript, pageStyle } from '../../../src/page/assets.ts'
import { charLimit, columnsBlock, rowBlocks } from '../../../src/page/blocks.ts'
import { jsonInHtml } from '../../../src/page/page.ts'

const item = (content: string, more: Partial<ReportItem> = {}): ReportItem => ({
  batch: 0,
  values: [0],
  sample: 0,
  state: 'accepted',
  usd: 0.25,
  tokens: 3,
  warned: false,
  row: { messages: [{ role: 'user', content }] },
  ...more,
})
const unpack = (block: string) => JSON.parse(gunzipSync(Buffer.from(block, 'base64')).toString())

describe('data in a page', () => {
  it('holds nothing that ends or begins an element, and is the same data', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('</script>', '<!--', '<script>', '\u2028'), (json, hostile) => {
        const value = { json, hostile, [hostile]: [hostile + json] }
        const text = jsonInHtml(value)
        expect(text).not.toMatch(/[<\u2028\u2029]/)
        expect(JSON.parse(text)).toEqual(value)
      }),
    )
  })

  it('its own script and style stay in their elements, and are known by digest', () => {
    for (const asset of [pageScript(), pageStyle()]) expect(asset.digest).toMatch(/^sha256-[\w+/]{43}=$/)
    expect(pageScript().text).not.toMatch(/^(import|export) /m)
    // Every sink that would parse markup.
    expect(pageScript().text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function/)
  })
})

describe('how much is embedded', () => {
  it('everything, as long as it fits', () => {
    expect(charLimit(Uint32Array.of(10, 20, 30), 60, 1000)).toBe(1000)
    expect(charLimit(Uint32Array.of(10, 5000), 60_000, 1000)).toBe(1000)
  })

  it('else the largest limit that fits: shorter rows stay whole', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 5000 }), (sizes, whole) => {
        const limit = charLimit(Uint32Array.from(sizes), whole, 400)
        const taken = (most: number) => sizes.reduce((sum, size) => sum + Math.min(size, most), 0)
        expect(taken(limit)).toBeLessThanOrEqual(whole)
        if (limit < 400) expect(taken(limit + 1)).toBeGreaterThan(whole)
      }),
    )
  })

  it('a cut never leaves half of a character, and says that it was made', () => {
    const [block] = [...rowBlocks([item('ab😀cd'), item('short'), item('', { row: undefined } as never)], 3)]
    expect(unpack(block as string)).toEqual([[[['user', 'ab']], 0, 0, 1, 0], [[['user', 'sho']], 0, 0, 1, 0], null])
  })

  it('columns name each reason once', () => {
    const why = { code: 'forbid', message: 'no' }
    const rejected = item('x', { state: 'rejected', why, sample: 2, values: [3], warned: true })
    expect(unpack(columnsBlock([item('x'), rejected, rejected], 1, Uint32Array.of(1, 1, 9), 5))).toEqual({
      values: [[0, 3, 3]],
      sample: [0, 2, 2],
      batch: [0, 0, 0],
      state: [1, 2, 2],
      why: [0, 1, 1],
      usd: [250_000_000, 250_000_000, 250_000_000],
      tokens: [3, 3, 3],
      warned: [0, 1, 1],
      chars: [1, 1, 9],
      whys: [['forbid', 'no']],
      embedded: { cut: 1, limit: 5 },
    })
  })
})
