/** One attempt at a covering array, row by row: each new row begins with a missing combination and takes on as many more as it can. */
import { codeOfDigits, digitsOf, mixed, type Space } from './space.ts'
import { coprimeTo, groupOf, putTuple, type Tuples, tupleAt } from './tuples.ts'

/** Rows begun for each that is taken; the one that covers most is. */
const CANDIDATES = 12
/** Rows looked at to complete a combination where constraints forbid some. */
const POOL = 192
/** From here on a row is the first that is found: so many combinations leave no time to compare. */
const MANY = 150_000
/** Rounds in which every digit may still change for the better. */
const CLIMBS = 3

/**
 * The way of AETG (Cohen, Dalal, Fredman and Patton, 1997): greedy in rows, greedy in the values of each; `turn` stands
 * for the die, so that several turns are several arrays.
 */
export class Cover {
  /** Combinations looked at so far. */
  work = 0
  private readonly open: Uint8Array
  private left = 0
  private next = 0
  private readonly digits: Int32Array<ArrayBuffer>
  private readonly isSet: Uint8Array
  private readonly gains: Int32Array
  private readonly space: Space
  private readonly tuples: Tuples
  private readonly turn: number

  constructor(space: Space, tuples: Tuples, turn: number) {
    this.space = space
    this.tuples = tuples
    this.turn = turn
    this.open = tuples.possible.slice()
    for (const bit of this.open) this.left += bit
    this.digits = new Int32Array(space.sizes.length)
    this.isSet = new Uint8Array(space.sizes.length)
    this.gains = new Int32Array(Math.max(...space.sizes))
  }

  /** The codes that are missing beside those of `fixed`, in the order they were found. */
  complete(fixed: readonly number[]): number[] {
    for (const code of fixed) this.take(code)
    const codes: number[] = []
    while (this.left > 0) {
      const code = this.bestRow(codes.length)
      this.take(code)
      codes.push(code)
    }
    return codes
  }

  private take(code: number): void {
    digitsOf(this.space, code, this.digits)
    for (let g = 0; g < this.tuples.groups; g++) {
      const tuple = tupleAt(this.tuples, g, this.digits)
      this.left -= this.open[tuple] as number
      this.open[tuple] = 0
    }
    this.work += this.tuples.groups
  }

  private bestRow(index: number): number {
    while (this.open[this.next] === 0) this.next++
    const candidates = this.tuples.total > MANY ? 1 : CANDIDATES
    let best = -1
    let most = -1
    for (let c = 0; c < candidates; c++) {
      const salt = mixed(this.turn, index, c)
      const gain = this.grow(c === 0 ? this.next : this.openFrom(salt % this.tuples.total), salt)
      if (gain > most) {
        most = gain
        best = codeOfDigits(this.space, this.digits)
      }
    }
    return best
  }

  /** The first missing combination from `from` on, around the end. */
  private openFrom(from: number): number {
    const at = this.open.indexOf(1, from)
    return at < 0 ? this.open.indexOf(1, this.next) : at
  }

  /** A row with this combination, in `digits`; returns how many missing combinations it has. */
  private grow(seed: number, salt: number): number {
    const { space, tuples, digits, isSet } = this
    const { sizes } = space
    isSet.fill(0)
    putTuple(tuples, sizes, seed, digits)
    const group = groupOf(tuples, seed)
    for (let p = group * tuples.strength; p < (group + 1) * tuples.strength; p++) isSet[tuples.columns[p] as number] = 1
    const seeded = isSet.slice()
    const order = Array.from(sizes, (_, c) => c)
      .filter((c) => isSet[c] === 0)
      .map((c) => [mixed(salt, c), c] as const)
      .sort(([a], [b]) => a - b)
      .map(([, c]) => c)
    let pool = space.free ? undefined : this.poolOf(seeded, salt)
    for (const column of order) {
      const present = pool && this.presentIn(pool, column)
      this.weigh(column)
      digits[column] = this.bestValue(column, salt, (value) => present?.[value] !== 0)
      isSet[column] = 1
      if (pool) {
        const [place, size, digit] = [space.places[column] as number, sizes[column] as number, digits[column] as number]
        pool = pool.filter((code) => Math.floor(code / place) % size === digit)
      }
    }
    this.climb(order, salt)
    let gain = 0
    for (let g = 0; g < tuples.groups; g++) gain += this.open[tupleAt(tuples, g, digits)] as number
    this.work += tuples.groups
    return gain
  }

