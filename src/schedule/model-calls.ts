/** Calls to models: each at its model's pace, tried again, made twice where that helps, and never past a limit. */
import type { AskSpec, RunSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Hedges } from '../generate/hedge/hedges.ts'
import type { Hedging } from '../generate/hedge/twice.ts'
import type { Failure } from '../generate/provider.ts'
import { askWithRetry } from '../generate/retry.ts'
import type { Wanted } from '../plan/resolve.ts'
import { sizeOf } from './bill.ts'
import type { Canary } from './canary.ts'
import type { Door } from './door.ts'
import type { HoldUps } from './hold-ups.ts'
import type { PurchaseContext } from './purchase-context.ts'
import type { Specimens } from './specimens.ts'
import type { Receipt } from './till.ts'

export const FOUND: Failure = { kind: 'aborted', code: 'found', message: 'an answer is kept meanwhile' }

/** What a call has to do with. */
interface Desks {
  readonly canary: Canary
  readonly door: Door
  readonly specimens: Specimens
  readonly holdUps: HoldUps
}

export class ModelCalls {
  readonly #context: PurchaseContext
  readonly #canary: Canary
  readonly #door: Door
  readonly #specimens: Specimens
  readonly #holdUps: HoldUps

  constructor(context: PurchaseContext, { canary, door, specimens, holdUps }: Desks) {
    this.#context = context
    this.#canary = canary
    this.#door = door
    this.#specimens = specimens
    this.#holdUps = holdUps
  }

  /** `id`: of the call, in events. */
  async ask(id: number, step: AskSpec, wanted: Wanted, receipt: Receipt) {
    const { work, clock, random, halt, sink, maxTries } = this.#context
    const { provider, pace, hedges } = this.#context.sellers(step)
    const request = wanted.asked.identified.request
    if (request.kind !== 'ask') throw new Error('datagen bug: a command was sent to a model')
    let waited = false
    const gate = (): Failure | undefined => {
      // Another build may have kept it while this one waited: taken from a rescue file, or asked after this one was thought dead.
      if (waited && work.store.get(wanted.key, wanted.asked.digest)) return FOUND
      return receipt.call() ? undefined : this.#door.refuse('calls', receipt.refusal)
    }
    const hedging = hedges && request.endpoint === undefined && !this.#canary.isAlone(step) ? this.#hedging(id, receipt, hedges) : undefined
    const asked = askWithRetry(
      provider,
      {
        body: request.body,
        draw: wanted.draw,
        ...(request.endpoint === undefined ? {} : { endpoint: request.endpoint }),
        ...(request.version === undefined ? {} : { version: request.version }),
      },
      {
        clock,
        random,
        gate,
        pace,
        hedging,
        wish: { lane: wanted.step.name, size: () => sizeOf(wanted), held: (hold) => this.#holdUps.tell(modelName(step.model), hold) },
        signal: halt.signal,
        // While stopping, a failed call is not tried again: nothing was paid for it.
        stop: halt.stopSignal,
        ...(maxTries === undefined ? {} : { maxTries }),
        onFailed: (failure) => receipt.failed(failure),
        onRetry: ({ code, message }, waitMs) => {
          const usage = receipt.useless()
          sink.emit({ type: 'step-retry', id, code, message, waitMs, at: clock.now(), ...(usage ? { usage } : {}) })
        },
        onStrange: (specimen) => this.#specimens.take(specimen),
        again: () => this.#door.admit(step.model, receipt),
      },
    )
    // A call that may be made at once has been begun by now.
    waited = true
    return asked
  }

  /** What a call that the build dies in the middle of can cost: it may have been made twice by then. */
  mostInFlight(step: AskSpec | RunSpec, { mostUsd }: Receipt): number | null {
    const twice = step.kind === 'ask' && this.#context.sellers(step).hedges !== undefined
    return mostUsd === null || !twice ? mostUsd : 2 * mostUsd
  }

  #hedging(id: number, receipt: Receipt, hedges: Hedges): Hedging {
    const { sink, clock } = this.#context
    return {
      hedges,
      begin: (afterMs) => {
        if (!receipt.second()) return false
        sink.emit({ type: 'step-hedge', id, at: clock.now(), reason: `no answer after ${(afterMs / 1000).toFixed(1)} s` })
        return true
      },
      unneeded: (envelope) => receipt.unneeded(envelope),
      end: (outcome) => {
        receipt.decided(outcome === 'won')
        const usage = receipt.useless()
        sink.emit({ type: 'step-hedge-end', id, at: clock.now(), outcome, ...(usage ? { usage } : {}) })
      },
    }
  }
}
