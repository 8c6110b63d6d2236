/** Servers may answer in another service tier than was asked for: each has a price of its own, and only one is known. */
import type { ModelSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Sink } from '../events/sink.ts'
import type { Completion, Rejection } from '../generate/envelope.ts'

/** What servers call the tier of everybody who asks for none. */
const USUAL: ReadonlySet<unknown> = new Set([undefined, 'auto', 'default', 'standard'])

export class Tiers {
  readonly #sink: Sink
  readonly #told = new Set<string>()

  constructor(sink: Sink) {
    this.#sink = sink
  }

  /** Tells of each model and tier once. */
  answered(model: ModelSpec, { serviceTier }: Completion | Rejection): void {
    const asked = model.params['service_tier']
    if (serviceTier === undefined || serviceTier === asked || (USUAL.has(serviceTier) && USUAL.has(asked))) return
    const name = `${modelName(model)}\n${serviceTier}`
    if (this.#told.has(name)) return
    this.#told.add(name)
    this.#sink.emit({
      type: 'notice',
      diagnostic: {
        code: 'model/service-tier',
        severity: 'warning',
        headline: `"${modelName(model)}" answers in the service tier "${serviceTier}", and was asked for "${String(asked ?? 'default')}"`,
        hint: `tiers have prices of their own, and its answers are booked at that of the tier that was asked for; say models.${model.name}.price if it is another`,
      },
    })
  }
}