  /** Changes single digits as long as that covers more. */
  private climb(order: readonly number[], salt: number): void {
    const { space, digits, gains } = this
    for (let round = 0, changed = true; changed && round < CLIMBS; round++) {
      changed = false
      for (const column of order) {
        this.weigh(column)
        const [now, place] = [digits[column] as number, space.places[column] as number]
        const code = space.free ? 0 : codeOfDigits(space, digits)
        const best = this.bestValue(
          column,
          salt,
          (value) =>
            value === now ||
            ((gains[value] as number) > (gains[now] as number) && (space.free || space.allows(code + (value - now) * place))),
        )
        if ((gains[best] as number) <= (gains[now] as number)) continue
        digits[column] = best
        changed = true
      }
    }
  }

  /** `gains`: how many missing combinations each value of a column would complete beside the digits that are set. */
  private weigh(column: number): void {
    const { tuples, digits, isSet, gains, open } = this
    const { strength, columns, steps, starts } = tuples
    const size = this.space.sizes[column] as number
    gains.fill(0, 0, size)
    for (const group of tuples.touching[column] as Int32Array) {
      let base = starts[group] as number
      let step = 0
      for (let p = group * strength; p < (group + 1) * strength; p++) {
        const c = columns[p] as number
        if (c === column) step = steps[p] as number
        else if (isSet[c] === 1) base += (digits[c] as number) * (steps[p] as number)
        else {
          base = -1
          break
        }
      }
      if (base < 0) continue
      for (let value = 0, tuple = base; value < size; value++, tuple += step)
        gains[value] = (gains[value] as number) + (open[tuple] as number)
      this.work += size
    }
  }

  private bestValue(column: number, salt: number, may: (value: number) => boolean): number {
    let best = -1
    let tie = 0
    for (let value = 0; value < (this.space.sizes[column] as number); value++) {
      const ahead = best < 0 ? 1 : (this.gains[value] as number) - (this.gains[best] as number)
      if (ahead < 0 || !may(value)) continue
      const lot = mixed(salt, column, value)
      if (ahead === 0 && lot >= tie) continue
      best = value
      tie = lot
    }
    return best
  }

  /** Some allowed codes that have the digits set so far: all of them, if they are few. */
  private poolOf(seeded: Uint8Array, salt: number): Uint32Array {
    const { space, digits } = this
    let base = 0
    let others = 1
    for (let c = 0; c < seeded.length; c++)
      if (seeded[c] === 1) base += (digits[c] as number) * (space.places[c] as number)
      else others *= space.sizes[c] as number
    const pool: number[] = []
    const stride = coprimeTo(others)
    for (let i = 0, at = salt % others; i < others && pool.length < POOL; i++, at = (at + stride) % others) {
      let code = base
      for (let c = 0, rest = at; c < seeded.length; c++) {
        if (seeded[c] === 1) continue
        const size = space.sizes[c] as number
        code += (rest % size) * (space.places[c] as number)
        rest = Math.floor(rest / size)
      }
      if (space.allows(code)) pool.push(code)
      this.work++
    }
    return Uint32Array.from(pool)
  }

  private presentIn(pool: Uint32Array, column: number): Uint8Array {
    const [place, size] = [this.space.places[column] as number, this.space.sizes[column] as number]
    const present = new Uint8Array(size)
    for (const code of pool) present[Math.floor(code / place) % size] = 1
    return present
  }
}
