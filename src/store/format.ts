/** The store's file format: what marks the file as ours, and its tables. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { storeFailure } from './failure.ts'

/** "dtgn": tells the file from other SQLite databases. */
export const APPLICATION_ID = 0x6474676e
/** Grows when an older datagen could no longer read the file. A migration must end with a checkpoint, so that the header shows it. */
export const FORMAT = 3

/** Digests land all over their indexes; on larger pages more of them share a page, and a `put` takes a fifth less time. */
export const PAGE_BYTES = 8192

/**
 * Every row of `epoch` a second time, on pages of its own: it has no checksum, and an epoch that is lost would bring back answers
 * that somebody turned down. SQLite keeps an index in step for older datagens too, so the format need not grow for it.
 */
export const MIRROR_EPOCHS = 'CREATE INDEX IF NOT EXISTS epoch_again ON epoch (request, ordinal, epoch)'

/**
 * A claim that a batch job makes has a `record`: whose answer it is once it comes (job-rows.ts). Its `owner` is then the job, whose
 * token is one of the same row of numbers.
 */
export const CLAIM = `CREATE TABLE claim (
  key BLOB PRIMARY KEY, request BLOB NOT NULL, run INTEGER NOT NULL REFERENCES run, at TEXT NOT NULL, owner INTEGER NOT NULL,
  reserved_usd REAL, record BLOB
) STRICT, WITHOUT ROWID`

/** `owner`: the process that is at work on the job; `phase`: gathered by its owner alone, then everybody's, then ended. */
export const JOB = `CREATE TABLE job (
  token INTEGER PRIMARY KEY, owner INTEGER, phase INTEGER NOT NULL, record BLOB NOT NULL
) STRICT`

/**
 * What a row means stands in its `record` under a checksum (record.ts); the other columns only lead to it and are never
 * believed: `key` and `asked` are the first 32 bits of the key and of the request's digest, `place` a hash of cell, sample and
 * step, `displaced` the ordinal where it is not the sample. `request` is the row that holds the request's text.
 *
 * `response.id` is never given out twice, even after a row is set aside, because columns on disk refer to it, and neither is
 * `owner.token`: `meta` remembers the next ones. `total` sums up `response`, and in its `usd` and `unpriced` also `spare`.
 *
 * `spare` holds second responses to a key, paid for too; `claim` the calls that may be under way, each of the `owner` or the
 * `job` that makes it. `owner.beat` grows while its process is well.
 */
export const SCHEMA = `
CREATE TABLE meta (
  id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL, generation INTEGER NOT NULL, next INTEGER NOT NULL,
  next_owner INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, lower(hex(randomblob(8))), 1, 1, 1);

CREATE TABLE total (
  step TEXT PRIMARY KEY, responses INTEGER NOT NULL, bytes INTEGER NOT NULL, usd REAL NOT NULL, unpriced INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started TEXT NOT NULL) STRICT;

CREATE TABLE request (id INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;

CREATE TABLE response (
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL, asked INTEGER NOT NULL, place INTEGER NOT NULL, displaced INTEGER,
  request INTEGER NOT NULL REFERENCES request, record BLOB NOT NULL
) STRICT;
CREATE INDEX response_key ON response (key);
CREATE INDEX response_asked ON response (asked);
CREATE INDEX response_place ON response (place);
CREATE INDEX response_displaced ON response (displaced) WHERE displaced IS NOT NULL;

CREATE TABLE spare (id INTEGER PRIMARY KEY, key INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
CREATE INDEX spare_key ON spare (key);

CREATE TABLE owner (
  token INTEGER PRIMARY KEY, run TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, beat INTEGER NOT NULL, started TEXT NOT NULL
) STRICT;

${CLAIM};

${JOB};

CREATE TABLE epoch (
  request BLOB NOT NULL, ordinal INTEGER NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (request, ordinal)
) STRICT, WITHOUT ROWID;

${MIRROR_EPOCHS};

CREATE TABLE damaged (id INTEGER, key BLOB, why TEXT, at TEXT, value);

PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${FORMAT};
`

/**
 * Belongs into every transaction after which something held may be gone or no longer count: what was computed from the
 * store before is then looked up anew.
 */
export const RAISE_GENERATION = 'UPDATE meta SET generation = generation + 1'

// https://www.sqlite.org/fileformat.html#the_database_header
const HEADER_BYTES = 100
const MAGIC = 'SQLite format 3\0'
const USER_VERSION_AT = 60
const APPLICATION_ID_AT = 68

/**
 * Looks at the file before SQLite may touch it. `new`: nothing is there yet; throws a StoreFailure for anything that is
 * not ours to open. SQLite would drop the log of an emptied database, so that case is refused too.
 */
export function inspect(path: string): 'new' | 'ours' {
  const header = readHeader(path)
  if (header.length === 0) {
    if (sizeOf(`${path}-wal`) > 0)
      throw storeFailure('damaged', path, 'its main file is missing or empty, but store.db-wal holds responses')
    return 'new'
  }
  if (existsSync(`${path}-journal`)) return 'ours' // killed while it was being created: SQLite undoes that
  const text = header.toString('latin1')
  if (header.length < HEADER_BYTES || !text.startsWith(MAGIC)) throw storeFailure('damaged', path, 'it is not an SQLite database')
  const application = header.readUInt32BE(APPLICATION_ID_AT)
  const version = header.readUInt32BE(USER_VERSION_AT)
  if (application !== APPLICATION_ID) throw storeFailure('foreign', path, `its application id is ${application}`)
  if (version > FORMAT) throw newer(path, version)
  if (version < 1) throw storeFailure('damaged', path, `its format is ${version}`)
  return 'ours'
}

/** The refusal of a store that this datagen is too old for. */
export function newer(path: string, version: number) {
  return storeFailure('newer', path, `its format is ${version}; this datagen knows ${FORMAT}`)
}

function readHeader(path: string): Buffer {
  if (sizeOf(path) === 0) return Buffer.alloc(0)
  const file = openSync(path, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
