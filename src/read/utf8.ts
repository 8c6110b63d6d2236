/** Where bytes stop being UTF-8. */
import { isUtf8 } from 'node:buffer'

/** Index of the first byte that belongs to no UTF-8 character; undefined when all do. */
export function utf8Fault(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) return undefined
  for (let i = 0; i < bytes.length; ) {
    const length = lengthAt(bytes, i)
    if (length === 0) return i
    i += length
  }
  return undefined
}

/** Bytes of the character at `i`, by table 3-7 of the Unicode Standard; 0 when there is none. */
function lengthAt(bytes: Buffer, i: number): number {
  const first = bytes[i] as number
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length === 0) return 0
  const second = bytes[i + 1] ?? 0
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let k = 2; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}
