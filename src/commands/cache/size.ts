/** Bytes and money for people. */
import { count, money, plural } from '../../report/format.ts'

/** `950 B`, `12.3 KB`, `2.1 GB`; thousands, as disks are sold. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${count(bytes)} B`
  const [value, unit] = bytes < 999_950 ? [bytes / 1e3, 'KB'] : bytes < 999_950_000 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${value < 100 ? value.toFixed(1) : count(value)} ${unit}`
}

/** `12 answers, 3.4 KB, $0.12`, and how many have no known price. */
export function sumText({ answers, bytes, usd, unpriced }: SumView): string {
  const price =
    unpriced === answers && answers > 0 ? 'of unknown price' : `${money(usd)}${unpriced > 0 ? `, ${count(unpriced)} of unknown price` : ''}`
  return `${plural(answers, 'answer')}, ${size(bytes)}, ${price}`
}

export interface SumView {
  readonly answers: number
  readonly bytes: number
  readonly usd: number
  readonly unpriced: number
}
