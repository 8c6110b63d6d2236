/** What a file is as a whole, against what a platform takes. */
import { Findings, type RowFinding } from './findings.ts'
import type { Layout, Packing, Platform } from './platform.ts'

/** What a reader knows of a file when it is through. */
export interface FileSeen {
  readonly rows: number
  /** On disk. */
  readonly packedBytes: number
  readonly layout: Layout | undefined
  readonly packing: Packing
  readonly bom: boolean
  readonly blankLines: number
  readonly firstBlankLine?: number
  /** Rows by shape. */
  readonly shapes: ReadonlyMap<string, number>
}

const LAYOUTS: Record<Layout, string> = {
  lines: 'JSON Lines',
  array: 'a JSON array',
  sequence: 'JSON over several lines',
  parquet: 'Parquet',
}

export function checkFile(seen: FileSeen, { file, title }: Platform): readonly RowFinding[] {
  const findings = new Findings()
  const add = (code: Parameters<Findings['add']>[0], message: string, hint?: string) => findings.add(code, '', message, hint)
  if (seen.layout && seen.rows > 0 && !file.layouts.includes(seen.layout))
    add(
      'E_LAYOUT',
      `the file is ${LAYOUTS[seen.layout]}; ${title} takes ${file.layouts.map((layout) => LAYOUTS[layout]).join(' or ')}`,
      file.layouts.includes('lines') ? 'write one row a line' : undefined,
    )
  if (!(file.packings ?? ['none']).includes(seen.packing))
    add('E_PACKED', `the file is packed with ${seen.packing}`, 'unpack it before you upload it')
  if (seen.rows < file.minRows) add('E_MIN', `${number(seen.rows)} of at least ${number(file.minRows)} rows`)
  else if (file.goodRows !== undefined && seen.rows < file.goodRows)
    add('W_FEW', `${number(seen.rows)} rows; ${number(file.goodRows)} are advised`)
  if (file.maxRows !== undefined && seen.rows > file.maxRows) add('E_MAX', `${number(seen.rows)} rows of at most ${number(file.maxRows)}`)
  if (file.minBytes !== undefined && seen.packedBytes < file.minBytes)
    add('E_SIZE', `${number(seen.packedBytes)} of at least ${number(file.minBytes)} bytes`)
  if (file.maxBytes !== undefined && seen.packedBytes > file.maxBytes)
    add('E_SIZE', `${number(seen.packedBytes)} bytes of at most ${number(file.maxBytes)}`)
  if (seen.shapes.size > 1) {
    const parts = [...seen.shapes].sort((a, b) => b[1] - a[1]).map(([shape, rows]) => `${number(rows)} of ${shape}`)
    add('E_MIXED', `the rows are of several formats: ${parts.join(', ')}`, 'make one file of each')
  }
  if (seen.bom)
    add('W_BOM', 'the file begins with a byte order mark', 'many loaders take it for a part of the first row; save it as UTF-8 without it')
  if (seen.blankLines > 0)
    add('W_BLANK', `${number(seen.blankLines)} blank lines, the first is line ${seen.firstBlankLine ?? '?'}`, 'some loaders stop there')
  return findings.list
}

function number(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** The limits in words. */
export function fileWords({ file }: Platform): string[] {
  const packings = (file.packings ?? []).filter((packing) => packing !== 'none')
  return [
    `${file.layouts.map((layout) => LAYOUTS[layout]).join(' or ')}${packings.length > 0 ? `, also packed with ${packings.join(' or ')}` : ''}`,
    ...(file.minRows > 1 ? [`${number(file.minRows)} rows or more`] : []),
    ...(file.maxRows === undefined ? [] : [`at most ${number(file.maxRows)} rows`]),
    ...(file.goodRows === undefined ? [] : [`from ${number(file.goodRows)} rows on advised`]),
    ...(file.minBytes === undefined ? [] : [`at least ${number(file.minBytes)} bytes`]),
    ...(file.maxBytes === undefined ? [] : [`at most ${bytes(file.maxBytes)}`]),
    ...(file.maxTokens === undefined ? [] : [`${number(file.maxTokens)} tokens a row`]),
  ]
}

function bytes(n: number): string {
  return n >= 1e9 ? `${Number((n / 1024 ** 3).toFixed(1))} GiB` : `${Number((n / 1024 ** 2).toFixed(1))} MiB`
}
