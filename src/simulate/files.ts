/** The Files API as far as the Batch API needs it: files go in as a form, and come out as they are. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../schema/json.ts'
import { type Handler, type Routes, type State, sendError, sendJson, type Visit } from './state.ts'

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly bytes: Buffer
  readonly purpose: string
}

/** The files of one server. */
export class FileShelf {
  readonly files = new Map<string, StoredFile>()
  #next = 1

  add(name: string, bytes: Buffer, purpose: string): StoredFile {
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
    const file = { id: `file-${this.#next++}-${digest}`, name, bytes, purpose }
    this.files.set(file.id, file)
    return file
  }
}

export function fileRoutes(state: State): Routes {
  const named =
    (use: (file: StoredFile, ...rest: Parameters<Handler>) => void): Handler =>
    (visit, response) => {
      const file = state.shelf.files.get(visit.places['id'] ?? '')
      if (file) use(file, visit, response)
      else sendError(response, 404, `No such File object: ${visit.places['id']}`, 'not_found')
    }
  return {
    'POST /v1/files': (visit, response) => {
      const form = readForm(visit)
      const file = form?.get('file')
      if (!file?.name) return sendError(response, 400, "'file' is a required property")
      const purpose = form?.get('purpose')?.bytes.toString() ?? ''
      return sendJson(response, facts(state.shelf.add(file.name, file.bytes, purpose)))
    },
    'GET /v1/files': (_, response) =>
      sendJson(response, { object: 'list', data: [...state.shelf.files.values()].map(facts), has_more: false }),
    'GET /v1/files/:id': named((file, _, response) => sendJson(response, facts(file))),
    'GET /v1/files/:id/content': named((file, _, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(file.bytes.length) }).end(file.bytes)
    }),
    'DELETE /v1/files/:id': named((file, _, response) => {
      state.shelf.files.delete(file.id)
      sendJson(response, { id: file.id, object: 'file', deleted: true })
    }),
  }
}

function facts({ id, name, bytes, purpose }: StoredFile): JsonObject {
  return { id, object: 'file', bytes: bytes.length, created_at: 1_700_000_000, filename: name, purpose, status: 'processed' }
}

interface Part {
  readonly name: string | undefined
  readonly bytes: Buffer
}

/** Undefined for what is no `multipart/form-data`. */
function readForm({ headers, bytes }: Visit): Map<string, Part> | undefined {
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) return undefined
  const parts = new Map<string, Part>()
  const mark = Buffer.from(`--${boundary}`)
  for (let at = bytes.indexOf(mark); at >= 0; ) {
    const from = at + mark.length
    const next = bytes.indexOf(mark, from)
    if (next < 0) break
    const headEnd = bytes.indexOf('\r\n\r\n', from)
    const head = bytes.subarray(from, headEnd).toString()
    const field = /\bname="([^"]*)"/.exec(head)?.[1]
    // A line break stands before the next mark.
    if (field !== undefined)
      parts.set(field, { name: /\bfilename="([^"]*)"/.exec(head)?.[1], bytes: bytes.subarray(headEnd + 4, next - 2) })
    at = next
  }
  return parts
}
