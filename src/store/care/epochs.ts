/** How often draws were asked for anew, for an export. */
import type { Digest } from '../../util/brand.ts'
import type { Database } from '../node-sqlite.ts'
import { epochName } from '../questions.ts'
import type { EpochLine } from './line.ts'

interface EpochRow {
  readonly request: Uint8Array
  readonly ordinal: number
  readonly epoch: number
}

export class Epochs {
  readonly #lines: readonly EpochLine[]
  readonly #seen = new Set<string>()

  constructor(database: Database) {
    const rows = database.prepare('SELECT request, ordinal, epoch FROM epoch ORDER BY request, ordinal').all() as unknown as EpochRow[]
    this.#lines = rows.map(({ request, ordinal, epoch }) => ({
      kind: 'epoch',
      request: Buffer.from(request).toString('hex') as Digest,
      ordinal,
      epoch,
    }))
  }

  saw(request: Digest, ordinal: number): void {
    if (this.#lines.length > 0) this.#seen.add(epochName(request, ordinal))
  }

  all(): readonly EpochLine[] {
    return this.#lines
  }

  /** Of draws that were seen. */
  seen(): readonly EpochLine[] {
    return this.#lines.filter(({ request, ordinal }) => this.#seen.has(epochName(request, ordinal)))
  }
}
