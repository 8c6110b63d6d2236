/** A 200 that is no answer, made fit for being looked at: who sent it and what it holds, without any key. */
import { safeText } from '../util/safe-text.ts'
import type { Worthless } from './envelope.ts'
import type { Sender } from './provider.ts'

/** What is left of such a body, for whoever keeps it. */
export interface Specimen {
  /** Of the failure that it was. */
  readonly code: string
  readonly host: string
  /** As an HTTP message: what is known of it, an empty line, the body as it came. */
  readonly bytes: Uint8Array
}

// More than any sign-in page shows; of a cut answer the end is told by its length.
const MOST_BYTES = 64 * 1024
const SHOWN_BYTES = 200
// A key that lies across the end must be seen whole to be taken out.
const LONGEST_SECRET_BYTES = 4 * 1024

/** What tells a sign-in page from a firewall's and from a server's own; cookies and the like stay out. */
const TELLING = ['content-type', 'content-length', 'date', 'server', 'via', 'x-request-id', 'request-id', 'x-served-by', 'cf-ray']

/** The failure, saying of what kind the body was and how it begins. */
export function shown(failure: Worthless, raw: Uint8Array, { header, redact }: Sender): Worthless {
  if (!failure.strange) return failure
  const type = safeText(redact(String(header('content-type') ?? 'no content-type')), { max: 60 })
  if (raw.length === 0) return { ...failure, message: `${failure.message} (${type})` }
  const text = redact(printable(raw.subarray(0, SHOWN_BYTES + LONGEST_SECRET_BYTES)))
    .replace(/\s+/g, ' ')
    .trim()
  return { ...failure, message: `${failure.message}, ${type}: ${safeText(text, { max: SHOWN_BYTES })}` }
}

/** Undefined where there is nothing to look at. */
export function specimenOf({ code, message, strange }: Worthless, raw: Uint8Array, { host, header, redact }: Sender): Specimen | undefined {
  if (!strange || raw.length === 0) return undefined
  const known = TELLING.flatMap((name) => {
    const value = header(name)
    return value === undefined ? [] : [`${name}: ${safeText(redact(String(value)))}`]
  })
  const cut = raw.length > MOST_BYTES ? [`datagen-cut: the first ${MOST_BYTES} of ${raw.length} bytes`] : []
  const head = [`${host} answered 200: ${message}`, ...known, ...cut, '', ''].join('\n')
  // One character a byte and back: what is no text stays what it was.
  const body = redact(Buffer.from(raw.subarray(0, MOST_BYTES + LONGEST_SECRET_BYTES)).toString('latin1')).slice(0, MOST_BYTES)
  return { code, host, bytes: Buffer.concat([Buffer.from(head), Buffer.from(body, 'latin1')]) }
}

/** Bytes that are no UTF-8 are shown as bytes. */
function printable(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString()
  // The last character may be cut.
  if (!text.slice(0, -1).includes('\ufffd')) return text
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)
}
