/** What a budget promises, judged by the servers' bill. */
import type { Ended } from './build.ts'

/** Undefined when the build kept its promises. */
export function broken({ seed, budgetUsd, billedUsd, toldUsd, saidUsd, open, calls, saidCalls, ...ended }: Ended): string | undefined {
  const about = `build ${seed}: `
  if (billedUsd > budgetUsd * (1 + 1e-9)) return `${about}$${billedUsd} were billed of a budget of $${budgetUsd}`
  if (open && Math.abs(saidUsd - billedUsd) > 1e-9 * Math.max(1, billedUsd)) return `${about}says $${saidUsd}, the bill says $${billedUsd}`
  // What nobody told is estimated, and what never arrived is in no sum.
  if (saidUsd < toldUsd - 1e-9) return `${about}says $${saidUsd}, and was told of $${toldUsd}`
  if (calls !== saidCalls) return `${about}says ${saidCalls} calls, the servers had ${calls}`
  const { hedges, atMostHedged } = ended
  if (hedges > atMostHedged * (calls - hedges) + 1e-6)
    return `${about}made ${hedges} of ${calls} calls twice, which is more than ${atMostHedged}`
  return undefined
}
