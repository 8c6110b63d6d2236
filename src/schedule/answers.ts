/** Kept responses as answers: the store's bytes, read through the envelope and the parser, every time anew. */
import type { AskSpec, RunSpec } from '../config/dataset.ts'
import { parseCommandOutput } from '../generate/command.ts'
import { type Envelope, keeps, readEnvelope } from '../generate/envelope.ts'
import { parseAnswer } from '../generate/parse.ts'
import { parseCalls } from '../generate/tool-calls.ts'
import type { Answer, Answers, Asked, Distrusted, Reading } from '../plan/resolve.ts'
import type { Store } from '../store/store.ts'
import type { Key } from '../util/brand.ts'
import { readVerdict } from '../util/verdict.ts'

/** Answers that ended before their calls did. */
const CUT: ReadonlySet<string> = new Set(['cut-off', 'content-filter', 'refusal'])

/**
 * A pure function of the bytes, so that a parser's fix costs no calls; undefined for bytes that are no answer at all.
 * `known` is what `readEnvelope` says of them, where it was asked already.
 */
export function readResponse(step: AskSpec | RunSpec, raw: Uint8Array, known?: Envelope): Reading | undefined {
  if (step.kind === 'run') return asCommandVerdict(step, parseCommandOutput(raw))
  const envelope = known ?? readEnvelope(raw)
  const { tools, toolChoice } = step
  if (tools && toolChoice !== 'none' && keeps(envelope) && envelope.calls && !CUT.has(envelope.kind === 'rejected' ? envelope.code : ''))
    return parseCalls(envelope.calls, envelope.beside ?? null, tools)
  switch (envelope.kind) {
    case 'completion':
      // Neither is an answer to the other's question.
      if ((envelope.vector ?? false) !== (step.embeds !== undefined)) return undefined
      if (envelope.vector) return { kind: 'value', value: envelope.content }
      return asVerdict(step, parseAnswer(envelope.content, step.schema))
    case 'rejected':
      return asVerdict(step, envelope)
    default:
      // Such bytes are never kept; an envelope rule that became stricter makes them count as missing.
      return undefined
  }
}

/** Only verdicts are kept; bytes that are none, by a later rule or another's hand, count as missing and the command runs again. */
function asCommandVerdict({ verdict }: RunSpec, reading: Reading): Reading | undefined {
  if (verdict === undefined) return reading
  return reading.kind === 'value' && typeof readVerdict(reading.value) !== 'string' ? reading : undefined
}

/** A verdict that cannot be used is the judge's error, by a code of its own: it says nothing about the row. */
function asVerdict({ verdict }: AskSpec, reading: Reading): Reading {
  if (verdict === undefined) return reading
  const why = reading.kind === 'rejected' ? reading.message : verdict.refuse(reading.value)
  if (why === undefined) return reading
  const final = reading.kind === 'rejected' && reading.final ? { final: reading.final } : {}
  return { kind: 'rejected', code: 'unusable-verdict', message: `the judge of "${verdict.check}": ${why}`, ...final }
}

/** Answers that are kept and turned out not to be ones. */
export type DistrustedAnswers = ReadonlyMap<Key, Distrusted>

export class StoredAnswers implements Answers {
  readonly #store: Store
  readonly #distrusted: DistrustedAnswers

  constructor(store: Store, distrusted: DistrustedAnswers) {
    this.#store = store
    this.#distrusted = distrusted
  }

  find(key: Key, step: AskSpec | RunSpec, { digest }: Pick<Asked, 'digest'>): Answer {
    const distrusted = this.#distrusted.size > 0 ? this.#distrusted.get(key) : undefined
    if (distrusted) return distrusted
    const kept = this.#store.get(key, digest)
    const reading = kept && readResponse(step, kept.raw)
    return reading ? { ...reading, kept } : { kind: 'missing' }
  }
}

/** Answers at hand, and behind them the store's. */
export class FreshAnswers implements Answers {
  readonly #stored: StoredAnswers
  readonly #distrusted: DistrustedAnswers
  readonly #fresh = new Map<Key, Answer>()

  constructor(stored: StoredAnswers, distrusted: DistrustedAnswers) {
    this.#stored = stored
    this.#distrusted = distrusted
  }

  add(key: Key, answer: Answer): void {
    this.#fresh.set(key, answer)
  }

  find(key: Key, step: AskSpec | RunSpec, asked: Asked): Answer {
    // It may have been at hand before anybody doubted it.
    if (this.#distrusted.has(key)) return this.#stored.find(key, step, asked)
    return this.#fresh.get(key) ?? this.#stored.find(key, step, asked)
  }
}
