/** Every file that a dataset's outputs make, splits included. */
import { filesOf, type OutputFile } from '../assemble/split.ts'
import type { Dataset } from '../config/dataset.ts'

export function outputFiles({ outputs }: Dataset): OutputFile[] {
  return outputs.flatMap(filesOf)
}
