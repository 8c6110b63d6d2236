/** A hash table of 64-bit keys, as two 32-bit numbers each, that deals out dense indices from 0. */
import { GrowingU32 } from './growing.ts'

export class PairTable {
  private slots: Int32Array
  private readonly high = new GrowingU32()
  private readonly low = new GrowingU32()

  constructor(expected = 1024) {
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, expected * 1.6))))
  }

  get size(): number {
    return this.high.length
  }

  /** Index of a key, which is added if it is new. */
  add(high: number, low: number): number {
    let slot = this.slotOf(high >>> 0, low >>> 0)
    const known = this.slots[slot] as number
    if (known > 0) return known - 1
    if (this.high.length * 1.6 > this.slots.length) {
      this.grow()
      slot = this.slotOf(high >>> 0, low >>> 0)
    }
    this.high.push(high >>> 0)
    this.low.push(low >>> 0)
    this.slots[slot] = this.high.length
    return this.high.length - 1
  }

  /** Index of a key, or -1. */
  find(high: number, low: number): number {
    return (this.slots[this.slotOf(high >>> 0, low >>> 0)] as number) - 1
  }

  private slotOf(high: number, low: number): number {
    const { slots } = this
    const mask = slots.length - 1
    let slot = mix(high, low) & mask
    for (;;) {
      const index = (slots[slot] as number) - 1
      if (index < 0 || (this.high.at(index) === high && this.low.at(index) === low)) return slot
      slot = (slot + 1) & mask
    }
  }

  private grow(): void {
    const mask = this.slots.length * 2 - 1
    const slots = new Int32Array(mask + 1)
    for (let index = 0; index < this.high.length; index++) {
      let slot = mix(this.high.at(index), this.low.at(index)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = index + 1
    }
    this.slots = slots
  }
}

function mix(high: number, low: number): number {
  let hash = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d) ^ low
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39)
  return hash ^ (hash >>> 16)
}
