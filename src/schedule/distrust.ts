/** Kept answers that a build took back: in the same build they are neither used nor asked for anew, so that no cell goes in circles. */
import type { Draw } from '../key/request.ts'
import type { Distrusted } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import type { Digest, Key } from '../util/brand.ts'
import type { Problem } from './board.ts'
import type { Question } from './seen-answers.ts'

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

  /** Takes back, for good, what is kept: the next build asks again. False for what was taken back before, also by a process that was killed. */
  async takeBack(store: Store, { key, request, draw }: Question, problem: Problem): Promise<boolean> {
    if (!this.add(key, request, draw, problem) || store.epoch(request, draw.ordinal) > draw.epoch) return false
    await store.raiseEpoch(request, draw.ordinal)
    return true
  }

  /** Undefined for most. */
  epochOf(request: Digest, ordinal: number): number | undefined {
    return this.#epochs.size === 0 ? undefined : this.#epochs.get(`${request}#${ordinal}`)
  }
}
