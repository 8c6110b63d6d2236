/** Requests that would tell a secret: a config that is code may read the environment, and what is asked is stored, sent and shown. */
import type { Failure } from '../generate/provider.ts'
import { holdsSecret } from '../generate/redact.ts'
import type { Wanted } from '../plan/resolve.ts'

/** Undefined for a request that may be made. */
export function leakIn({ asked, step }: Wanted, secrets: readonly string[] = []): Failure | undefined {
  if (!holdsSecret(asked.identified.text, secrets)) return undefined
  return {
    kind: 'fatal',
    code: 'secret-in-request',
    message: `what step "${step.name}" asks holds an API key or a secret header; it was neither stored nor sent: take it out of the prompt`,
  }
}
