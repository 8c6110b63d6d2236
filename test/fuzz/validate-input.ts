/** One fuzzed input through reading and validating, with the laws that must hold whatever it is. */
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { findingLine } from '../../src/commands/validate/json.ts'
import { Tally } from '../../src/commands/validate/tally.ts'
import { fileText } from '../../src/commands/validate/text.ts'
import { readDataset } from '../../src/read/dataset.ts'
import { noFacts, readRecords } from '../../src/read/records.ts'
import { PLATFORMS } from '../../src/validate/platforms.ts'
import { checkRow } from '../../src/validate/row.ts'
import { fuzzValue, GOOD_ROWS, mutated, pick, type Random, spoilt } from '../rig/fuzz-rows.ts'

/** Slowest input that is no hang: a tenth of it is already strange, but machines are busy. */
const SLOW_MS = 5000
// What a terminal could obey, reorder or hide; line ends are the program's own.
const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u

/** A broken law in words, or undefined. `asRow`: the row alone, without a file around it, which is ten times as fast. */
export async function fuzzInput(random: Random, asRow: boolean): Promise<string | undefined> {
  const started = performance.now()
  const value = random() < 0.6 ? mutated(pick(random, GOOD_ROWS), random) : fuzzValue(random)
  const wrong = asRow ? rowLaws(value, random) : await fileLaws(random)
  const ms = performance.now() - started
  return wrong ?? (ms > SLOW_MS ? `it took ${Math.round(ms)} ms` : undefined)
}

function rowLaws(value: ReturnType<typeof fuzzValue>, random: Random): string | undefined {
  const platform = pick(random, PLATFORMS)
  const { shape, findings } = checkRow(value, platform)
  if (shape === undefined && findings.length === 0) return 'a row of no shape without a finding'
  const tally = new Tally('f.jsonl', platform, 3)
  for (const finding of findings) {
    const found = { ...finding, place: { row: 1, line: 1, offset: 0 } }
    tally.add(found)
    if (UNSAFE.test(findingLine(tally, found))) return `an unsafe line of JSON: ${JSON.stringify(finding)}`
  }
  return UNSAFE.test(fileText(tally, { color: false, columns: 80 })) ? 'an unsafe text' : undefined
}

async function fileLaws(random: Random): Promise<string | undefined> {
  const rows = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
    random() < 0.5 ? mutated(pick(random, GOOD_ROWS), random) : fuzzValue(random, 3),
  )
  const array = random() < 0.3
  const text = array ? JSON.stringify(rows, null, random() < 0.5 ? 1 : undefined) : rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  const bytes = random() < 0.7 ? spoilt(Buffer.from(text), random) : Buffer.from(text)
  const pack = pick(random, [undefined, undefined, undefined, gzipSync, zstdCompressSync])
  const packed = pack ? (random() < 0.3 ? spoilt(pack(bytes), random) : pack(bytes)) : bytes
  const size = 1 + Math.floor(random() * 400)
  const chunks = () =>
    Readable.from(Array.from({ length: Math.ceil(packed.length / size) }, (_, i) => packed.subarray(i * size, (i + 1) * size)))
  const facts = noFacts()
  let records = 0
  for await (const record of readRecords({ kind: 'stream', name: '-', stream: chunks() }, facts, { longest: 4096 })) {
    if (record.kind === 'unreadable') continue
    records++
    if (record.place.row !== records) return `row ${record.place.row} is the ${records}th`
    if (record.kind === 'value') for (const platform of PLATFORMS) checkRow(record.value, platform)
  }
  // Lines are ended by \n alone: as many rows as such lines that are not blank.
  if (facts.layout === 'lines' && packed === bytes) {
    const start = facts.bom ? 3 : 0
    const lines = bytes
      .subarray(start)
      .toString('latin1')
      .split('\n')
      .filter((line) => /[^ \t\r]/.test(line))
    if (lines.length !== records) return `${lines.length} lines became ${records} rows`
  }
  let seen = 0
  for await (const row of readDataset({ kind: 'stream', name: '-', stream: chunks() }, { longest: 4096 }).rows)
    if (row.kind !== 'unreadable') seen++
  return seen === records ? undefined : `${records} records became ${seen} rows`
}
