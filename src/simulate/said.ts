/** What a model says, before any API has a shape for it. */
import type { Json, JsonObject } from '../../schema/json.ts'

/** A request as its dialect reads it. */
export interface Question {
  readonly model: string
  /** The bytes that came, as text. */
  readonly raw: string
  /** The request in the shape of a chat completion, whichever API it came by. */
  readonly chat: JsonObject
  readonly stream: boolean
  /** Whether a stream ends with what was used. */
  readonly streamsUsage: boolean
}

/** What a voice makes of a question. */
export interface Spoken {
  readonly content: string | null
  readonly calls?: readonly Json[]
  /** In the words of a chat completion: `stop`, `length`, `tool_calls`. */
  readonly finish: string | null
  readonly refusal?: string
  readonly input: number
  readonly output: number
}

/** An answer, ready to be put into the shape of an API. */
export interface Said extends Spoken {
  /** Sixteen hexadecimal digits; each API has its own prefix for them. */
  readonly id: string
  readonly model: string
}

/** Who writes the answers: a question and the digest that decides everything about its answer. */
export type Voice = (question: Question, digest: Buffer) => Spoken

/** One API that answers with text: how it reads a question, and how it gives an answer, whole or as a stream. */
export interface Dialect {
  /** A string says why the request is none. */
  read(raw: string, body: JsonObject): Question | string
  whole(said: Said, question: Question): JsonObject
  /** In place of the server's voice, where an API says nothing in words. */
  readonly voice?: Voice
  events(said: Said, question: Question): readonly StreamEvent[]
}

/** One event of a stream; `name` where the API names its events. */
export interface StreamEvent {
  readonly name?: string
  readonly data: JsonObject | '[DONE]'
  /** What an answer that was broken off has not got. */
  readonly ends?: boolean
}

const PIECE = 12 // characters, about three tokens

/** A text as a stream brings it; no piece ends inside a character. */
export function piecesOf(text: string): string[] {
  const characters = [...text]
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += PIECE) pieces.push(characters.slice(at, at + PIECE).join(''))
  return pieces
}
