/** How a stream goes wrong. */
import type { ServerResponse } from 'node:http'
import type { StreamFault } from './faults.ts'
import { lose, type Prepared, send } from './sending.ts'
import { textOf } from './stream.ts'

const TYPE = 'text/event-stream'

export function strikeStream(fault: StreamFault, prepared: Prepared, response: ServerResponse): void {
  const { dialect, said, question } = prepared
  const events = dialect.events(said, question)
  const texts = events.map(textOf)
  const half = events
    .filter(({ ends }) => !ends)
    .map(textOf)
    .slice(0, Math.ceil(texts.length / 2))
  const begin = () => response.writeHead(200, { 'content-type': TYPE })
  const broken = (pieces: readonly string[], then: () => void) => {
    lose(prepared)
    begin()
    response.write(pieces.join(''), then)
  }
  switch (fault) {
    case 'stream-cut':
      return broken(half, () => response.end())
    case 'stream-no-finish': {
      const rest = events.filter(({ ends, data }) => !ends || data === '[DONE]').map(textOf)
      return send(prepared, response, { type: TYPE, pieces: rest })
    }
    case 'stream-error': {
      const error = {
        message: 'The server had an error while processing your request.',
        type: 'server_error',
        param: null,
        code: 'server_error',
      }
      const named = events.some(({ name }) => name !== undefined)
      const event = named ? textOf({ name: 'error', data: { ...error, type: 'error' } }) : textOf({ data: { error } })
      return broken([...half, event], () => response.end())
    }
    case 'stream-stall':
      return broken(texts.slice(0, 1), () => {})
    case 'stream-reset':
      return broken(half, () => void setTimeout(() => response.socket?.resetAndDestroy(), 5))
    case 'stream-comments':
      return send(prepared, response, { type: TYPE, pieces: texts.flatMap((text) => [': OPENROUTER PROCESSING\n\n', `:\n${text}`]) })
    case 'stream-line-ends': {
      const ends = ['\r\n', '\r', '\n']
      return send(prepared, response, { type: TYPE, pieces: texts.map((text, i) => text.replaceAll('\n', ends[i % ends.length] ?? '\n')) })
    }
    case 'stream-split':
      return split(prepared, response, Buffer.from(texts.join('')))
  }
}

/** One byte a packet: some of them end inside a character. */
function split(prepared: Prepared, response: ServerResponse, bytes: Buffer): void {
  const { state, said, visit } = prepared
  state.ledger.bill(said.input, said.output, true)
  state.witness.billed?.(visit, bytes.toString())
  response.on('finish', () => state.witness.sent?.(visit))
  response.socket?.setNoDelay(true)
  response.writeHead(200, { 'content-type': TYPE })
  let at = 0
  const more = () => {
    if (response.destroyed) return
    if (at === bytes.length) return void response.end()
    response.write(bytes.subarray(at, ++at))
    setImmediate(more)
  }
  more()
}
