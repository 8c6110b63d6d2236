/** Where the limits let purchases in. The one that they do not let in ends the build, with the reason. */
import type { ModelSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Failure } from '../generate/provider.ts'
import type { Halt } from './halt.ts'
import type { HoldUps } from './hold-ups.ts'
import type { Admission, Limits } from './limits.ts'
import type { Receipt } from './till.ts'

export interface DoorContext {
  readonly limits: Limits
  readonly halt: Halt
  readonly holdUps: HoldUps
  /** The build stays until its jobs have ended. */
  readonly waitsForJobs: boolean
}

export class Door {
  readonly #context: DoorContext

  constructor(context: DoorContext) {
    this.#context = context
  }

  /** Undefined when the next call may be made. */
  async admit(model: ModelSpec, receipt: Receipt): Promise<Failure | undefined> {
    const { halt, holdUps } = this.#context
    const admission = await receipt.admit(
      () => halt.stopping,
      () => holdUps.tell(modelName(model), { why: 'budget' }),
    )
    return admission === 'ok' ? undefined : this.refuse(admission, receipt.refusal)
  }

  /** What can be held only when a job has ended is looked at again then; who does not wait has reached a limit like any other. */
  refuse(admission: Exclude<Admission, 'ok'>, overBudget: string): Failure {
    const { limits, halt, waitsForJobs } = this.#context
    const why = admission === 'later' ? (waitsForJobs ? 'stopped' : 'budget') : admission
    if (why === 'stopped') return { kind: 'aborted', code: 'stopped', message: 'the build is stopping' }
    const message = why === 'calls' ? `--max-calls ${limits.maxCalls} is reached` : overBudget
    halt.stop(why, message)
    return { kind: 'aborted', code: why, message }
  }
}
