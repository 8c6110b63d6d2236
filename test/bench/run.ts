/**
 * `npm run bench [-- --cells 1000,100000,1000000] [--only <part of a row's name>]`: what datagen costs beside floors measured
 * in the same run. Writes docs/benchmarks.md row by row; Ctrl-C ends it and removes what it made.
 */
import { fileURLToPath } from 'node:url'
import { type Selection, selectionOf } from './arguments.ts'
import { Bench } from './bench.ts'
import { BenchDataset, shapeOf } from './dataset.ts'
import { edits } from './edits.ts'
import { engineAlone } from './engine.ts'
import { explaining } from './explain.ts'
import { firstBuild } from './first.ts'
import { engineOverHttp } from './http.ts'
import { bareNode, nothingToDo } from './nothing.ts'
import { keptOutputs } from './outputs.ts'
import { Report } from './report.ts'
import { liveScreen } from './screen.ts'
import { watching } from './watching.ts'

const ONCE = [bareNode, engineAlone, engineOverHttp, liveScreen]
const AT_EACH_SIZE = [firstBuild, nothingToDo, edits, keptOutputs, explaining, watching]

const INTERRUPTED = 130

const selection = read()
const report = new Report(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), selection.command, new Date())
const bench = new Bench(selection, report)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    bench.close()
    process.exit(INTERRUPTED)
  })
}
try {
  for (const measure of ONCE) await measure(bench)
  for (const cells of selection.sizes) await atSize(cells)
} finally {
  bench.close()
}
bench.say(bench.rows > 0 ? `docs/benchmarks.md: ${bench.rows} rows measured` : `no row's name contains "${selection.only}"`)

async function atSize(cells: number): Promise<void> {
  const dataset = new BenchDataset(bench, cells)
  try {
    for (const measure of AT_EACH_SIZE) await measure(bench, dataset)
  } finally {
    dataset.close()
  }
}

function read(): Selection {
  try {
    const asked = selectionOf(process.argv.slice(2))
    for (const cells of asked.sizes) shapeOf(cells)
    return asked
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}
