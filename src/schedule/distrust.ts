/** Kept answers that a build took back: in the same build they are neither used nor asked for anew, so that no cell goes in circles. */
import type { Draw } from '../key/request.ts'
import type { Distrusted } from '../plan/resolve.ts'
import type { Digest, Key } from '../util/brand.ts'
import type { Problem } from './board.ts'

export class Distrust {
  readonly answers = new Map<Key, Distrusted>()
  /** The epochs that were in force, by request and ordinal. */
  readonly #epochs = new Map<string, number>()

  /** False for what was taken back before. */
  add(key: Key, request: Digest, { ordinal, epoch }: Draw, { code, message }: Problem): boolean {
    if (this.answers.has(key)) return false
    this.answers.set(key, { kind: 'distrusted', code, message })
    this.#epochs.set(`${request}#${ordinal}`, epoch)
    return true
  }

  /** Undefined for most. */
  epochOf(request: Digest, ordinal: number): number | undefined {
    return this.#epochs.size === 0 ? undefined : this.#epochs.get(`${request}#${ordinal}`)
  }
}
