/** A sample of texts that neither the order nor the size of a file can move: those with the smallest SHA-256, up to 1 MB. */
import { hash } from 'node:crypto'

const SAMPLE_BYTES = 1_000_000

interface Sampled {
  readonly digest: Buffer
  readonly row: number
  readonly text: string
  readonly bytes: number
}

/** Takes texts one by one and holds on to little more than the sample. */
export class HashOrderSample {
  private kept: Sampled[] = []
  private held = 0
  private bound: Buffer | undefined

  private readonly wanted: number

  constructor(wanted = SAMPLE_BYTES) {
    this.wanted = wanted
  }

  /** Returns the text's digest, which also identifies it. */
  push(text: string, row: number): Buffer {
    const digest = hash('sha256', text, 'buffer')
    if (this.bound && digest.compare(this.bound) > 0) return digest
    const bytes = Buffer.byteLength(text)
    // A copy: the text may be a piece of a much longer line.
    this.kept.push({ digest, row, text, bytes })
    this.held += bytes
    if (this.held > this.wanted * 4) this.shrink()
    return digest
  }

  /** In hash order, until there are as many bytes as wanted; the last text is whole. */
  texts(): { readonly row: number; readonly text: string }[] {
    this.shrink()
    return this.kept
  }

  private shrink(): void {
    this.kept.sort((a, b) => a.digest.compare(b.digest) || a.row - b.row)
    let bytes = 0
    let taken = 0
    while (taken < this.kept.length && bytes < this.wanted) bytes += (this.kept[taken++] as Sampled).bytes
    this.kept = this.kept.slice(0, taken)
    this.held = bytes
    if (bytes >= this.wanted) this.bound = this.kept.at(-1)?.digest
  }
}
