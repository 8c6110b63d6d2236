/** The words of all rows of a file in few large blocks, so that a million rows are neither objects nor ever copied. */
import type { Documents } from './documents.ts'
import { GrowingU32 } from './growing.ts'

const BLOCK = 1 << 20 // 4 MB of words: large enough to be few, small enough that the last one wastes little

/** Appends rows of two parts; each part, and both as one, can be read as documents. */
export class WordStore {
  private readonly blocks: Uint32Array[] = []
  private used: number
  private readonly size: number
  private readonly block = new GrowingU32()
  private readonly start = new GrowingU32()
  private readonly middle = new GrowingU32()
  private readonly end = new GrowingU32()

  /** `size` is how many words a block has. */
  constructor(size = BLOCK) {
    this.size = size
    this.used = size
  }

  get rows(): number {
    return this.start.length
  }

  /** The two parts lie next to each other, so the whole row costs nothing more. */
  push(prompt: Uint32Array, response: Uint32Array): void {
    const size = prompt.length + response.length
    if (this.blocks.length === 0 || this.used + size > this.size) {
      this.blocks.push(new Uint32Array(Math.max(this.size, size)))
      this.used = 0
    }
    const block = this.blocks.at(-1) as Uint32Array
    block.set(prompt, this.used)
    block.set(response, this.used + prompt.length)
    this.block.push(this.blocks.length - 1)
    this.start.push(this.used)
    this.middle.push(this.used + prompt.length)
    this.end.push(this.used + size)
    this.used += size
  }

  readonly prompts: Documents = this.view((row) => [this.start.at(row), this.middle.at(row)])
  readonly responses: Documents = this.view((row) => [this.middle.at(row), this.end.at(row)])
  readonly wholes: Documents = this.view((row) => [this.start.at(row), this.end.at(row)])

  private view(range: (row: number) => [number, number]): Documents {
    const store = this
    return {
      get length() {
        return store.rows
      },
      at: (row) => {
        const [from, to] = range(row)
        return (store.blocks[store.block.at(row)] as Uint32Array).subarray(from, to)
      },
    }
  }
}
