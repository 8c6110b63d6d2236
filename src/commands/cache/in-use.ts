/** The refusal of a command that must be alone with the store. */
import type { Holder } from '../../store/lock.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT } from '../../util/exit.ts'

export function inUse(dir: string, { pid, host, since }: Holder): DatagenError {
  return new DatagenError(
    {
      code: 'lock/held',
      severity: 'error',
      headline: 'a build is at work on this dataset, so nothing was changed',
      facts: [
        ['process', `${pid} on ${host}`],
        ['since', since],
        ['folder', dir],
      ],
      hint: 'wait for it, or end it; what it has bought is kept',
    },
    EXIT.locked,
  )
}
