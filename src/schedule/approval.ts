/** Whether a person approved a batch as it is now: what a gate may wait for. */
import { roundsNamed } from '../plan/plan.ts'
import { rowsDigest } from './lock-file.ts'
import type { Work } from './work.ts'

export type Approval =
  | { readonly kind: 'none' }
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  /** Its rows have changed since. */
  | { readonly kind: 'outdated'; readonly by: readonly string[] }

/** After the batch's barrier. */
export function approvalOf(work: Work, batch: string): Approval {
  const lines = work.reviews.approvals(batch)
  if (lines.length === 0) return { kind: 'none' }
  const rows = rowsDigest(work, roundsNamed(work.plan, batch), work.counts(batch).accepted)
  const now = lines.filter((line) => line.rows === rows)
  const by = (now.length > 0 ? now : lines).map((line) => line.by).sort()
  return { kind: now.length > 0 ? 'approved' : 'outdated', by }
}
