/** One kept answer as one line of text, and back; whatever a line says of itself is computed again before it is believed. */
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { NotCanonical } from '../../key/canonical.ts'
import { KEY_FORMAT } from '../../key/format.ts'
import { identify, keyOf } from '../../key/key.ts'
import type { Request } from '../../key/request.ts'
import type { Digest } from '../../util/brand.ts'
import { VERSION } from '../../util/version.ts'
import { storable } from '../rows.ts'
import type { NewResponse } from '../store.ts'

/** Grows when a line means something else than it did. */
export const LINES_FORMAT = 1

export interface AnswerLine {
  readonly kind: 'answer'
  readonly response: NewResponse
  /** Bought although its key had an answer already. */
  readonly spare: boolean
}

/** How often a draw of a request was asked for anew on purpose. */
export interface EpochLine {
  readonly kind: 'epoch'
  readonly request: Digest
  readonly ordinal: number
  readonly epoch: number
}

export type Line = AnswerLine | EpochLine

/** Why a line is not believed. */
export class BadLine extends Error {}

/** The first line. How many follow is unknown when it is written. */
export function headerText(): string {
  return JSON.stringify({ datagen: 'answers', format: LINES_FORMAT, keyFormat: KEY_FORMAT, version: VERSION, count: null })
}

/** `foreign`: no header of ours; `newer`: of a format that this datagen does not know. */
export function readHeader(text: string): 'ours' | 'foreign' | 'newer' {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    return 'foreign'
  }
  if (!isObject(header) || own(header, 'datagen') !== 'answers') return 'foreign'
  return own(header, 'format') === LINES_FORMAT && own(header, 'keyFormat') === KEY_FORMAT ? 'ours' : 'newer'
}

/** Without a line break; equal answers give equal texts. */
export function lineText(line: Line): string {
  if (line.kind === 'epoch') return JSON.stringify({ request: line.request, ordinal: line.ordinal, epoch: line.epoch })
  const { response, spare } = line
  const { key, ordinal, attempt, epoch, step, cell, sample, model, inputTokens, outputTokens, usd, estimated, ms, run, raw } = response
  return JSON.stringify({
    key,
    draw: { ordinal, attempt, epoch },
    ...(spare ? { spare } : {}),
    step,
    cell,
    sample,
    model,
    inputTokens,
    outputTokens,
    usd,
    estimated,
    ms,
    run,
    sha256: hash('sha256', raw),
    ...(isUtf8(raw) ? { raw: bufferOf(raw).toString('utf8') } : { base64: bufferOf(raw).toString('base64') }),
    request: response.requestText,
  })
}

/** Throws a BadLine for anything that is not exactly what `lineText` writes. */
export function readLine(text: string): Line {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BadLine('it is not JSON')
  }
  if (!isObject(value)) throw new BadLine('it is not an object')
  return own(value, 'key') === undefined ? readEpoch(value) : readAnswer(value)
}

const ANSWER_FIELDS = 'key draw spare step cell sample model inputTokens outputTokens usd estimated ms run sha256 raw base64 request'.split(
  ' ',
)
const DRAW_FIELDS = ['ordinal', 'attempt', 'epoch']
const EPOCH_FIELDS = ['request', 'ordinal', 'epoch']

function readEpoch(value: object): EpochLine {
  only(value, EPOCH_FIELDS)
  const epoch = whole(value, 'epoch', MOST_EPOCHS)
  if (epoch === 0) throw new BadLine('"epoch" is 0')
  return { kind: 'epoch', request: digest(value, 'request') as Digest, ordinal: whole(value, 'ordinal', MOST_ORDINALS), epoch }
}

