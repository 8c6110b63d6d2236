/** Events as lines of JSON on stdout, and nothing else there. */
import type { Event } from '../events/event.ts'
import { flushed } from './flush.ts'
import type { Reporter } from './reporter.ts'

export function createJsonReporter(stdout: NodeJS.WritableStream): Reporter {
  return {
    emit: (event) => void stdout.write(`${eventLine(event)}\n`),
    close: () => flushed(stdout),
    restore: () => {},
  }
}

// Valid JSON may hold these bare, but a terminal obeys some of them and hides others.
const BARE = /[\x7f-\x9f\u2028\u2029\ufff9-\ufffb]|\p{DI}/gu

/** One event without line breaks. Source texts of places are left out: `--json` is no place for whole files. */
export function eventLine(event: Event): string {
  return JSON.stringify(event.type === 'notice' ? withoutSource(event) : event).replace(BARE, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}

function withoutSource(event: Extract<Event, { type: 'notice' }>): Event {
  const { place } = event.diagnostic
  if (place?.source === undefined) return event
  const { source: _, ...rest } = place
  return { ...event, diagnostic: { ...event.diagnostic, place: rest } }
}
