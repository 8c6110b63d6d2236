/** What a request may meet instead of a good answer. */

export type Fault =
  /** An answer of another status. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: { readonly [name: string]: string }; readonly body?: string }
  /** A body sent as it is, with status 200. */
  | {
      readonly kind: 'body'
      readonly body: string
      readonly type?: string
      readonly encoding?: 'utf8' | 'base64'
      readonly headers?: { readonly [name: string]: string }
    }
  /** What the model says; `finish` as chat completions call it. */
  | { readonly kind: 'content'; readonly content: string | null; readonly finish?: string | null; readonly refusal?: string }
  /** The usage in place of the true one; left out, there is none at all. */
  | { readonly kind: 'usage'; readonly usage?: unknown }
  /** A good answer with further headers. */
  | { readonly kind: 'headers'; readonly headers: { readonly [name: string]: string } }
  /** Fields of the body in place of the true ones. */
  | { readonly kind: 'fields'; readonly fields: { readonly [name: string]: unknown } }
  | { readonly kind: 'html' | 'empty' | 'no-choices' | 'null-content' | 'truncated-json' | 'length' | 'refusal' | 'ansi' | 'tool-calls' }
  /** Accepts and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset'; readonly when: 'before-headers' | 'after-headers' | 'mid-body' }
  /** One byte at a time, `everyMs` apart. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The status and headers at once, the body `ms` later. */
  | { readonly kind: 'late-body'; readonly ms: number }
  /** Claims more bytes than it sends, then closes. */
  | { readonly kind: 'short-body' }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  /** A good answer, or with `bytes` that many zeros, compressed. */
  | { readonly kind: 'gzip'; readonly bytes?: number }
  /** A body that never ends. */
  | { readonly kind: 'endless' }
  /** A good answer, after which the connection is closed as the next request comes in. */
  | { readonly kind: 'close-after' }
  /** The answer of the request before, once more: a proxy that mixes things up. */
  | { readonly kind: 'replay' }
  /** Another model answers than was asked. */
  | { readonly kind: 'other-model'; readonly model?: string }
  /** Only the end of the prompt was read: so says the usage. */
  | { readonly kind: 'prompt-cut'; readonly share?: number }
  /** Ways for a stream to go wrong; an answer that is no stream is a good one. */
  | { readonly kind: StreamFault }

export type StreamFault =
  /** Ends, cleanly, in the middle. */
  | 'stream-cut'
  /** Says that it is done, but not why the answer ended. */
  | 'stream-no-finish'
  /** An error in the middle. */
  | 'stream-error'
  /** Nothing comes after the first event. */
  | 'stream-stall'
  /** The connection breaks in the middle. */
  | 'stream-reset'
  /** Well formed, but unusual: comments, all three kinds of line ends, pieces that end inside a character. */
  | 'stream-comments'
  | 'stream-line-ends'
  | 'stream-split'
