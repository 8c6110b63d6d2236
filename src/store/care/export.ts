/** A store as lines of text in order of key, so that equal stores give equal bytes. */
import type { Database } from '../node-sqlite.ts'
import type { OpenFile } from '../open.ts'
import { type Kept, openResponse } from '../record.ts'
import { Epochs } from './epochs.ts'
import type { Ids } from './ids.ts'
import { headerText, lineText } from './line.ts'
import { orderOf, type Place } from './order.ts'
import { NO_SUM, plus, type Sum, sumOf } from './sums.ts'
import { Texts } from './texts.ts'

export interface Exported {
  answers: Sum
  spare: Sum
  epochs: number
  /** Answers that cannot be read, or whose request cannot. */
  leftOut: number
}

export function nothingExported(): Exported {
  return { answers: NO_SUM, spare: NO_SUM, epochs: 0, leftOut: 0 }
}

interface Sound {
  readonly kept: Kept
  readonly sum: Sum
  readonly spare: boolean
}

/**
 * `reached`: only these answers, with the spare ones to their keys. Reads one snapshot, so a build beside it does not
 * disturb, and adds to `exported` as it goes.
 */
export function* exportLines(
  { database }: OpenFile,
  reached: Ids | undefined,
  exported: Exported,
  onLine: (done: number, all: number) => void,
): Generator<string> {
  database.exec('BEGIN')
  try {
    yield `${headerText()}\n`
    const order = orderOf(database, reached)
    exported.leftOut += order.unreadable
    const rows = new Rows(database)
    const epochs = new Epochs(database)
    let done = 0
    for (const group of order.groups()) {
      for (const line of rows.lines(group, reached !== undefined, exported)) {
        const { kept, sum, spare } = line.of
        if (spare) exported.spare = plus(exported.spare, sum)
        else exported.answers = plus(exported.answers, sum)
        epochs.saw(kept.request, kept.ordinal)
        yield `${line.text}\n`
      }
      done += group.length
      onLine(done, order.length)
    }
    for (const epoch of reached ? epochs.seen() : epochs.all()) {
      exported.epochs++
      yield `${lineText(epoch)}\n`
    }
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
}

class Rows {
  readonly #select
  readonly #texts: Texts
  readonly #runs: ReadonlyMap<number, string>

  constructor(database: Database) {
    this.#select = {
      response: database.prepare('SELECT record FROM response WHERE id = ?'),
      spare: database.prepare('SELECT record FROM spare WHERE id = ?'),
    }
    this.#texts = new Texts(database)
    const runs = database.prepare('SELECT id, name FROM run').all() as unknown as { id: number; name: string }[]
    this.#runs = new Map(runs.map(({ id, name }) => [id, name]))
  }

  /** By key; of one key the answer in use first, then spare ones by their texts. */
  lines(group: readonly Place[], onlyWithAnswer: boolean, exported: Exported): { readonly text: string; readonly of: Sound }[] {
    const sound = group.flatMap((place) => this.#sound(place) ?? [])
    const answered = new Set(sound.filter(({ spare }) => !spare).map(({ kept }) => kept.key))
    const wanted = onlyWithAnswer ? sound.filter(({ kept }) => answered.has(kept.key)) : sound
    const lines = wanted.flatMap((of) => {
      const text = this.#line(of)
      if (text === undefined) exported.leftOut++
      return text === undefined ? [] : [{ text, of }]
    })
    return lines.sort(
      (a, b) =>
        (a.of.kept.key < b.of.kept.key ? -1 : a.of.kept.key > b.of.kept.key ? 1 : 0) ||
        Number(a.of.spare) - Number(b.of.spare) ||
        (a.text < b.text ? -1 : 1),
    )
  }

  #sound({ table, id }: Place): Sound | undefined {
    const record = (this.#select[table].get(id) as { record: Uint8Array } | undefined)?.record
    const kept = record && openResponse(record, id)
    return kept && { kept, sum: sumOf(kept, record), spare: table === 'spare' }
  }

  #line({ kept, spare }: Sound): string | undefined {
    const requestText = this.#texts.find(kept.request, spare ? undefined : kept.id)
    const run = this.#runs.get(kept.run)
    return requestText === undefined || run === undefined
      ? undefined
      : lineText({ kind: 'answer', spare, response: { ...kept, requestText, run } })
  }
}
