/** What a run says about its surroundings: a lock, a missing price, calls that died, answers that rotted. */
import type { ModelSpec } from '../config/dataset.ts'
import type { Sink } from '../events/sink.ts'
import type { KnownPrice } from '../generate/price.ts'
import type { Store } from '../store/store.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'

/** A budget means nothing without prices. */
export function demandPrices(prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>): void {
  for (const [model, price] of prices) {
    if (price) continue
    throw new DatagenError({
      code: 'usage/unknown-price',
      severity: 'error',
      headline: `no price is known for "${model.provider}:${model.model}", so --budget cannot be kept`,
      hint: `say what a million tokens cost: price: { input: …, output: … } in models.${model.name}, or use --max-calls`,
    })
  }
}

export function lockedBy(dir: string, holder: { readonly pid: number; readonly host: string; readonly since: string }): DatagenError {
  return new DatagenError(
    {
      code: 'lock/held',
      severity: 'error',
      headline: 'another build is at work on this dataset',
      facts: [
        ['process', `${holder.pid} on ${holder.host}`],
        ['since', holder.since],
        ['folder', dir],
      ],
      hint: 'wait for it, or end it; what it has bought is kept',
    },
    EXIT.locked,
  )
}

/** Calls of runs that died: they may have been paid for without an answer arriving. */
export async function reportOrphans(store: Store, sink: Sink): Promise<void> {
  const count = store.orphans().length
  if (count === 0) return
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'store/orphans',
      severity: 'warning',
      headline: `an earlier build ended in the middle of ${count} ${count === 1 ? 'call' : 'calls'}`,
      hint: 'they may have been paid for without an answer; what is still wanted is asked again',
    },
  })
  await store.forgetOrphans()
}
