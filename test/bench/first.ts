/** The first build of a dataset: everything is asked for. */
import { type Bench, count } from './bench.ts'
import type { BenchDataset } from './dataset.ts'

export async function firstBuild(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  await bench.row({ topic: 'Asking', what: 'first build, simulated provider', cells, target: '' }, async () => {
    const seconds = (await dataset.first()).ms / 1000
    return { measured: `${seconds.toFixed(1)} s, ${count(cells / seconds)} answers/s`, floor: 'making the answers included', ratio: '' }
  })
  await bench.row({ topic: 'Memory', what: 'peak memory: first build', cells, target: '256 MB' }, async () => {
    const { peakMb } = await dataset.first()
    return { measured: `${peakMb} MB`, floor: '', ratio: `${count((peakMb * 2 ** 20) / cells)} bytes a cell`, met: peakMb <= 256 }
  })
}
