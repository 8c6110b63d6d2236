/** Where each sound answer lies, in order of its key: 13 bytes for each, so that a million fit anywhere. */
import type { Database } from '../node-sqlite.ts'
import { openResponse, prefixOf } from '../record.ts'
import type { Ids } from './ids.ts'
import { walk } from './walk.ts'

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
}

export interface Place {
  readonly table: 'response' | 'spare'
  readonly id: number
}

export interface Order {
  readonly length: number
  /** Places whose keys begin with the same 32 bits, group after group. */
  groups(): Generator<readonly Place[]>
  /** Rows that cannot be read. */
  readonly unreadable: number
}

/** Reads every record, because an index may be what is damaged. `reached` leaves other responses out, but no spare ones. */
export function orderOf(database: Database, reached: Ids | undefined): Order {
  const prefixes: number[] = []
  const ids: number[] = []
  let spareFrom = 0
  let unreadable = 0
  for (const table of ['response', 'spare'] as const) {
    spareFrom = ids.length
    for (const walked of walk<RecordRow>(database, table, 'id, record')) {
      const kept = walked.what === 'row' ? openResponse(walked.row.record, walked.id) : undefined
      if (!kept) unreadable++
      else if (table === 'spare' || !reached || reached.has(kept.id)) {
        prefixes.push(prefixOf(kept.key) >>> 0)
        ids.push(walked.id)
      }
    }
  }
  const order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => (prefixes[a] as number) - (prefixes[b] as number) || a - b)
  const place = (i: number): Place => ({ table: i < spareFrom ? 'response' : 'spare', id: ids[i] as number })
  return {
    length: ids.length,
    unreadable,
    *groups() {
      for (let from = 0; from < order.length; ) {
        const prefix = prefixes[order[from] as number]
        let to = from + 1
        while (to < order.length && prefixes[order[to] as number] === prefix) to++
        yield Array.from(order.subarray(from, to), place)
        from = to
      }
    },
  }
}
