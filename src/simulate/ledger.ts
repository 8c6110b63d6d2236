/** What the server would put on the bill, and what became of every request. */

export interface Bill {
  readonly requests: number
  readonly input: number
  readonly output: number
}

export interface Totals {
  readonly requests: number
  /** Good answers, sent whole. */
  readonly answered: number
  /** How often each fault struck, by its name. */
  readonly faults: { readonly [name: string]: number }
  /** Refused because a limit was used up. */
  readonly limited: number
  /** Answers that were made: also those that never arrived. */
  readonly billed: Bill
  /** Of these, answers that a fault kept from arriving whole. */
  readonly lost: Bill
  /** Of these, answers in jobs of the Batch API, at half the price; they are no part of `requests`. */
  readonly inJobs: Bill
}

const NOTHING: Bill = { requests: 0, input: 0, output: 0 }

export class Ledger {
  #requests = 0
  #answered = 0
  #limited = 0
  readonly #faults = new Map<string, number>()
  #billed = NOTHING
  #lost = NOTHING
  #inJobs = NOTHING

  arrived(): void {
    this.#requests++
  }

  limited(): void {
    this.#limited++
  }

  answered(): void {
    this.#answered++
  }

  struck(fault: string): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1)
  }

  /** An answer was made: whoever made it wants to be paid, whether it arrives or not. */
  bill(input: number, output: number, arrives: boolean): void {
    this.#billed = sum(this.#billed, input, output)
    if (!arrives) this.#lost = sum(this.#lost, input, output)
  }

  billInJob(input: number, output: number): void {
    this.#billed = sum(this.#billed, input, output)
    this.#inJobs = sum(this.#inJobs, input, output)
  }

  get totals(): Totals {
    const faults = [...this.#faults].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      requests: this.#requests,
      answered: this.#answered,
      faults: Object.fromEntries(faults),
      limited: this.#limited,
      billed: this.#billed,
      lost: this.#lost,
      inJobs: this.#inJobs,
    }
  }
}

function sum(bill: Bill, input: number, output: number): Bill {
  return { requests: bill.requests + 1, input: bill.input + input, output: bill.output + output }
}
