/** Ids of passages: human, and as stable as the text they stand for. */
import { foldName } from '../names.ts'

const LONGEST = 60 // what a screen and a selector can bear

/** `Refunds & returns` → `refunds-returns`; undefined when nothing is left. */
export function slug(text: string): string | undefined {
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’]/gu, '')
    .match(/[\p{L}\p{M}\p{N}]+/gu)
  if (!words) return undefined
  let short = ''
  for (const word of words) {
    if (short.length + word.length > LONGEST) break
    short += short === '' ? word : `-${word}`
  }
  return short === '' ? words[0]?.slice(0, LONGEST) : short
}

/** Gives each name out once: the second `guide.md#refunds` is `guide.md#refunds-2`. */
export class Names {
  readonly #taken = new Set<string>()

  take(name: string): string {
    for (let n = 1; ; n++) {
      const candidate = n === 1 ? name : `${name}-${n}`
      if (this.#taken.has(foldName(candidate))) continue
      this.#taken.add(foldName(candidate))
      return candidate
    }
  }
}
