/** From an edit of the config to knowing what it means, and to having built it. */
import { type Bench, count, ms, times } from './bench.ts'
import { type BenchDataset, BUILD, type Edits, shapeOf } from './dataset.ts'

const TOPIC = 'An edit'
const PLAN = ['plan', '--json']
const FROZEN = [...BUILD, '--frozen']
const PENDING = 10

const runsFor = (cells: number) => (cells >= 1_000_000 ? 3 : cells >= 100_000 ? 5 : 11)

export async function edits(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  const runs = runsFor(cells)
  const { dirty } = shapeOf(cells)
  let n = 0
  const anew = (more: Edits = {}): void => dataset.write({ guide: `edit ${++n} of ${process.pid}`, ...more })

  const timed = async (what: string, limitMs: number, args: readonly string[], before: (n: number) => unknown, code = 0) => {
    await bench.row({ topic: TOPIC, what, cells, target: limitMs > 0 ? `node + ${limitMs} ms` : '' }, async () => {
      await dataset.restore()
      const { took, node, above } = await bench.beside(runs, () => dataset.time(args, code), before)
      const target = limitMs > 0 ? { met: above <= limitMs } : {}
      return { measured: `node + ${ms(above)}`, floor: `node ${ms(node)}`, ratio: times(took / node), ...target }
    })
  }

  await timed('comment-only edit, build', 100, BUILD, (i) => dataset.write({ tail: `// ${i} of ${process.pid}\n` }))
  await timed('type-only edit, build', 100, BUILD, (i) => dataset.write({ tail: `type T${i} = ${process.pid}\n` }))
  await timed('edit undone before it was built, build', 100, BUILD, async () => {
    anew()
    await dataset.time(PLAN)
    dataset.write()
  })
  await timed('edit undone after it was built, build', 0, BUILD, async () => {
    // The same edit each time: its answers are bought once.
    await dataset.restore({ guide: `built by ${process.pid}` })
    dataset.write()
  })
  await timed('one value edited, dirty cells known (plan)', 400, PLAN, async () => anew())
  await timed('one value edited, dirty cells known (build --frozen)', 400, FROZEN, async () => anew(), PENDING)

  await bench.row({ topic: TOPIC, what: 'one value edited: cells that are dirty', cells, target: `exactly ${count(dirty)}` }, async () => {
    await dataset.restore()
    anew()
    const found = dirtyIn((await dataset.run(PLAN)).stdout)
    return { measured: count(found), floor: '', ratio: `1/${Math.round(cells / found)} of the cells`, met: found === dirty }
  })
  const memory = async (what: string, args: readonly string[], code = 0) => {
    await bench.row({ topic: 'Memory', what, cells, target: '256 MB' }, async () => {
      await dataset.restore()
      anew()
      const { peakMb } = await dataset.run(args, code)
      return { measured: `${peakMb} MB`, floor: '', ratio: `${count((peakMb * 2 ** 20) / cells)} bytes a cell`, met: peakMb <= 256 }
    })
  }
  await memory('peak memory: plan after an edit', PLAN)
  await memory('peak memory: build --frozen after an edit', FROZEN, PENDING)
}

function dirtyIn(json: string): number {
  return (JSON.parse(json) as { buy: { items: number } }).buy.items
}
