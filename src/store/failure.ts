/** The one error of the store: what the disk or the database refused, sorted into kinds that a build can act on. */
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'

export type StoreFailureKind = 'full' | 'io' | 'readonly' | 'busy' | 'damaged' | 'foreign' | 'newer' | 'closed' | 'bug'

/** Nothing of the failed write is in the store; what was stored before stays readable. Exit code 6. */
export class StoreFailure extends DatagenError {
  readonly kind: StoreFailureKind
  /** The response that could not be stored lies in a rescue file, from where the next build takes it. */
  readonly rescued: boolean
  constructor(
    kind: StoreFailureKind,
    headline: string,
    facts: readonly (readonly [string, string])[],
    hint: string,
    { cause, rescued = false }: { readonly cause?: unknown; readonly rescued?: boolean } = {},
  ) {
    super({ code: `store/${kind}`, severity: 'error', headline, facts, hint }, EXIT.store)
    this.name = 'StoreFailure'
    this.kind = kind
    this.rescued = rescued
    this.cause = cause
  }
}

/** Nothing datagen writes is that large; `node:sqlite` says it of a number it reads. */
const TOO_LARGE = 'Value is too large to be represented'

/** https://www.sqlite.org/rescode.html, primary codes (the low byte). */
const KIND_OF_CODE: { readonly [code: number]: StoreFailureKind } = {
  5: 'busy',
  6: 'busy',
  7: 'io',
  8: 'readonly',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'io',
  22: 'io',
  26: 'damaged',
}

const SAID: { readonly [K in StoreFailureKind]: readonly [headline: string, hint: string] } = {
  full: ['the disk that holds the store is full', 'free some space and build again; what is in the store stays there'],
  io: ['the store cannot be read or written', 'check the disk and its permissions, then build again; what is in the store stays there'],
  readonly: ['the store cannot be written', 'make the folder writable, or use `plan`, `status` and `explain`, which only read'],
  busy: ['another program keeps the store locked', 'end the other program, then build again'],
  damaged: [
    'the store file is damaged',
    'copy the folder away first; then try `datagen cache verify --repair`, or save what is readable with `datagen cache export` or `sqlite3 store.db .recover`',
  ],
  foreign: ['the store file was not made by datagen', 'move it away; datagen does not touch files it did not make'],
  newer: ['the store was written by a newer datagen', 'update datagen; the store was left untouched'],
  closed: ['the store is closed', 'this is a fault of datagen: please report it'],
  bug: ['datagen bug: the store refused a value', 'please report it'],
}

/** A failure of one kind, in the words that belong to it. */
export function storeFailure(kind: StoreFailureKind, path: string, why?: string, cause?: unknown): StoreFailure {
  const [headline, hint] = SAID[kind]
  return new StoreFailure(
    kind,
    headline,
    why === undefined
      ? [['store', path]]
      : [
          ['store', path],
          ['why', why],
        ],
    hint,
    { cause },
  )
}

/** The same failure, as it concerns one response that was paid for. */
export function withFate(failure: StoreFailure, rescued: boolean): StoreFailure {
  const [{ headline, facts = [], hint = '' }] = failure.diagnostics as [Diagnostic]
  const fate = rescued ? 'kept in a rescue file; the next build takes it in' : 'could not be kept anywhere; it will be asked for again'
  return new StoreFailure(failure.kind, headline, [...facts, ['answer', fate]], hint, { cause: failure.cause, rescued })
}

/** Whether SQLite found something that is not as it was written. */
export function isDamage(error: unknown): boolean {
  return asStoreFailure(error, '').kind === 'damaged'
}

/** Names what went wrong; anything that is neither SQLite nor the file system is our own fault. */
export function asStoreFailure(error: unknown, path: string): StoreFailure {
  if (error instanceof StoreFailure) return error
  return storeFailure(kindOf(error), path, error instanceof Error ? error.message : String(error), error)
}

function kindOf(error: unknown): StoreFailureKind {
  if (typeof error !== 'object' || error === null) return 'bug'
  if ('errcode' in error && typeof error.errcode === 'number') return KIND_OF_CODE[error.errcode & 0xff] ?? 'bug'
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full'
  if (code === 'ERR_INVALID_STATE') return 'closed'
  if (code === 'ERR_OUT_OF_RANGE' && String((error as Error).message).startsWith(TOO_LARGE)) return 'damaged'
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return 'readonly'
  return /^E[A-Z0-9]+$/.test(code) ? 'io' : 'bug'
}
