/** What was found in one file: everything counted, the first few of each code kept. */

import type { RecordPlace } from '../../read/fault.ts'
import type { FileFacts } from '../../read/records.ts'
import { type Code, severityOf } from '../../validate/codes.ts'
import type { Platform } from '../../validate/platform.ts'

export interface Found {
  readonly code: Code
  /** Undefined for the file as a whole. */
  readonly place: RecordPlace | undefined
  /** In the row. */
  readonly path: string
  readonly message: string
  readonly hint?: string
  /** In the line, where the text itself is broken. */
  readonly column?: number
}

export class Tally {
  readonly name: string
  readonly platform: Platform
  readonly counts = new Map<Code, number>()
  readonly kept = new Map<Code, Found[]>()
  readonly shapes = new Map<string, number>()
  errors = 0
  warnings = 0
  facts: FileFacts | undefined
  readonly #keep: number

  /** `keep`: findings of each code whose words are held. */
  constructor(name: string, platform: Platform, keep: number) {
    this.name = name
    this.platform = platform
    this.#keep = keep
  }

  add(found: Found): void {
    const count = (this.counts.get(found.code) ?? 0) + 1
    this.counts.set(found.code, count)
    if (severityOf(found.code) === 'error') this.errors++
    else this.warnings++
    if (count > this.#keep) return
    const kept = this.kept.get(found.code)
    if (kept) kept.push(found)
    else this.kept.set(found.code, [found])
  }

  shape(shape: string | undefined): void {
    if (shape !== undefined) this.shapes.set(shape, (this.shapes.get(shape) ?? 0) + 1)
  }

  close(facts: FileFacts): void {
    this.facts = facts
  }
}
