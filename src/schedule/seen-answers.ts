/**
 * Answers of this build by the id that their server gave them: a proxy that hands out the answer to another request gives
 * itself away by an id that was there before.
 */
import type { Envelope } from '../generate/envelope.ts'
import type { Draw } from '../key/request.ts'
import type { Digest, Key } from '../util/brand.ts'

/** To which question an answer was given. */
export interface Question {
  readonly key: Key
  readonly request: Digest
  readonly draw: Draw
}

type Answered = Extract<Envelope, { kind: 'completion' | 'rejected' }>

// Ollama's are one of 999, and others are as short: they repeat by themselves.
const SHORTEST_ID = 16
// A mix-up happens among calls that are under way together, or are lines of one job; a million ids would take 100 MB.
const MOST_REMEMBERED = 50_000
// What as many as may be in flight said is at hand; of those before them the store tells, where they are durable by then.
const MOST_AT_HAND = 2_048

export class SeenAnswers {
  readonly #seen = new Map<string, Question>()
  readonly #atHand = new Map<Key, Answered>()
  /** Servers whose ids name several answers. */
  readonly #constant = new Set<string>()
  /** What was read of a kept answer. */
  readonly #read: (question: Question) => Envelope | undefined

  constructor(read: (question: Question) => Envelope | undefined) {
    this.#read = read
  }

  /** The other question that had this very answer, if there is one. Equal requests may well have one answer: a cache did that on purpose. */
  meet(server: string, answer: Answered, question: Question): Question | undefined {
    const { id } = answer
    if (id.length < SHORTEST_ID || this.#constant.has(server)) return undefined
    const name = `${server}\n${id}`
    const other = this.#seen.get(name)
    if (other === undefined) {
      remember(this.#seen, name, question, MOST_REMEMBERED)
      remember(this.#atHand, question.key, answer, MOST_AT_HAND)
      return undefined
    }
    if (other.key === question.key || other.request === question.request) return undefined
    const before = this.#atHand.get(other.key) ?? this.#read(other)
    if (before && sayOf(before) === sayOf(answer)) return other
    this.#constant.add(server)
    return undefined
  }
}

/** The oldest are forgotten. */
function remember<Name, Value>(map: Map<Name, Value>, name: Name, value: Value, most: number): void {
  map.set(name, value)
  if (map.size > most) map.delete(map.keys().next().value as Name)
}

function sayOf(answer: Envelope): string {
  const said = 'content' in answer ? answer.content : ''
  return JSON.stringify([said, 'calls' in answer ? answer.calls : undefined, 'beside' in answer ? answer.beside : undefined])
}
