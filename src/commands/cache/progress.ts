/** One line on a terminal that says how far a long look at a store is; nothing anywhere else. */
import { count } from '../../report/format.ts'
import type { Environment } from '../environment.ts'

const EVERY_MS = 100
/** Looking at the clock for each of a million rows would cost more than the line is worth. */
const EVERY_ROWS = 256

export class Progress implements Disposable {
  readonly #environment: Environment
  readonly #shown: boolean
  #last = Number.NEGATIVE_INFINITY
  #drawn = false

  constructor(environment: Environment, quiet: boolean) {
    this.#environment = environment
    this.#shown = !quiet && environment.stderr.isTTY === true && environment.env['TERM'] !== 'dumb'
  }

  readonly at = (what: string, done: number, all?: number): void => {
    if (!this.#shown || done % EVERY_ROWS !== 0) return
    const now = this.#environment.clock.now()
    if (now - this.#last < EVERY_MS) return
    this.#last = now
    this.#drawn = true
    this.#environment.stderr.write(`\r\x1b[K ${what} ${count(done)}${all === undefined ? '' : ` of ${count(all)}`}`)
  };

  [Symbol.dispose](): void {
    if (this.#drawn) this.#environment.stderr.write('\r\x1b[K')
    this.#drawn = false
  }
}
