/** Items chosen one after the other, each the next draw of its row. */

/** Columns of items: rows ascending, and which draw of its row each is, from 0. */
export interface NextItems {
  readonly rows: Uint32Array
  readonly draws: Uint16Array
}

/** Draws are numbered in 16 bits. */
export const MAX_DRAWS = 65_536

export class Picks {
  private readonly added = new Map<number, number>()
  private count = 0
  private readonly before: (row: number) => number
  private readonly size: number

  /** `before`: draws of a row so far; `size`: the most items. */
  constructor(before: (row: number) => number, size: number) {
    this.before = before
    this.size = size
  }

  get full(): boolean {
    return this.count >= this.size
  }

  /** Draws of a row so far, with those picked. */
  drawsOf(row: number): number {
    return this.before(row) + (this.added.get(row) ?? 0)
  }

  add(row: number): void {
    this.added.set(row, (this.added.get(row) ?? 0) + 1)
    this.count++
  }

  items(): NextItems {
    const rows = new Uint32Array(this.count)
    const draws = new Uint16Array(this.count)
    let i = 0
    for (const row of [...this.added.keys()].sort((a, b) => a - b))
      for (let n = 0; n < (this.added.get(row) as number); n++, i++) {
        rows[i] = row
        draws[i] = this.before(row) + n
      }
    return { rows, draws }
  }
}
