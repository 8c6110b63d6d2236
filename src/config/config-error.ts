/** An invalid config, with everything that was read until then, so that watch mode knows what to wait for. */
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import type { Reads } from './dataset.ts'

export class ConfigError extends DatagenError {
  readonly reads: Reads
  constructor(diagnostics: readonly Diagnostic[], reads: Reads) {
    super(diagnostics, 2)
    this.name = 'ConfigError'
    this.reads = reads
  }
}
