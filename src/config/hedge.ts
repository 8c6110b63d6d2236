/** Whether slow calls of a model are made a second time, and when a call is slow. */
import type { Model } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { HedgeSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'

// Twice the calls that are slower than 95 % of all: Dean and Barroso, The Tail at Scale, 2013.
const DEFAULT_SHARE = 0.05

/** Undefined where no call is made twice. */
export function hedgeSpec({ hedge, transport }: Model, timeoutMs: number, path: ConfigPath, complaints: Complaints): HedgeSpec | undefined {
  if (!hedge) return undefined
  const { atMost = DEFAULT_SHARE, afterSeconds } = hedge === true ? {} : hedge
  if (transport === 'batch')
    complaints.add('not-in-jobs', [...path, 'hedge'], 'requests of batch jobs have hours, and none of them is made twice', {
      at: 'key',
      hint: 'leave out `hedge`, or `transport`',
    })
  if (afterSeconds !== undefined && afterSeconds * 1000 >= timeoutMs)
    complaints.add(
      'hedge-too-late',
      [...path, 'hedge', 'afterSeconds'],
      `no call takes ${afterSeconds} seconds: each is given up after ${timeoutMs / 1000}`,
      {
        hint: 'make `afterSeconds` far less than `timeoutSeconds`',
      },
    )
  return { atMost, ...(afterSeconds === undefined ? {} : { afterMs: afterSeconds * 1000 }) }
}
