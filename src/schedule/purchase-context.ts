/** What purchases go by. */
import type { AskSpec } from '../config/dataset.ts'
import type { Sink } from '../events/sink.ts'
import type { Hedges } from '../generate/hedge/hedges.ts'
import type { KnownPrice } from '../generate/price.ts'
import type { Provider } from '../generate/provider.ts'
import type { Pace } from '../generate/rate/pace.ts'
import type { Clock } from '../util/clock.ts'
import type { Canary } from './canary.ts'
import type { Doubts } from './doubts.ts'
import type { Halt } from './halt.ts'
import type { JobDesk } from './jobs/desk.ts'
import type { Limits } from './limits.ts'
import type { KeepSpecimen } from './specimens.ts'
import type { Work } from './work.ts'

/** A model as the build uses it. */
export interface Seller {
  readonly provider: Provider
  readonly pace: Pace
  readonly price?: KnownPrice
  /** Keys and headers of all models: no request may tell one. */
  readonly secrets?: readonly string[]
  /** Left out, no call is made a second time while it is under way. */
  readonly hedges?: Hedges
}

export interface PurchaseContext {
  readonly work: Work
  readonly sellers: (step: AskSpec) => Seller
  readonly sink: Sink
  readonly halt: Halt
  readonly limits: Limits
  readonly clock: Clock
  readonly random: () => number
  readonly run: string
  readonly root: string
  readonly environment: { readonly [name: string]: string | undefined }
  readonly maxTries?: number
  /** Keeps bodies that were no answers. */
  readonly keepSpecimen?: KeepSpecimen
  /** Those of the run, where something was answered in it before. */
  readonly doubts?: Doubts
  readonly canary?: Canary
  /** Left out, models that are asked through the Batch API are asked online. */
  readonly jobs?: JobDesk
}
