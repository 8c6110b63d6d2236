/** A store that fails in the middle of a build. */
import type { Sink } from '../events/sink.ts'
import { StoreFailure } from '../store/failure.ts'
import type { Halt } from './halt.ts'

/** Ends the build, or throws what is no trouble of the store. Told once, with what to do about it: those that follow are consequences. */
export function endForStore({ sink, halt }: { readonly sink: Sink; readonly halt: Halt }, error: unknown): StoreFailure {
  if (!(error instanceof StoreFailure)) throw error
  if (!halt.stopping) for (const diagnostic of error.diagnostics) sink.emit({ type: 'notice', diagnostic })
  halt.stop('store', error.message)
  return error
}
