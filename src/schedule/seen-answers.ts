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
// A mix-up happens among calls that are under way together; a million ids would take 100 MB.
const MOST_REMEMBERED = 50_000

export class SeenAnswers {
  readonly #seen = new Map<string, Question>()
  /** Servers whose ids name several answers. */
  readonly #constant = new Set<string>()
  /** What was read of a kept answer. */
  readonly #read: (question: Question) => Envelope | undefined

  constructor(read: (question: Question) => Envelope | undefined) {
    this.#read = read
  }

  /** The other question that had this very answer, if there is one. Equal requests may well have one answer: a cache did that on purpose. */
  meet(server: string, { id, ...answer }: Answered, question: Question): Question | undefined {
    if (id.length < SHORTEST_ID || this.#constant.has(server)) return undefined
    const name = `${server}\n${id}`
    const other = this.#seen.get(name)
    if (other === undefined) {
      this.#seen.set(name, question)
      if (this.#seen.size > MOST_REMEMBERED) this.#seen.delete(this.#seen.keys().next().value as string)
      return undefined
    }
    if (other.key === question.key || other.request === question.request) return undefined
    const before = this.#read(other)
    if (before && sayOf(before) === sayOf(answer)) return other
    this.#constant.add(server)
    return undefined
  }
}

function sayOf(answer: Omit<Answered, 'id'> | Envelope): string {
  const said = 'content' in answer ? answer.content : ''
  return JSON.stringify([said, 'calls' in answer ? answer.calls : undefined, 'beside' in answer ? answer.beside : undefined])
}
