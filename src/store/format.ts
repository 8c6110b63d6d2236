/** The store's file format: what marks the file as ours, and its tables. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { storeFailure } from './failure.ts'

/** "dtgn": tells the file from other SQLite databases. */
export const APPLICATION_ID = 0x6474676e
/** Grows when an older datagen could no longer read the file. A migration must end with a checkpoint, so that the header shows it. */
export const FORMAT = 1

/**
 * Columns named `digest`, `key` and `cell` hold bytes for what is hex outside; a `value` is checksum, codec and
 * bytes (codec.ts), in one column because each further blob costs a look-up half a microsecond. `response.id` is never given out
 * twice, even after a row is set aside, because columns on disk refer to it: `counter.next` remembers it. `total` sums up `response`.
 * Values stand last in their rows so that reading the columns before them touches no overflow page.
 */
export const SCHEMA = `
CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), next INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (1, 1);

CREATE TABLE total (
  step TEXT PRIMARY KEY, responses INTEGER NOT NULL, bytes INTEGER NOT NULL, usd REAL NOT NULL, unpriced INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started TEXT NOT NULL) STRICT;

CREATE TABLE request (
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, value BLOB NOT NULL
) STRICT;

CREATE TABLE response (
  id INTEGER PRIMARY KEY, key BLOB NOT NULL, request INTEGER NOT NULL REFERENCES request, run INTEGER NOT NULL REFERENCES run,
  ordinal INTEGER NOT NULL, attempt INTEGER NOT NULL, epoch INTEGER NOT NULL, sample INTEGER NOT NULL,
  step TEXT NOT NULL, cell ANY NOT NULL, model TEXT NOT NULL,
  input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, usd REAL, estimated INTEGER NOT NULL, ms REAL NOT NULL,
  value BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX response_key ON response (key);
CREATE INDEX response_request ON response (request);
CREATE INDEX response_cell ON response (substr(cell, 1, 8), sample, step);
CREATE INDEX response_displaced ON response (ordinal) WHERE ordinal <> sample;

CREATE TABLE intent (
  key BLOB PRIMARY KEY, request INTEGER NOT NULL REFERENCES request, run INTEGER NOT NULL REFERENCES run, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE epoch (
  request BLOB NOT NULL, ordinal INTEGER NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (request, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE damaged (id INTEGER, key BLOB, why TEXT, at TEXT, value);

PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${FORMAT};
`

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
