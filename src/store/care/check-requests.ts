/** Every request's text against its checksum and its digest. */
import type { Database } from '../node-sqlite.ts'
import { openRequest } from '../record.ts'
import { type Finding, NO_REPAIR } from './finding.ts'
import { BadLine, digestOfText } from './line.ts'
import { walk } from './walk.ts'

interface RequestRow {
  readonly id: number
  readonly record: Uint8Array
}

/** No repair: its answers are found without it, and only `explain` and an export miss the text. */
export function* checkRequests(database: Database, onRow: () => void): Generator<Finding> {
  for (const walked of walk<RequestRow>(database, 'request', 'id, record')) {
    onRow()
    const why = walked.what === 'row' ? complaint(walked.row) : walked.why
    const where = walked.what === 'lost' ? `everything after request ${walked.id}` : `request ${walked.id}`
    if (why !== undefined) yield { what: 'request', where, why, repair: NO_REPAIR }
  }
}

function complaint({ record }: RequestRow): string | undefined {
  try {
    const request = openRequest(record)
    if (!request) return 'its checksum does not match'
    return digestOfText(request.text) === request.digest ? undefined : 'its text does not have its digest'
  } catch (error) {
    return error instanceof BadLine ? 'its text is not in canonical form' : 'its text cannot be unpacked'
  }
}
