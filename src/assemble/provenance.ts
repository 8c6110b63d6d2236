/** The sidecar line of a row: where it came from and what it cost, in a file of its own. */
import type { JsonObject } from '../../schema/json.ts'
import type { CellValues } from '../config/dataset.ts'

/** What judges gave, by check and criterion. */
export type Scores = { readonly [check: string]: { readonly [criterion: string]: { readonly level: string; readonly score: number } } }

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
  { editedBy, scores }: { readonly editedBy?: string; readonly scores?: Scores | undefined } = {},
): JsonObject {
  return {
    cell: { ...cell },
    sample,
    ...(details ? { details } : {}),
    ...(editedBy === undefined ? {} : { edited: 'by a person', by: editedBy }),
    ...(simulated ? { simulated: true, use: 'not for training' } : {}),
    steps: Object.fromEntries(sources.map(({ step, ...source }) => [step, source])),
    ...(scores ? { scores } : {}),
  }
}
