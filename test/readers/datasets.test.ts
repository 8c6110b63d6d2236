/**
 * The files as Hugging Face `datasets` reads them. Opt-in: set DATAGEN_PYTHON to a Python that has it
 * (`python3 -m venv v && v/bin/pip install datasets`).
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Example, OutputFormat } from '../../schema/config.ts'
import { FORMATS } from '../../src/assemble/formats.ts'
import { jsonLine } from '../../src/write/jsonl.ts'
import { calling, callingTwice, pair, plain, tools, twoTurns } from '../unit/assemble/examples.ts'

const python = process.env['DATAGEN_PYTHON']
const READ = fileURLToPath(new URL('read.py', import.meta.url))

/** Arguments of another type under the same name, which Arrow cannot put into one column of objects. */
const otherArguments: Example = {
  messages: calling.messages.map((message) =>
    message.tool_calls
      ? { ...message, tool_calls: [{ id: 'call_0_0', type: 'function', function: { name: 'time_in', arguments: '{"city":7}' } }] }
      : message,
  ),
  tools: [
    ...(tools ?? []),
    { type: 'function', function: { name: 'other', parameters: { type: 'object', properties: { city: { enum: [1, 'a'] } } } } },
  ],
}

it.skipIf(!python)(
  `every format is loaded whole, columns and rows as written${python ? '' : ' (skipped: DATAGEN_PYTHON is not set)'}`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'datagen-readers-'))
    try {
      const examples = [plain, twoTurns, pair, calling, callingTwice, otherArguments]
      const files = (Object.keys(FORMATS) as OutputFormat[]).map((format) => {
        const rows = examples
          .filter((example) => FORMATS[format].problem(example) === undefined)
          .flatMap((example) => [...FORMATS[format].rows(example)])
        const path = join(folder, `${format}.jsonl`)
        writeFileSync(path, rows.map(jsonLine).join(''))
        return { format, path, rows }
      })
      const out = execFileSync(python as string, [READ, join(folder, 'cache'), ...files.map(({ path }) => path)], { encoding: 'utf8' })
      const found = JSON.parse(out) as { [path: string]: { columns: string[]; rows: unknown[] } }
      for (const { format, path, rows } of files) {
        const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
        expect([format, found[path]?.columns.toSorted()]).toEqual([format, columns.sort()])
        expect([format, found[path]?.rows.map(withoutNulls)]).toEqual([format, rows.map(withoutNulls)])
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

/** Arrow fills what a row lacks with null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, entry]) => (entry === null ? [] : [[key, withoutNulls(entry)]])))
}
