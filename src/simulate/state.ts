/** What the routes of one server share. */
import type { ServerResponse } from 'node:http'
import type { Clock } from '../util/clock.ts'
import type { JobBoard } from './batches.ts'
import type { FileShelf } from './files.ts'
import type { Ledger } from './ledger.ts'
import type { Limits } from './limits.ts'
import type { Voice } from './said.ts'
import type { Personality } from './script.ts'
import type { Rendered } from './sending.ts'

/** One request, read. */
export interface Visit {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: { readonly [name: string]: string }
  readonly bytes: Buffer
  readonly text: string
  /** What stands in the places that the route's path leaves open, such as `:id`. */
  readonly places: { readonly [name: string]: string }
}

export type Handler = (visit: Visit, response: ServerResponse) => void | Promise<void>

/** By method and path, such as `GET /v1/batches/:id`. */
export type Routes = { readonly [methodAndPath: string]: Handler }

/** Somebody who looks on: a test that records, a screen that counts. */
export interface Witness {
  /** A question has come; the answer waits for what this returns. */
  arrived?(visit: Visit): void | Promise<void>
  /** Comes before the last byte of an answer leaves: what a client received is always on the bill. */
  billed?(visit: Visit, answer: string): void
  /** Everything was written. */
  sent?(visit: Visit): void
}

export interface State {
  readonly clock: Clock
  readonly seed: number
  readonly voice: Voice
  readonly witness: Witness
  readonly limits: Limits | undefined
  personality: Personality
  ledger: Ledger
  /** How often each body has been asked, so that it gets another answer each time. */
  counts: Map<string, number>
  shelf: FileShelf
  board: JobBoard
  /** The answer sent last, for those who get it once more. */
  last: Rendered | undefined
}

export function sendJson(response: ServerResponse, value: unknown, status = 200, headers: { readonly [name: string]: string } = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** OpenAI's shape of an error. */
export function sendError(response: ServerResponse, status: number, message: string, code: string | null = null): void {
  sendJson(response, { error: { message, type: 'invalid_request_error', param: null, code } }, status)
}
