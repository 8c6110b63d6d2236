/** How many cells the dimensions may make. */
import type { Config } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { BatchSpec, DimensionSpec } from './dataset.ts'
import { grouped } from './dimensions.ts'

export const DEFAULT_MAX_CELLS = 2_000_000
const MAX_ITEMS = 100_000_000 // cells × samples; columns are typed arrays of that length
const LARGEST = 2n ** 31n - 1n // row numbers are 32 bits wide

/** Counted with BigInt and never enumerated: 10⁴⁰ cells are refused in no time. */
export function checkProduct(
  config: Config,
  dimensions: readonly DimensionSpec[],
  batches: readonly BatchSpec[],
  complaints: Complaints,
): void {
  const maxCells = BigInt(config.maxCells ?? DEFAULT_MAX_CELLS)
  const cells = dimensions.reduce((product, { values }) => product * BigInt(values.length), 1n)
  if (cells <= maxCells) return checkItems(cells, batches, complaints)
  // Those that say how many rows they want choose among candidates.
  const every = batches.find((batch) => !choosesFew(batch))
  if (every === undefined && cells <= LARGEST) return checkItems(cells, batches, complaints)
  const fewer =
    config.domain === undefined && config.format === undefined
      ? 'remove values or dimensions'
      : 'leave dimensions of the preset out with `without`, remove values'
  complaints.add(
    'too-many-cells',
    ['dimensions'],
    `the dimensions make ${grouped(cells)} cells, more than ${grouped(every ? maxCells : LARGEST)}`,
    {
      at: 'key',
      facts: [
        ['product', dimensions.map(({ name, values }) => `${name} ${values.length}`).join(' × ')],
        ...(every ? [['batch', `"${every.name}" takes every cell`] as const] : []),
      ],
      hint: every
        ? `${config.batches ? `give batch "${every.name}" a \`size\`` : 'take some of them with `batches: { first: { size: 100 } }`'}, ${fewer}, or raise \`maxCells\``
        : fewer,
    },
  )
}

function checkItems(cells: bigint, batches: readonly BatchSpec[], complaints: Complaints): void {
  for (const batch of batches) {
    const items = Math.min(Number(cells), batch.size ?? (choosesFew(batch) ? 0 : Number(cells))) * batch.samples
    if (items > MAX_ITEMS)
      complaints.add(
        'too-many-cells',
        ['batches', batch.name, 'samples'],
        `batch "${batch.name}" would have ${grouped(items)} items, more than ${grouped(MAX_ITEMS)}`,
      )
  }
}

function choosesFew({ size, strength, per, acceptedExactly, gaps }: BatchSpec): boolean {
  return size !== undefined || strength !== undefined || per !== undefined || acceptedExactly !== undefined || gaps !== undefined
}
