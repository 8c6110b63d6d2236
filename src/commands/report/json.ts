/** A cell of the report as one line of JSON, in names instead of places. */
import type { DatasetReport, ReportItem } from '../../events/dataset-report.ts'

export function cellLine({ dimensions, batches }: DatasetReport, { batch, values, sample, ...rest }: ReportItem): object {
  const { batch: name = '', round = 0 } = batches[batch] ?? {}
  const cell = Object.fromEntries(dimensions.map((dimension, d) => [dimension.name, dimension.values[values[d] as number]?.id]))
  return { type: 'cell', batch: name, round, cell, sample, ...rest }
}
