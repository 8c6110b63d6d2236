import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Fault } from '../../../src/read/utf8.ts'

it('a byte that is no UTF-8 is found: all before it is sound, and nothing can follow that mends it', () => {
  const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0xe2, 0x80, 0xa8, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0xc0, 0xf4, 0x90)), {
    maxLength: 24,
  })
  fc.assert(
    fc.property(bytes, (numbers) => {
      const buffer = Buffer.from(numbers)
      const index = utf8Fault(buffer)
      expect(index === undefined).toBe(isUtf8(buffer))
      if (index === undefined) return
      expect(isUtf8(buffer.subarray(0, index))).toBe(true)
      for (let length = 1; length <= 4; length++)
        expect(index + length <= buffer.length && isUtf8(buffer.subarray(index, index + length))).toBe(false)
    }),
    { numRuns: 3000 },
  )
})
