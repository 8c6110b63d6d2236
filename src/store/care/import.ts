/** Exported lines back into a store: what is there stays, what is new is added, and of each key every purchase is kept. */
import type { OpenFile } from '../open.ts'
import { isSame, ResponseRows } from '../rows.ts'
import type { NewResponse, Store } from '../store.ts'
import { type AnswerLine, BadLine, type EpochLine, readHeader, readLine } from './line.ts'
import type { ReadLine } from './read-lines.ts'

export interface Rejected {
  /** From 1. */
  readonly line: number
  readonly why: string
}

export interface Imported {
  added: number
  /** As they were answered, uncompressed. */
  addedBytes: number
  addedUsd: number
  /** Purchases the store has already. */
  known: number
  /** Kept beside another answer to the same key. */
  spare: number
  spareUsd: number
  /** Draws that count as asked for anew from now on. */
  epochs: number
  /** The first of them; there may be `rejectedCount` in all. */
  readonly rejected: Rejected[]
  rejectedCount: number
}

export function nothingImported(): Imported {
  return { added: 0, addedBytes: 0, addedUsd: 0, known: 0, spare: 0, spareUsd: 0, epochs: 0, rejected: [], rejectedCount: 0 }
}

/** A file that is not ours at all, or of another format. */
export class NotLines extends Error {
  readonly kind: 'foreign' | 'newer'
  constructor(kind: 'foreign' | 'newer') {
    super(kind)
    this.kind = kind
  }
}

/** As many as one commit takes; their size is bounded too, because a line may be large. */
const LINES_AT_ONCE = 256
const CHARS_AT_ONCE = 16 * 1024 * 1024
const MOST_REJECTED = 100

/** Where lines go. `file` is another connection to the store's file, for looking. Without a target, lines are only checked. */
export interface Target {
  readonly store: Store
  readonly file: OpenFile
}

/** Adds to `imported` as it goes; throws NotLines, and the StoreFailure of a write that failed. */
export async function importLines(
  lines: AsyncIterable<ReadLine>,
  target: Target | undefined,
  imported: Imported,
  onLine: (number: number) => void,
): Promise<void> {
  const merge = target && new Merge(target, imported)
  let batch: AnswerLine[] = []
  let chars = 0
  let isFirst = true
  const flush = async () => {
    await merge?.answers(batch)
    batch = []
    chars = 0
  }
  for await (const { number, text, why } of lines) {
    if (isFirst) {
      const kind = text === undefined ? 'foreign' : readHeader(text)
      if (kind !== 'ours') throw new NotLines(kind)
      isFirst = false
      continue
    }
    onLine(number)
    try {
      if (text === undefined) throw new BadLine(why ?? 'it cannot be read')
      const line = readLine(text)
      if (line.kind === 'epoch') {
        await flush()
        await merge?.epoch(line)
        continue
      }
      // Within one commit a key is put once, so that the look before it sees all that came before.
      if (batch.some(({ response }) => response.key === line.response.key)) await flush()
      batch.push(line)
      chars += text.length
      if (batch.length >= LINES_AT_ONCE || chars >= CHARS_AT_ONCE) await flush()
    } catch (error) {
      if (!(error instanceof BadLine)) throw error
      imported.rejectedCount++
      if (imported.rejected.length < MOST_REJECTED) imported.rejected.push({ line: number, why: error.message })
    }
  }
  if (isFirst) throw new NotLines('foreign')
  await flush()
}

class Merge {
  readonly #store: Store
  readonly #imported: Imported
  readonly #rows: ResponseRows
  readonly #run
  readonly #epoch

  constructor({ store, file }: Target, imported: Imported) {
    this.#store = store
    this.#imported = imported
    this.#rows = new ResponseRows(file.database)
    this.#run = file.database.prepare('SELECT id FROM run WHERE name = ?')
    this.#epoch = file.database.prepare('SELECT epoch FROM epoch WHERE request = ? AND ordinal = ?')
  }

  async answers(lines: readonly AnswerLine[]): Promise<void> {
    await Promise.all(
      lines.map(async ({ response }) => {
        const held = this.#held(response)
        if (held === 'known') {
          this.#imported.known++
          return
        }
        await this.#store.put(response)
        if (held === 'new') {
          this.#imported.added++
          this.#imported.addedBytes += response.raw.length
          this.#imported.addedUsd += response.usd ?? 0
        } else {
          this.#imported.spare++
          this.#imported.spareUsd += response.usd ?? 0
        }
      }),
    )
  }

  /** Another build may raise the same epoch meanwhile: then the answers to it are asked for once more. */
  async epoch({ request, ordinal, epoch }: EpochLine): Promise<void> {
    const row = this.#epoch.get(Buffer.from(request, 'hex'), ordinal) as { epoch: number } | undefined
    const missing = epoch - (row?.epoch ?? 0)
    if (missing <= 0) return
    await Promise.all(Array.from({ length: missing }, () => this.#store.raiseEpoch(request, ordinal)))
    this.#imported.epochs++
  }

  #held(response: NewResponse): 'known' | 'other' | 'new' {
    // Makes an index anew that has lost the answer.
    this.#store.get(response.key, response.request)
    const found = this.#rows.byKey(response.key)
    if (found.what !== 'trace') return 'new'
    const run = (this.#run.get(response.run) as { id: number } | undefined)?.id
    if (run === undefined) return 'other'
    const first = this.#rows.whole(found.trace.id)
    const kept = [...(first ? [first] : []), ...this.#rows.sparesOf(response.key)]
    return kept.some((purchase) => isSame(purchase, response, run)) ? 'known' : 'other'
  }
}
