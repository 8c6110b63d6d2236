/** When failures that pass by themselves have become too many: a server that is down should end a build, not fail a million cells. */

const IN_A_ROW = 10
// A server that answers every other call is down for whoever pays for six tries each.
const WINDOW = 50
const TOO_MANY = WINDOW / 2

export class Breaker {
  #row = 0
  /** Of the last calls, oldest first: whether each failed. */
  readonly #last: boolean[] = []

  succeeded(): void {
    this.#row = 0
    this.#note(false)
  }

  /** A call failed after all its tries; returns why that is one too many, when it is. */
  failed(message: string): string | undefined {
    this.#row++
    this.#note(true)
    if (this.#row >= IN_A_ROW) return `${IN_A_ROW} calls in a row failed, the last with: ${message}`
    const failed = this.#last.filter(Boolean).length
    // Only over a full window: the first call of a build is not "all of them".
    if (this.#last.length < WINDOW || failed < TOO_MANY) return undefined
    return `${failed} of the last ${WINDOW} calls failed, the last with: ${message}`
  }

  #note(failed: boolean): void {
    this.#last.push(failed)
    if (this.#last.length > WINDOW) this.#last.shift()
  }
}
