/** What one call comes to: an answer worth keeping, or why there is none. A 200 proves nothing. */
import { type Envelope, keeps, readEnvelope } from './envelope.ts'
import { isUnread } from './filtered.ts'
import type { Failure, Reply } from './provider.ts'
import { type Specimen, shown, specimenOf } from './specimen.ts'
import type { TokenUsage } from './usage.ts'

export type KeptEnvelope = Extract<Envelope, { kind: 'completion' | 'rejected' }>

export type Outcome =
  | { readonly kind: 'kept'; readonly raw: Uint8Array; readonly envelope: KeptEnvelope }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** `onStrange` hears of a 200 that is no answer. */
export function outcomeOf(reply: Reply, onStrange: ((specimen: Specimen) => void) | undefined): Outcome {
  if (reply.kind === 'failure') return { kind: 'failed', failure: reply.failure }
  const envelope = readEnvelope(reply.raw)
  if (keeps(envelope)) return { kind: 'kept', raw: reply.raw, envelope }
  const { raw, sender } = reply
  if (!sender) return { kind: 'failed', failure: envelope }
  const specimen = onStrange && specimenOf(envelope, raw, sender)
  if (specimen) onStrange(specimen)
  return { kind: 'failed', failure: shown(envelope, raw, sender) }
}

/** What an answer took, for the pace of others; of a question that no model saw, a server may have counted the prompt. */
export function taken(envelope: KeptEnvelope): { readonly usage?: TokenUsage } {
  return envelope.usage && !isUnread(envelope) ? { usage: envelope.usage } : {}
}
