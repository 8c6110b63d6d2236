/** Passages that are rows already: JSONL and CSV, by the columns that hold their text and their id. */
import { createRequire } from 'node:module'

export interface RowPassage {
  readonly id?: string
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** What is wrong with a file, and in which line of it. */
export interface RowProblem {
  readonly message: string
  readonly line?: number
  readonly known?: readonly string[]
  readonly column?: string
}

type Columns = { readonly text: readonly string[]; readonly id?: string | undefined }
type Row = { readonly [column: string]: unknown }

export function jsonlPassages(text: string, columns: Columns): RowPassage[] | RowProblem {
  const rows: { row: Row; line: number }[] = []
  // Only \n ends a line: other separators may stand inside JSON texts.
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const row = parsed(line)
    if (!row) return { message: 'is not a JSON object', line: i + 1 }
    rows.push({ row, line: i + 1 })
  }
  return passagesOf(rows, columns)
}

export function csvPassages(text: string, columns: Columns, delimiter: ',' | '\t'): RowPassage[] | RowProblem {
  // csv-parse loads when the first CSV is met.
  const { parse } = createRequire(import.meta.url)('csv-parse/sync') as typeof import('csv-parse/sync')
  try {
    const records = parse(text, { bom: true, columns: true, delimiter, skip_empty_lines: true, info: true }) as unknown as readonly {
      readonly record: Row
      readonly info: { readonly lines: number }
    }[]
    return passagesOf(
      records.map(({ record, info }) => ({ row: record, line: info.lines })),
      columns,
    )
  } catch (error) {
    const { message, lines } = error as { readonly message: string; readonly lines?: number }
    return { message: `is not CSV: ${message}`, ...(lines === undefined ? {} : { line: lines }) }
  }
}

function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined
  } catch {
    return undefined
  }
}

function passagesOf(rows: readonly { readonly row: Row; readonly line: number }[], { text, id }: Columns): RowPassage[] | RowProblem {
  const passages: RowPassage[] = []
  for (const { row, line } of rows) {
    for (const column of id === undefined ? text : [...text, id])
      if (!Object.hasOwn(row, column)) return { message: `has no "${column}"`, line, column, known: Object.keys(row) }
    // Several columns are told apart by their names.
    const parts = text.map((column) => [column, shown(row[column])] as const).filter(([, value]) => value !== '')
    if (parts.length === 0) continue
    const whole = text.length === 1 ? (parts[0]?.[1] ?? '') : parts.map(([column, value]) => `${column}: ${value}`).join('\n\n')
    passages.push({ text: whole, line, ...(id === undefined ? {} : { id: shown(row[id]) }) })
  }
  return passages
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return ''
  return (typeof value === 'string' ? value : JSON.stringify(value)).trim()
}
