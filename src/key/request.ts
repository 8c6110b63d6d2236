/** What is asked, as data: everything that can change an answer, and nothing else. */
import type { Json, JsonObject } from '../../schema/json.ts'

export type Request = AskRequest | RunRequest

/** A call to a model. */
export interface AskRequest {
  readonly kind: 'ask'
  /** Identity of the endpoint: a well-known provider's name, a base URL, or `identity:` of the config. */
  readonly provider: string
  /** Where it goes, when not to chat completions: bodies of different interfaces could be alike. */
  readonly endpoint?: 'embeddings'
  /** The exact body for the wire. */
  readonly body: JsonObject
  readonly version?: string
}

/** A command. */
export interface RunRequest {
  readonly kind: 'run'
  readonly argv: readonly string[]
  /** SHA-256 of the project files named in argv. */
  readonly files: { readonly [path: string]: string }
  /** What the command reads on its standard input. */
  readonly input: Json
  readonly version?: string
}

/** Which draw of a request: equal requests with different draws are bought separately. */
export interface Draw {
  /** The how-manieth of equal requests, from 0. */
  readonly ordinal: number
  /** The how-manieth try after rejected answers, from 0. */
  readonly attempt: number
  /** Raised by `redo` and `--retry`. */
  readonly epoch: number
}
