/** Cells and rows as they are embedded: columns in one block, rows in blocks of some megabytes, each gzipped JSON as base64. */
import { gzipSync } from 'node:zlib'
import type { ReportItem, ReportMessage, ReportRow } from '../events/dataset-report.ts'

/** A page of a thousand rows is complete; one of a million still opens. */
export const EMBEDDED_CHARS = 64 * 1024 * 1024
/** No row needs more to be judged by eye. */
export const LONGEST_ROW = 200_000

const BLOCK_CHARS = 4 * 1024 * 1024
const BLOCK_ROWS = 20_000
const STATES = ['pending', 'accepted', 'rejected', 'failed'] as const // as in browser/data.js

/** The most characters of a row's texts: no row loses any as long as all fit; else the longest ones do, and all to the same length. */
export function charLimit(sizes: Uint32Array, whole = EMBEDDED_CHARS, longest = LONGEST_ROW): number {
  const taken = (limit: number) => sizes.reduce((sum, size) => sum + Math.min(size, limit), 0)
  if (taken(longest) <= whole) return longest
  let [low, high] = [0, longest]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (taken(middle) <= whole) low = middle
    else high = middle
  }
  return low
}

/** What is known of each cell beside its row; `whys` are named by number from 1. */
export function columnsBlock(items: Iterable<ReportItem>, dimensions: number, sizes: Uint32Array, limit: number): string {
  const values: number[][] = Array.from({ length: dimensions }, () => [])
  const [sample, batch, state, why, usd, tokens, warned]: number[][] = Array.from({ length: 7 }, () => [])
  const whys: [code: string, message: string][] = []
  const numbers = new Map<string, number>()
  for (const item of items) {
    for (const [d, column] of values.entries()) column.push(item.values[d] as number)
    sample?.push(item.sample)
    batch?.push(item.batch)
    state?.push(STATES.indexOf(item.state))
    // Billionths of a dollar: whole numbers are shorter.
    usd?.push(Math.round(item.usd * 1e9))
    tokens?.push(item.tokens)
    warned?.push(item.warned ? 1 : 0)
    const name = item.why ? `${item.why.code}\n${item.why.message}` : undefined
    if (name !== undefined && item.why && !numbers.has(name)) numbers.set(name, whys.push([item.why.code, item.why.message]))
    why?.push(name === undefined ? 0 : (numbers.get(name) as number))
  }
  const cut = sizes.reduce((sum, size) => sum + (size > limit ? 1 : 0), 0)
  return packed({ values, sample, batch, state, why, usd, tokens, warned, chars: Array.from(sizes), whys, embedded: { cut, limit } })
}

export function* rowBlocks(items: Iterable<ReportItem>, limit: number): Generator<string> {
  let rows: unknown[] = []
  let chars = 0
  for (const { row, scores } of items) {
    const told = row ? embedded(row, limit) : undefined
    rows.push(told ? [told.messages, told.rejected, row?.editedBy ?? 0, told.cut ? 1 : 0, scores ?? 0] : null)
    chars += told?.chars ?? 0
    if (chars < BLOCK_CHARS && rows.length < BLOCK_ROWS) continue
    yield packed(rows)
    rows = []
    chars = 0
  }
  if (rows.length > 0) yield packed(rows)
}

/** `[role, content]`, with the calls behind where there are any; nothing beyond the limit. */
function embedded({ messages, rejected }: ReportRow, limit: number) {
  let left = limit
  let cut = false
  const shorten = (message: ReportMessage): unknown[] => {
    const { role, content, tool_calls: calls } = message
    const text = content === null ? null : atMost(content, left)
    if (text !== null) left -= text.length
    if (text !== content) cut = true
    return [role, text, ...(calls ? [calls] : [])]
  }
  const told = messages.map(shorten)
  const other = rejected?.map(shorten) ?? 0
  return { messages: told, rejected: other, cut, chars: limit - left }
}

/** Never half of a surrogate pair. */
function atMost(text: string, chars: number): string {
  if (text.length <= chars) return text
  const end = chars > 0 && /[\ud800-\udbff]/.test(text[chars - 1] ?? '') ? chars - 1 : chars
  return text.slice(0, end)
}

function packed(value: unknown): string {
  return gzipSync(JSON.stringify(value), { level: 6 }).toString('base64')
}
