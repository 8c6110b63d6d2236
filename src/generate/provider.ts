/** The seam to whoever answers: a model server, the simulated provider, or a test. */
import type { JsonObject } from '../../schema/json.ts'
import type { ServerLimits } from './rate/server-limits.ts'
import type { HeaderValue } from './retry-hint.ts'
import type { TokenUsage } from './usage.ts'

/** One call: the exact body for the wire, without the model's credentials. */
export interface Call {
  /** Where it goes, when not to chat completions. */
  readonly endpoint?: 'embeddings'
  /** The body as sent: `model`, `messages`, `response_format`, decoding parameters. */
  readonly body: JsonObject
  /** Which draw it is; real servers never see it, the simulated provider seeds with it. */
  readonly draw: { readonly ordinal: number; readonly attempt: number; readonly epoch: number }
  /** What tells questions of equal words apart; as the draw, for the simulated provider alone. */
  readonly version?: string
}

/** What came back: bytes that were paid for, or a failure that was not kept. */
export type Reply = (
  | {
      readonly kind: 'response'
      /** The body, byte for byte; also of a filter's no, which is to be remembered. */
      readonly raw: Uint8Array
      /** For showing it, should it turn out to be no answer. */
      readonly sender?: Sender
    }
  | { readonly kind: 'failure'; readonly failure: Failure }
) & {
  /** What the server said of its limits, with whatever it answered. */
  readonly limits?: ServerLimits
}

/** Whoever sent a body. */
export interface Sender {
  readonly host: string
  /** Reads a response header by its lower-case name. */
  readonly header: (name: string) => HeaderValue
  /** Takes the API key out of a text. */
  readonly redact: (text: string) => string
}

/** Code of a failure by the other side's complaint about the encryption, or by ours about it. */
export const TLS_BROKEN = 'tls-broken'

/** Code of a failure that says nothing about the server, and next to nothing about the call: it came too late. */
export const IDLE_CLOSED = 'idle-closed'

/** Why a call yielded nothing. Texts are safe to show and hold no secrets. */
export interface Failure {
  /** transient: try again; refused: this request can never succeed; fatal: no request to this provider can. */
  readonly kind: 'transient' | 'refused' | 'fatal' | 'aborted'
  readonly code: string
  readonly message: string
  /** The field of the request that the server blames, as it is called on the wire. */
  readonly parameter?: string
  /** What the server asked for, already clamped to a sane range. */
  readonly retryAfterMs?: number
  /** What it took all the same, where the server says so: that was billed. */
  readonly usage?: TokenUsage
  /** An answer had begun to come: what was written of it may be billed. */
  readonly begun?: true
}

export interface Provider {
  readonly simulated: boolean
  /** One attempt, no retries; never throws. Stops soon after `signal` aborts. */
  ask(call: Call, signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}
