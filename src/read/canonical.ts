/** One shape for every row that anybody's format can hold, so that whatever measures data need not know formats. */
import type { Json, JsonObject } from '../../schema/json.ts'

export type TurnRole = 'system' | 'user' | 'assistant' | 'tool'

/** A call of a tool, as OpenAI writes it: `arguments` is a text. */
export interface TurnCall {
  readonly id?: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** One message. Roles of other formats (human, gpt, model, observation, developer …) are told as these four. */
export interface Turn {
  readonly role: TurnRole
  /** The text, joined where the format has parts; null where a message has none. */
  readonly content: string | null
  /** What the model thought before it spoke. */
  readonly reasoning?: string
  readonly name?: string
  readonly tool_calls?: readonly TurnCall[]
  readonly tool_call_id?: string
  /** How many images, sounds or files stand beside the text. */
  readonly media?: number
}

export type RowKind =
  /** Messages to learn from. */
  | 'conversation'
  /** Two ways to end it, one preferred. */
  | 'preference'
  /** One answer with a verdict. */
  | 'rated'
  /** A prompt without an answer. */
  | 'prompt'
  /** A text without roles: one assistant message. */
  | 'text'

export interface CanonicalRow {
  readonly kind: RowKind
  /** The whole conversation; in a preference with the preferred ending. */
  readonly messages: readonly Turn[]
  /** How many of `messages` come before the answer that is learnt; all of them in a `prompt`. */
  readonly prompt: number
  /** A preference: what stands in place of `messages` from `prompt` on. */
  readonly rejected?: readonly Turn[]
  /** Rated: whether the answer is good. */
  readonly label?: boolean
  readonly tools?: readonly Json[]
  /** Keys of the row that its format does not take. */
  readonly extra: JsonObject
}

/** Why a row is not in a format, and where. */
export interface Misfit {
  readonly misfit: string
  /** As in JavaScript: `messages[2].role`. */
  readonly path: string
}

export function isMisfit(value: object): value is Misfit {
  return 'misfit' in value
}

/** A conversation whose answer is what follows the last message that is not the assistant's or a tool's. */
export function answerStart(messages: readonly Turn[]): number {
  return messages.findLastIndex(({ role }) => role === 'user' || role === 'system') + 1
}
