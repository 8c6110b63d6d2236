/** A `watch` session on a terminal: from a save to its offer, and the memory after many of them. */
import { renameSync } from 'node:fs'
import { type Live, startInPty } from '../rig/live.ts'
import { memoryOf, processBelow } from '../rig/process-facts.ts'
import { type Bench, count, ms } from './bench.ts'
import { type BenchDataset, CONFIG, configOf, shapeOf } from './dataset.ts'
import { middle } from './processes.ts'

const TOPIC = 'Watching'
const EDITS = 50
const EARLY = 10
const SHOWN_MS = 300
const PATIENCE_MS = 120_000
const SETTLED = 'watching for changes, q leaves'

export async function watching(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  const names = ['watch: save to offer shown', `memory of watch after ${EDITS} edits`] as const
  if (!names.some((name) => bench.wants(name))) return
  await dataset.restore()
  await using live = startInPty(dataset.project, 'watch')
  await live.until(SETTLED, PATIENCE_MS)
  const pid = processBelow(live.pid as number, 'bin.cjs')
  const times: number[] = []
  let early = 0
  await bench.row({ topic: TOPIC, what: names[0], cells, target: cells >= 1_000_000 ? '' : `${SHOWN_MS} ms` }, async () => {
    for (let n = 1; n <= EARLY; n++) times.push(await saveToOffer(live, dataset, n))
    early = memoryOf(pid).rssMb
    const shown = middle(times)
    return {
      measured: ms(shown),
      floor: `60 ms of them waiting for a second save`,
      ratio: `${EARLY} saves`,
      ...(cells >= 1_000_000 ? {} : { met: shown <= SHOWN_MS }),
    }
  })
  await bench.row({ topic: 'Memory', what: names[1], cells, target: `at most 60 MB more than after ${EARLY}` }, async () => {
    for (let n = times.length + 1; n <= EDITS; n++) {
      await saveToOffer(live, dataset, n)
      if (n === EARLY) early = memoryOf(pid).rssMb
    }
    const { rssMb, peakMb } = memoryOf(pid)
    const more = rssMb - early
    return {
      measured: `${count(rssMb)} MB, at its peak ${count(peakMb)} MB`,
      floor: `after ${EARLY} edits ${count(early)} MB`,
      ratio: `${more >= 0 ? '+' : ''}${count(more)} MB`,
      met: more < 60,
    }
  })
  live.press('q')
  await live.end()
  await dataset.restore()
}

async function saveToOffer(live: Live, { project, cells }: BenchDataset, n: number): Promise<number> {
  project.write('.next', configOf(cells, { guide: `watched ${n} of ${process.pid}` }))
  const from = performance.now()
  renameSync(project.path('.next'), project.path(CONFIG))
  const said = await live.until(/Enter generates (\d+) cells?/, PATIENCE_MS)
  const took = performance.now() - from
  const offered = Number(/Enter generates (\d+)/.exec(said)?.[1])
  if (offered !== shapeOf(cells).dirty) throw new Error(`watch offers ${offered} cells instead of ${shapeOf(cells).dirty}`)
  return took
}
