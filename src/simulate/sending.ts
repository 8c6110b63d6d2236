/** An answer as bytes, and their way to whoever asked. */
import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../schema/json.ts'
import type { Dialect, Question, Said } from './said.ts'
import type { State, Visit } from './state.ts'
import { textOf } from './stream.ts'

/** An answer that is ready, with all that is needed to spoil it. */
export interface Prepared {
  readonly dialect: Dialect
  readonly question: Question
  readonly said: Said
  readonly visit: Visit
  readonly state: State
}

/** An answer as it goes over the wire: one piece, or one for each event of a stream. */
export interface Rendered {
  readonly type: string
  readonly pieces: readonly string[]
}

const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream'

/** `change` is what becomes of the body, or of every event. */
export function render({ dialect, question, said }: Prepared, change = (body: JsonObject): JsonObject => body): Rendered {
  if (!question.stream) return { type: JSON_TYPE, pieces: [JSON.stringify(change(dialect.whole(said, question)))] }
  const events = dialect.events(said, question).map((event) => {
    if (event.data === '[DONE]') return event
    const inner = event.data['response'] as JsonObject | undefined
    return { ...event, data: inner ? { ...event.data, response: change(inner) } : change(event.data) }
  })
  return { type: STREAM_TYPE, pieces: events.map(textOf) }
}

/** A whole answer of status 200: on the bill before its last byte leaves. */
export function send(
  prepared: Prepared,
  response: ServerResponse,
  { type, pieces }: Rendered = render(prepared),
  headers: { readonly [name: string]: string } = {},
  encode: (text: string) => Buffer | string = (text) => text,
): void {
  const { visit, state, said } = prepared
  const text = pieces.join('')
  state.ledger.bill(said.input, said.output, true)
  state.witness.billed?.(visit, text)
  state.last = { type, pieces }
  response.on('finish', () => state.witness.sent?.(visit))
  if (!response.headersSent) response.writeHead(200, { 'content-type': type, ...headers })
  const { pieceMs = 0 } = state.personality.script
  if (pieceMs > 0 && pieces.length > 1) return void pace(response, pieces, () => state.clock.sleep(pieceMs))
  for (const piece of pieces.slice(0, -1)) response.write(encode(piece))
  response.end(encode(pieces.at(-1) ?? ''))
}

async function pace(response: ServerResponse, pieces: readonly string[], wait: () => Promise<void>): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return
    response.write(piece)
    await wait()
  }
  response.end()
}

/** An answer that is made, and so on the bill, but will not arrive whole. */
export function lose({ state, said }: Prepared): void {
  state.ledger.bill(said.input, said.output, false)
}
