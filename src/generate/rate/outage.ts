/**
 * A server that did answer has stopped answering anybody: then it is asked once a second, by whoever's turn it is, until it answers.
 *
 *   up ──nobody of several got an answer, several times in a row──▶ down ──an answer──▶ up
 */
import type { Failure } from '../provider.ts'

// One request that the server cannot stomach is no outage, however often it is tried.
const CALLS = 3
const IN_A_ROW = 5
const PROBE_MS = 1_000

/** Longer than a server takes to start again; then the build ends, and the next one goes on. */
export const OUTAGE_PATIENCE_MS = 120_000

/** What says that nobody is there; a single call that takes too long does not. */
const SIGNS: ReadonlySet<string> = new Set([
  'server-error',
  'overloaded',
  'connection-refused',
  'connection-lost',
  'connect-timeout',
  'unreachable',
  'dns',
  'unknown-host',
  'proxy-unreachable',
])

export class Outage {
  #answered = false
  #row = 0
  readonly #calls = new Set<object>()
  #since: number | undefined
  #probeAt = 0

  /** Whether anybody ever had an answer. */
  get everAnswered(): boolean {
    return this.#answered
  }

  /** Since when; undefined while the server answers. */
  get since(): number | undefined {
    return this.#since
  }

  /** Milliseconds until it may be asked whether it is back. */
  waitMs(now: number): number {
    return this.#since === undefined ? 0 : Math.max(0, this.#probeAt - now)
  }

  took(now: number): void {
    this.#probeAt = now + PROBE_MS
  }

  /** Whether that ended an outage. */
  answered(): boolean {
    const was = this.#since !== undefined
    this.#answered = true
    this.#since = undefined
    this.#row = 0
    this.#calls.clear()
    return was
  }

  /** `call` is the same for all tries of one. A server that never answered is not down: it is somewhere else. */
  failed(now: number, { kind, code }: Failure, call: object): void {
    if (kind !== 'transient' || !SIGNS.has(code) || !this.#answered || this.#since !== undefined) return
    this.#row++
    this.#calls.add(call)
    if (this.#row < IN_A_ROW || this.#calls.size < CALLS) return
    this.#since = now
    this.#probeAt = now + PROBE_MS
  }
}
