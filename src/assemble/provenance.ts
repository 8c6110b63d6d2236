/** The sidecar line of a row: where it came from and what it cost, in a file of its own. */
import type { JsonObject } from '../../schema/json.ts'
import type { CellValues } from '../config/dataset.ts'

/** One answer behind a row. */
export interface Source {
  readonly step: string
  readonly key: string
  /** The model that answered, as the provider named it. */
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | null
}

export function provenanceRow(
  cell: CellValues,
  sample: number,
  sources: readonly Source[],
  simulated: boolean,
  details?: JsonObject,
  editedBy?: string,
): JsonObject {
  return {
    cell: { ...cell },
    sample,
    ...(details ? { details } : {}),
    ...(editedBy === undefined ? {} : { edited: 'by a person', by: editedBy }),
    ...(simulated ? { simulated: true, use: 'not for training' } : {}),
    steps: Object.fromEntries(sources.map(({ step, ...source }) => [step, source])),
  }
}