function readAnswer(value: object): AnswerLine {
  only(value, ANSWER_FIELDS)
  const draw = own(value, 'draw')
  if (!isObject(draw)) throw new BadLine('"draw" is not an object')
  only(draw, DRAW_FIELDS)
  const ordinal = whole(draw, 'ordinal', MOST_ORDINALS)
  const attempt = whole(draw, 'attempt', MOST_ORDINALS)
  const epoch = whole(draw, 'epoch', MOST_EPOCHS)
  const requestText = string(value, 'request')
  const request = digestOfText(requestText)
  const key = keyOf(request, { ordinal, attempt, epoch })
  if (own(value, 'key') !== key) throw new BadLine('its key is not that of its request and draw')
  const raw = bytes(value)
  if (own(value, 'sha256') !== hash('sha256', raw)) throw new BadLine('its answer does not have the SHA-256 it names')
  const spare = own(value, 'spare')
  if (spare !== undefined && spare !== true) throw new BadLine('"spare" is neither true nor left out')
  const estimated = own(value, 'estimated')
  if (typeof estimated !== 'boolean') throw new BadLine('"estimated" is not true or false')
  const usd = own(value, 'usd')
  const response: NewResponse = {
    key,
    request,
    requestText,
    ordinal,
    attempt,
    epoch,
    step: name(value, 'step'),
    cell: name(value, 'cell'),
    sample: whole(value, 'sample', MOST_ORDINALS),
    model: name(value, 'model'),
    inputTokens: whole(value, 'inputTokens', MOST_TOKENS),
    outputTokens: whole(value, 'outputTokens', MOST_TOKENS),
    usd: usd === null ? null : amount(value, 'usd'),
    estimated,
    ms: amount(value, 'ms'),
    run: name(value, 'run'),
    raw,
  }
  return { kind: 'answer', response, spare: spare === true }
}

/** The digest of a request's text; throws a BadLine for a text that is not the canonical one of a request. */
export function digestOfText(text: string): Digest {
  try {
    const request = JSON.parse(text) as Request
    const kind = isObject(request) ? own(request, 'kind') : undefined
    const identified = kind === 'ask' || kind === 'run' ? identify(request) : undefined
    if (identified?.text === text) return identified.digest
  } catch (error) {
    if (!(error instanceof NotCanonical || error instanceof SyntaxError)) throw error
  }
  throw new BadLine('its request is not in canonical form')
}

/** 48 bits, as a record has them. */
const MOST_TOKENS = 2 ** 48 - 1
/** 32 bits, as a record has them: no dataset has so many draws of one request. */
const MOST_ORDINALS = 2 ** 32 - 1
/** Each was a command that somebody gave; a larger number is a mistake or a trick. */
const MOST_EPOCHS = 10_000
/** Names are shown and compared; nobody's are longer. */
const LONGEST_NAME = 1_000

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Never what an object inherits: a line may name any member it likes. */
function own(value: object, field: string): unknown {
  return Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined
}

function only(value: object, fields: readonly string[]): void {
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) throw new BadLine(`it has a field ${JSON.stringify(field.slice(0, 40))} that is not known`)
  }
}

function whole(value: object, field: string, most: number): number {
  const number = own(value, field)
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > most || Object.is(number, -0))
    throw new BadLine(`"${field}" is not a whole number from 0 to ${most}`)
  return number
}

function amount(value: object, field: string): number {
  const number = own(value, field)
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0 || Object.is(number, -0))
    throw new BadLine(`"${field}" is not an amount`)
  return number
}

function string(value: object, field: string): string {
  const text = own(value, field)
  if (typeof text !== 'string' || !text.isWellFormed()) throw new BadLine(`"${field}" is not a text`)
  return text
}

function name(value: object, field: string): string {
  const text = string(value, field)
  if (text.length > LONGEST_NAME) throw new BadLine(`"${field}" is longer than ${LONGEST_NAME} characters`)
  if (storable(text) !== text) throw new BadLine(`"${field}" is a text that the store would change`)
  return text
}

function digest(value: object, field: string): string {
  const text = string(value, field)
  if (!/^[0-9a-f]{64}$/.test(text)) throw new BadLine(`"${field}" is not a SHA-256 in hex`)
  return text
}

function bytes(value: object): Uint8Array {
  const text = own(value, 'raw')
  const base64 = own(value, 'base64')
  if ((text === undefined) === (base64 === undefined)) throw new BadLine('it has not exactly one of "raw" and "base64"')
  if (text !== undefined) return Buffer.from(string(value, 'raw'), 'utf8')
  const decoded = Buffer.from(string(value, 'base64'), 'base64')
  if (decoded.toString('base64') !== base64) throw new BadLine('"base64" is not base64')
  return decoded
}

function bufferOf(raw: Uint8Array): Buffer {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
}
