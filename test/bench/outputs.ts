/** Every answer is kept and the outputs are gone: how fast they come back, by each way there is. */
import { type Bench, count, ms, times } from './bench.ts'
import { type BenchDataset, BUILD, type Edits } from './dataset.ts'
import { median } from './processes.ts'

const TOPIC = 'Everything is kept'
const ROWS_PER_SECOND = 150_000
// Below this many cells starting up is most of the time.
const TARGET_FROM = 100_000
const USUAL: Edits = { usual: true }

const runsFor = (cells: number) => (cells >= 100_000 ? 3 : 7)

export async function keptOutputs(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  const ways: readonly (readonly [what: string, forget: () => void, hasTarget: boolean, edits?: Edits])[] = [
    ['outputs deleted: brought back from the kept copies', () => dataset.forgetOutputs(), true],
    ['outputs and copies deleted: assembled from the store', forgetting(dataset, false), true],
    ['columns deleted too: every look-up by key', forgetting(dataset, true), false],
    ['with unique and holdout: brought back from the kept copies', () => dataset.forgetOutputs(), true, USUAL],
    ['with unique and holdout: assembled from the store', forgetting(dataset, false), true, USUAL],
    ['with unique and holdout: every look-up by key', forgetting(dataset, true), false, USUAL],
  ]
  for (const [what, forget, hasTarget, edits] of ways) {
    await bench.row({ topic: TOPIC, what, cells, target: hasTarget ? `${count(ROWS_PER_SECOND)} rows/s` : '' }, async () => {
      await dataset.restore(edits)
      const floor = await median(3, () => dataset.copyOutputs())
      const { took, above } = await bench.beside(runsFor(cells), () => dataset.time(BUILD), forget)
      const perSecond = (cells * 1000) / Math.max(above, 1)
      return {
        measured: `${ms(took)}, ${count(perSecond)} rows/s`,
        floor: `cp of the same files ${ms(floor)}`,
        ratio: times(took / floor),
        ...(hasTarget && cells >= TARGET_FROM ? { met: perSecond >= ROWS_PER_SECOND } : {}),
      }
    })
    const memory = `peak memory: ${what}`
    await bench.row({ topic: 'Memory', what: memory, cells, target: '256 MB' }, async () => {
      await dataset.restore(edits)
      forget()
      const { peakMb } = await dataset.run(BUILD)
      return { measured: `${peakMb} MB`, floor: '', ratio: `${count((peakMb * 2 ** 20) / cells)} bytes a cell`, met: peakMb <= 256 }
    })
  }
}

function forgetting(dataset: BenchDataset, columns: boolean): () => void {
  return () => {
    dataset.forgetOutputs()
    dataset.forgetCopies()
    if (columns) dataset.forgetColumns()
  }
}
