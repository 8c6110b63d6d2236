import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drain } from '../../../src/schedule/pool.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const upTo = (n: number) => {
  let at = 0
  return () => (at < n ? at++ : undefined)
}

describe('a pool', () => {
  it('works off every item once, never more at a time than it has slots', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(30), fc.infiniteStream(fc.nat(3)), async (slots, items, delays) => {
        const done: number[] = []
        let busy = 0
        let most = 0
        await drain(slots, upTo(items), async (item) => {
          most = Math.max(most, ++busy)
          for (let turns = delays.next().value ?? 0; turns > 0; turns--) await turn()
          busy--
          done.push(item)
        })
        expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, i) => i))
        expect(most).toBeLessThanOrEqual(slots)
        if (items > 0) expect(most).toBeGreaterThan(0)
      }),
      { numRuns: 40 },
    )
  })

  it('keeps all slots busy while there is work', async () => {
    let busy = 0
    let most = 0
    await drain(4, upTo(8), async () => {
      most = Math.max(most, ++busy)
      await turn()
      busy--
    })
    expect(most).toBe(4)
  })

  it('asks for the next item only when a slot is free: nothing is made for what waits', async () => {
    let handed = 0
    let working = 0
    const next = () => {
      if (handed === 20) return undefined
      expect(handed - working).toBeLessThan(3)
      return handed++
    }
    await drain(3, next, async () => {
      await turn()
      working++
    })
    expect(working).toBe(20)
  })

  it('throws the first error when everything under way has come to rest, and begins nothing more', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const work = drain(3, upTo(100), async (item) => {
      begun.push(item)
      await turn()
      if (item === 1) throw new Error('the second item')
      await turn()
      ended.push(item)
    })
    await expect(work).rejects.toThrow('the second item')
    expect(begun.length).toBeLessThanOrEqual(5)
    expect(ended).toEqual(begun.filter((item) => item !== 1))
  })

  it('rests at once without slots or without work', async () => {
    const never = async () => {
      throw new Error('nothing to do')
    }
    await drain(0, upTo(5), never)
    await drain(5, () => undefined, never)
  })

  it('throws even an error that is undefined', async () => {
    await expect(drain(1, upTo(1), () => Promise.reject(undefined))).rejects.toBeUndefined()
  })
})
