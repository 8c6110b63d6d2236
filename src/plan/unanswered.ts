/** Results that are not known yet, among those that are: a function that reads one cannot be computed now. */
import type { Json } from '../../schema/json.ts'

/** What a read of such a result throws. It is neither the config's fault nor the item's. */
export class Unanswered extends Error {
  constructor(step: string) {
    super(`the result of step "${step}" is not known yet`)
    this.name = 'Unanswered'
  }
}

/** Values of an item's steps, some of them still open. */
export class OpenValues {
  readonly values: Record<string, Json>
  #reads = 0

  constructor(values: Record<string, Json> = Object.create(null)) {
    this.values = values
  }

  /** From here on, reading this step's result throws `Unanswered`. */
  leaveOpen(step: string): void {
    Object.defineProperty(this.values, step, {
      configurable: true,
      enumerable: true,
      get: () => {
        this.#reads++
        throw new Unanswered(step)
      },
    })
  }

  set(step: string, value: Json): void {
    Object.defineProperty(this.values, step, { configurable: true, enumerable: true, writable: true, value })
  }

  /**
   * What `make` gives, or undefined where it read an open result, even if it caught what that threw: then it would say
   * something else later. Throws what `make` throws for other reasons.
   */
  compute<T>(make: () => T): { readonly value: T } | undefined {
    const before = this.#reads
    try {
      const value = make()
      return this.#reads > before ? undefined : { value }
    } catch (error) {
      if (this.#reads > before) return undefined
      throw error
    }
  }
}
