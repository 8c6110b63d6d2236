/**
 * What a build decided from how earlier batches came out, kept in the store beside the answers: as long as the question is the
 * same, the answer to it stays, on this machine and wherever the store is carried.
 */
import type { Json } from '../../schema/json.ts'
import { cellDigest, type Identified, identify, keyOf } from '../key/key.ts'
import { DECIDED_BY, type Store } from '../store/store.ts'
import type { CellId, Key } from '../util/brand.ts'

/** What is decided about a batch. */
export interface Question {
  readonly what: 'cells' | 'gaps' | 'covered' | 'controls'
  readonly batch: string
  /** Everything the decision follows from. */
  readonly about: Json
}

/** A decision that is to be kept. */
export interface Decision {
  readonly question: Question
  readonly answer: Json
}

const DRAW = { ordinal: 0, attempt: 0, epoch: 0 }

/** What was decided before, if the question was the same. */
export function decidedBefore(store: Store, question: Question): Json | undefined {
  return read(store, keyOf(identified(question).digest, DRAW))
}

/** What was last decided about a batch, whatever the question was. */
export function decidedLast(store: Store, { what, batch }: Omit<Question, 'about'>): Json | undefined {
  const last = store.lastRequest(holderOf(batch), 0, what)
  return last && read(store, keyOf(last.request, DRAW))
}

/** Durable before anything is asked that follows from it; what is kept already stays. */
export async function keepDecision(store: Store, { question, answer }: Decision, run: string): Promise<void> {
  if (decidedBefore(store, question)) return
  const { digest, text } = identified(question)
  await store.put({
    ...DRAW,
    key: keyOf(digest, DRAW),
    request: digest,
    requestText: text,
    step: question.what,
    cell: holderOf(question.batch),
    sample: 0,
    model: DECIDED_BY,
    raw: Buffer.from(JSON.stringify(answer)),
    inputTokens: 0,
    outputTokens: 0,
    usd: 0,
    estimated: false,
    ms: 0,
    run,
  })
}

/** Batch names are no part of the question: a batch that is renamed keeps what was decided. */
function identified({ what, about }: Question): Identified {
  return identify({ kind: 'run', argv: [DECIDED_BY, what], files: {}, input: about })
}

function holderOf(batch: string): string {
  return cellDigest(`batch ${batch}` as CellId)
}

function read(store: Store, key: Key): Json | undefined {
  const kept = store.get(key)
  return kept && (JSON.parse(Buffer.from(kept.raw).toString('utf8')) as Json)
}
