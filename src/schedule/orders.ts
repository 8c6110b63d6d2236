/** Requests that are handed over in batch jobs, with many others. */
import type { AskSpec } from '../config/dataset.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import type { Item } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { mostUsd } from './bill.ts'
import type { Bought } from './bought.ts'
import type { Canary } from './canary.ts'
import type { Door } from './door.ts'
import type { JobDesk } from './jobs/desk.ts'
import type { PurchaseContext } from './purchase-context.ts'
import { reasonText, whyAsked } from './reasons.ts'
import { endForStore } from './store-trouble.ts'
import type { Till } from './till.ts'
import type { Work } from './work.ts'

export class Orders {
  readonly #context: PurchaseContext
  readonly #jobs: JobDesk
  readonly #canary: Canary
  readonly #door: Door
  readonly #till: Till

  constructor(context: PurchaseContext, jobs: JobDesk, { canary, door, till }: { canary: Canary; door: Door; till: Till }) {
    this.#context = context
    this.#jobs = jobs
    this.#canary = canary
    this.#door = door
    this.#till = till
  }

  /** Once one of them has been answered online, by `alone`. */
  async order(work: Work, item: Item, wanted: Wanted, step: AskSpec, alone: () => Promise<Bought>): Promise<Bought> {
    const known = this.#jobs.fate(wanted.key)
    if (known) return known
    if (!this.#jobs.mayOrder) return { kind: 'stopped' }
    return this.#canary.firstOfJob(step, {
      alone,
      together: async (waited) => {
        // It may be the very question that went ahead.
        if (waited && work.store.get(wanted.key, wanted.asked.digest)) return { kind: 'found' }
        return this.#handOver(work, item, wanted, step)
      },
    })
  }

  async #handOver(work: Work, item: Item, wanted: Wanted, step: AskSpec): Promise<Bought> {
    const { halt, limits, sellers } = this.#context
    const { price } = sellers(step)
    const reservedUsd = price ? mostUsd(wanted, price, { batch: true }) : 0
    const admission = await limits.admit(reservedUsd, () => halt.stopping)
    if (admission !== 'ok') {
      this.#door.refuse(admission, this.#till.refusal(step.model, wanted, price ? reservedUsd : undefined))
      return { kind: 'stopped' }
    }
    const { request, digest, text } = wanted.asked.identified
    if (request.kind !== 'ask') throw new Error('datagen bug: a command was put into a batch job')
    try {
      return await this.#jobs.order({
        model: step.model,
        price,
        body: request.body,
        reservedUsd,
        reason: reasonText(whyAsked(work, item, wanted), step.name),
        line: {
          ...wanted.draw,
          key: wanted.key,
          request: digest,
          requestText: text,
          step: step.name,
          batch: item.batch.spec.name,
          cell: cellName(work.plan.dimensions, item.row),
          sample: stepSample(step, item.sample),
          model: step.model.model,
          reservedUsd: price ? reservedUsd : null,
        },
      })
    } catch (error) {
      endForStore(this.#context, error)
      return { kind: 'stopped' }
    }
  }
}
