/** Visitor of SHA-256: from a request and its draw to the key under which the answer is kept. */
import { createHash, hash } from 'node:crypto'
import type { CellId, Digest, Key } from '../util/brand.ts'
import { canonicalText } from './canonical.ts'
import { KEY_FORMAT } from './format.ts'
import type { Draw, Request } from './request.ts'

/** A request with its canonical text and digest. */
export interface Identified {
  readonly request: Request
  readonly text: string
  readonly digest: Digest
}

/** Throws `NotCanonical` when the request holds something JSON cannot tell apart. */
export function identify(request: Request): Identified {
  const text = canonicalText(request)
  return { request, text, digest: digestOf(`datagen-request-${KEY_FORMAT}\n${text}`) }
}

/** The draw is fixed-shape numbers, so plain joining stays injective. */
export function keyOf(request: Digest, draw: Draw): Key {
  return hash('sha256', `datagen-key-${KEY_FORMAT}\n${request}\n${draw.ordinal}.${draw.attempt}.${draw.epoch}`) as Key
}

export function digestOf(data: string | Uint8Array): Digest {
  return (typeof data === 'string' ? hash('sha256', data) : createHash('sha256').update(data).digest('hex')) as Digest
}

/** Short provenance name of a cell: 32 hex digits. */
export function cellDigest(cell: CellId): string {
  return hash('sha256', `datagen-cell\n${cell}`).slice(0, 32)
}

/**
 * A number in [0, 1) that depends on a cell's coordinates and a purpose only: membership in splits and
 * selections is decided by it, so it never moves when the dataset grows. 48 bits.
 */
export function cellFraction(cell: CellId, purpose: string): number {
  return Number.parseInt(hash('sha256', `datagen-${purpose}\n${cell}`).slice(0, 12), 16) / 2 ** 48
}
