/** Asking why, of one cell among many. */
import { type Bench, ms, times } from './bench.ts'
import type { BenchDataset } from './dataset.ts'

const RUNS = 5

export async function explaining(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  const states = [
    ['explain one cell that is up to date', undefined, 'is up to date'],
    ['explain one cell of an edited value', `explained by ${process.pid}`, 'its request changed'],
  ] as const
  for (const [what, guide, says] of states) {
    await bench.row({ topic: 'Looking', what, cells, target: '' }, async () => {
      await dataset.restore()
      if (guide !== undefined) dataset.write({ guide })
      const args = ['explain', 'a1 × b2 × last']
      const { stdout } = await dataset.run(args)
      if (!stdout.includes(says)) throw new Error(`explain does not say "${says}": ${stdout}`)
      const { took, node, above } = await bench.beside(RUNS, () => dataset.time(args))
      return { measured: `node + ${ms(above)}`, floor: `node ${ms(node)}`, ratio: times(took / node) }
    })
  }
}
