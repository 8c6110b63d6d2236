/** Which questions are handed over in batch jobs. */
import type { AskSpec } from '../../config/dataset.ts'

/** Those that a conversation answers, of models that are asked so; vectors are asked for online. */
export function isForJobs({ model, embeds }: AskSpec): boolean {
  return model.jobs !== undefined && embeds === undefined
}
