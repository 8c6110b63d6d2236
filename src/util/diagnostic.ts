/** What a person did wrong or what went wrong around them, as a value: headline, place, facts, hint. */
import type { ExitCode } from './exit.ts'

/** A place in a text file; line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The file's text when it is at hand, for a code frame. */
  readonly source?: string
  /** How many characters the frame underlines. */
  readonly length?: number
}

/** An error or warning for a person. */
export interface Diagnostic {
  /** Stable name for tests and `--json`, such as `config/unknown-key`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  /** One lower-case sentence without a full stop: what is wrong, with names in double quotes. */
  readonly headline: string
  readonly place?: Place
  /** Aligned label and value lines below the headline. */
  readonly facts?: readonly (readonly [label: string, value: string])[]
  readonly hint?: string
}

/** Carries diagnostics to the one place that prints them and decides the exit code. */
export class DatagenError extends Error {
  readonly diagnostics: readonly Diagnostic[]
  readonly exitCode: ExitCode
  constructor(diagnostics: Diagnostic | readonly Diagnostic[], exitCode: ExitCode = 2) {
    const list = Array.isArray(diagnostics) ? (diagnostics as readonly Diagnostic[]) : [diagnostics as Diagnostic]
    super(list.map((d) => d.headline).join('; '))
    this.name = 'DatagenError'
    this.diagnostics = list
    this.exitCode = exitCode
  }
}
