/**
 * What was paid for: raw responses by key, the requests they answered, and the claims of calls that may
 * be under way. Reads are synchronous; writes resolve when they are durable (group commit).
 */
import type { Digest, Key, TraceId } from '../util/brand.ts'
import type { JobBook } from './jobs.ts'

/** In place of a model's name, for what datagen decided itself and keeps beside the answers. No recipe has a command of this name. */
export const DECIDED_BY = 'datagen'

/** A call that is about to be made. Durable before the call: after a crash it is the list of what may be lost. */
export interface Claim {
  readonly key: Key
  /** Digest of the canonical request, without its draw. */
  readonly request: Digest
  /** The canonical request itself, for explain and for comparing on a hit. */
  readonly requestText: string
  readonly run: string
  /** What the call is expected to cost at most, in US dollars; null when no price is known. */
  readonly reservedUsd: number | null
}

/** What became of a claim. */
export type Claimed =
  /** The call is this build's to make. */
  | 'ours'
  /** An answer is kept already, by another build meanwhile. */
  | 'answered'
  /** Another build that is alive is making the call. */
  | 'held'

/** What became of a response. */
export interface Put {
  /** Of the response that is held for the key now. */
  readonly id: TraceId
  /** Whether it is this one. */
  readonly first: boolean
}

/** A response to keep. Durable before anything parses it. */
export interface NewResponse {
  readonly key: Key
  readonly request: Digest
  readonly requestText: string
  readonly ordinal: number
  readonly attempt: number
  readonly epoch: number
  readonly step: string
  /** Digest of the cell's coordinates: provenance only. */
  readonly cell: string
  readonly sample: number
  readonly model: string
  readonly raw: Uint8Array
  readonly inputTokens: number
  readonly outputTokens: number
  /** null when no price is known. */
  readonly usd: number | null
  readonly estimated: boolean
  readonly ms: number
  readonly run: string
}

/** What a response was given to. */
export type AnsweredDraw = Pick<NewResponse, 'request' | 'ordinal' | 'attempt' | 'epoch' | 'step'>

/** A kept response. `raw` has passed its checksum. */
export interface Trace {
  readonly id: TraceId
  readonly raw: Uint8Array
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | null
}

/** A response with the key it is held for. */
export interface KeyedTrace extends Trace {
  readonly key: Key
}

/** Something that is not as it was written. */
export interface Damage {
  /** Empty where it is not known. */
  readonly key: Key
  readonly why: string
  /** No answer is lost by it: only what leads to answers was damaged. */
  readonly harmless?: true
}

export interface Store {
  /**
   * The response held for a key; a damaged one is set aside, reported once, and counts as missing. `request`: the digest that
   * the key is a draw of. Given, a response is found even where the index of keys has lost it.
   */
  get(key: Key, request?: Digest): Trace | undefined
  /** Which draw of which request the response held for a key answers. */
  drawOf(key: Key): AnsweredDraw | undefined
  /** No response at all is held: as the responses themselves tell, not the running totals, which carry no checksum. */
  isEmpty(): boolean
  /** Those of many keys that may have a response, in one question: none of the others has one. `requests`: of each key, as for `get`. */
  mayHold(keys: readonly Key[], requests: readonly Digest[]): ReadonlySet<Key>
  /**
   * As `get`, for many row ids at once, in the order given: for assembling. Ids that lie close together are read in one
   * scan. Id 0 stands for no response.
   */
  readAll(ids: Uint32Array): (KeyedTrace | undefined)[]
  /**
   * Announces a call, unless somebody else has made it or is making it. A dead build's claims are taken over. Refused once
   * anything could not be stored, for what the call brings could not be either.
   */
  claim(claim: Claim): Promise<Claimed>
  /** The call ended without a response that is kept. */
  settle(key: Key): Promise<void>
  /**
   * Keeps a response and settles its claim. If the key already has one, the first stays and its id is returned; the second is
   * set beside it, because it was paid for too. One that cannot be stored goes to a rescue file: the StoreFailure says whether.
   */
  put(response: NewResponse): Promise<Put>

  /** Draws of one request that were bought, with who holds them: for sticky ordinals. */
  draws(request: Digest): readonly { readonly ordinal: number; readonly cell: string; readonly sample: number }[]
  /** Draws whose ordinal is not their sample: usually none. */
  displaced(): readonly { readonly request: Digest; readonly ordinal: number; readonly cell: string; readonly sample: number }[]
  /** Whether any response exists for this cell's sample and step, and the newest request it had. */
  lastRequest(
    cell: string,
    sample: number,
    step: string,
  ): { readonly request: Digest; readonly text: string; readonly run: string } | undefined
  /** How often this draw of this request was asked for anew on purpose; 0 for most. Served from memory. */
  epoch(request: Digest, ordinal: number): number
  raiseEpoch(request: Digest, ordinal: number): Promise<void>
  /** Mean tokens of the answers kept for a step, for estimates. */
  typicalTokens(step: string): { readonly input: number; readonly output: number } | undefined
  /** The bodies of at most so many answers that were kept for a step of late, newest first: to see what such answers take. */
  recent(step: string, most: number): readonly Uint8Array[]
  /** Claims left by builds that died: calls that may have been paid for without an answer being kept. */
  orphans(): readonly { readonly key: Key; readonly run: string; readonly reservedUsd: number | null }[]
  /** Reports and removes them. */
  forgetOrphans(): Promise<void>
  /** Calls handed over in batch jobs: claimed by the job, whoever comes for the answers. */
  readonly jobs: JobBook
  /** Random name of this store: what was computed from another one says nothing about it. */
  readonly identity: string
  /** Grows whenever something held may be gone or no longer count: damage, collected garbage, a raised epoch. */
  generation(): number
  /** Responses that an earlier build could not store and that were found in its rescue file when this store was opened. */
  readonly rescued: number
  readonly damaged: readonly Damage[]
  /** Rows, stored bytes, and what was paid, for second responses to a key too. */
  totals(): { readonly responses: number; readonly bytes: number; readonly usd: number; readonly unpriced: number }
  /** Waits for pending writes, then closes. */
  close(): Promise<void>
}
