/** Who holds which draw: of a draw that several cells could take, the store must go on remembering the buyer. */
import type { Digest } from '../../util/brand.ts'
import type { Database } from '../node-sqlite.ts'
import { openResponse, prefixOf } from '../record.ts'
import type { Ids } from './ids.ts'

export interface Hold {
  readonly request: Digest
  readonly ordinal: number
  readonly cell: string
  readonly sample: number
}

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
}

/** Adds the newest answer of each hold, unless one of its answers is reached anyway. */
export function addHolds(database: Database, holds: readonly Hold[], reached: Ids): void {
  const asked = database.prepare('SELECT id, record FROM response WHERE asked = ? ORDER BY id')
  for (const { request, ordinal, cell, sample } of holds) {
    const ids = (asked.all(prefixOf(request)) as unknown as RecordRow[]).flatMap(({ id, record }) => {
      const kept = openResponse(record, id)
      const holds = kept?.request === request && kept.ordinal === ordinal && kept.cell === cell && kept.sample === sample
      return holds ? [kept.id] : []
    })
    const newest = ids.at(-1)
    if (newest !== undefined && !ids.some((id) => reached.has(id))) reached.add(newest)
  }
}
