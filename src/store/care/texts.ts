/** The texts of requests, found by the answers they belong to. */
import type { Digest } from '../../util/brand.ts'
import type { Database } from '../node-sqlite.ts'
import { openRequest, prefixOf } from '../record.ts'
import { walk } from './walk.ts'

interface RecordRow {
  readonly id: number
  readonly record: Uint8Array
}

export class Texts {
  readonly #database: Database
  readonly #ofResponse
  readonly #ofDigest
  #all: Map<string, number> | undefined
  readonly #byId

  constructor(database: Database) {
    this.#database = database
    this.#ofResponse = database.prepare('SELECT request.record FROM response JOIN request ON request.id = request WHERE response.id = ?')
    this.#ofDigest = database.prepare('SELECT request.record FROM response JOIN request ON request.id = request WHERE asked = ?')
    this.#byId = database.prepare('SELECT record FROM request WHERE id = ?')
  }

  /** `response` is the row that should lead to it; undefined when no sound text is there. */
  find(digest: Digest, response: number | undefined): string | undefined {
    const ways = [
      () => (response === undefined ? [] : this.#ofResponse.all(response)),
      () => this.#ofDigest.all(prefixOf(digest)),
      () => this.#searched(digest),
    ]
    for (const way of ways) {
      try {
        for (const row of way()) {
          const request = openRequest((row as { record?: unknown }).record)
          if (request?.digest === digest) return request.text
        }
      } catch {
        // A damaged page: another way may not touch it.
      }
    }
    return undefined
  }

  /** Nothing leads to the text of a spare answer whose first one is gone, so all are looked through, once. */
  #searched(digest: Digest): unknown[] {
    this.#all ??= new Map(
      [...walk<RecordRow>(this.#database, 'request', 'id, record')].flatMap((walked) => {
        const request = walked.what === 'row' ? openRequest(walked.row.record) : undefined
        return request ? [[request.digest, walked.id] as const] : []
      }),
    )
    const id = this.#all.get(digest)
    return id === undefined ? [] : this.#byId.all(id)
  }
}
