/** Which draw of a step's request an item takes: its own, or the one that all who ask the same thing share. */
import type { AskSpec, StepSpec } from '../config/dataset.ts'

/** A command's answer and a vector do not vary, and a shared question is asked once: they have one draw, whoever comes first. */
export function stepOrdinal(step: StepSpec, ordinal: number): number {
  return isOwn(step) ? ordinal : 0
}

/** Whether it is a question whose answer belongs to the item that asks it. */
export function isOwn(step: StepSpec): step is AskSpec {
  return step.kind === 'ask' && step.shared !== true && step.embeds === undefined
}

/** Whether its answer says something about the item that no other item has said for it. */
export function isAnsweredAlone(step: StepSpec): boolean {
  return step.kind === 'run' || isOwn(step)
}

/** Which sample's answer it counts as: what is shared belongs to no sample in particular. */
export function stepSample(step: StepSpec, sample: number): number {
  return step.kind === 'ask' && step.shared ? 0 : sample
}
