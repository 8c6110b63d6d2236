/** One line on a terminal that says how a server is doing; nothing anywhere else. */
import type { Totals } from '../../simulate/ledger.ts'
import { clip } from '../../util/safe-text.ts'
import type { Environment } from '../environment.ts'
import { tallyText } from './text.ts'

const EVERY_MS = 250

export class Ticker implements Disposable {
  readonly #environment: Environment
  readonly #end = new AbortController()
  #drawn = ''

  constructor(environment: Environment, quiet: boolean, totals: () => Totals) {
    this.#environment = environment
    if (!quiet && environment.stderr.isTTY === true && environment.env['TERM'] !== 'dumb') void this.#run(totals)
  }

  async #run(totals: () => Totals): Promise<void> {
    const { stderr, clock } = this.#environment
    while (!this.#end.signal.aborted) {
      const text = clip(` ${tallyText(totals())}`, (stderr.columns ?? 80) - 1)
      if (text !== this.#drawn) stderr.write(`\r\x1b[K${text}`)
      this.#drawn = text
      await clock.sleep(EVERY_MS, this.#end.signal, true)
    }
  }

  [Symbol.dispose](): void {
    this.#end.abort()
    if (this.#drawn !== '') this.#environment.stderr.write('\r\x1b[K')
  }
}
