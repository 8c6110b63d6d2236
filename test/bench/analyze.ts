/** What measuring a large file costs: `npm run bench:analyze -- --rows 100000`. The file is made from the real datasets beside the checkout. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Measurement } from '../../src/measure/evaluate.ts'
import { readDataset } from '../../src/read/dataset.ts'
import { writeRows } from './analyze-rows.ts'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' }, file: { type: 'string' } } })
const folder = mkdtempSync(join(tmpdir(), 'datagen-analyze-'))
const path = values.file ?? join(folder, 'rows.jsonl')
try {
  if (!existsSync(path)) await writeRows(path, Number(values.rows.replaceAll('_', '')))
  console.log(`${Math.round(statSync(path).size / 1e6)} MB`)
  const start = performance.now()
  const cpuStart = process.cpuUsage()
  // On a busy machine seconds of CPU say more than seconds.
  const say = (stage: string) => {
    const { user, system } = process.cpuUsage(cpuStart)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(
      `${seconds.padStart(7)} s ${((user + system) / 1e6).toFixed(1).padStart(7)} s CPU ${String(Math.round(process.memoryUsage.rss() / 1e6)).padStart(6)} MB  ${stage}`,
    )
  }
  const measurement = new Measurement({ onStage: (stage) => say(`before ${stage}`) })
  for await (const read of readDataset({ kind: 'file', name: path, path }).rows)
    if (read.kind === 'row') measurement.push({ row: read.row, place: read.place.row })
  const report = measurement.finish()
  say(`done: ${report.rows} rows, ${report.whole.words} words, ${report.whole.near?.removable} removable near duplicates`)
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
