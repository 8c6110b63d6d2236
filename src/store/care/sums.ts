/** Adding up answers: how many, how large, how many tokens, how much money. */
import { headBytes, type Kept } from '../record.ts'

/** Money in US dollars. */
export interface Sum {
  readonly answers: number
  /** Of the answers as they are stored: large ones are compressed. */
  readonly bytes: number
  readonly usd: number
  /** Answers without a known price. */
  readonly unpriced: number
  readonly inputTokens: number
  readonly outputTokens: number
}

export const NO_SUM: Sum = { answers: 0, bytes: 0, usd: 0, unpriced: 0, inputTokens: 0, outputTokens: 0 }

/** One answer, with the record it lies in. */
export function sumOf({ usd, inputTokens, outputTokens }: Kept, record: Uint8Array): Sum {
  return { answers: 1, bytes: record.length - headBytes(record), usd: usd ?? 0, unpriced: usd === null ? 1 : 0, inputTokens, outputTokens }
}

export function plus(a: Sum, b: Sum): Sum {
  return {
    answers: a.answers + b.answers,
    bytes: a.bytes + b.bytes,
    usd: a.usd + b.usd,
    unpriced: a.unpriced + b.unpriced,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  }
}

/** Sums by a name. */
export class Sums<Name> extends Map<Name, Sum> {
  count(name: Name, more: Sum): void {
    this.set(name, plus(this.get(name) ?? NO_SUM, more))
  }
}
