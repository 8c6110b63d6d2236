/** A check by a command or in a sandbox that gave no verdict: where it stands in the config, and what to do. */
import type { CommandVerdictSpec } from '../config/dataset.ts'
import type { Failure } from '../generate/provider.ts'
import type { Diagnostic } from '../util/diagnostic.ts'

const HINTS: { readonly [code: string]: string } = {
  'command-missing': 'install it, or name it in `run` by a path from the config; PATH is passed on',
  'command-timeout': 'make it faster, or give it more time: `timeoutSeconds`',
  'sandbox-missing': 'install bubblewrap (`apt-get install bubblewrap`), podman or docker, or leave `run` out of the check',
  'interpreter-missing': 'install it where the sandbox sees it (below /usr), or leave the language out of `run`',
  'sandbox-failed': 'see whether the sandbox works here by hand; it may need user namespaces',
  'no-verdict': 'print `{ "ok": true }` or `{ "ok": false, "message": "…" }`, or let the exit code speak: `verdict: exit-code`',
}

export function brokenCheck({ check, place }: CommandVerdictSpec, { code, message }: Failure): Diagnostic {
  return {
    code: `check/${code}`,
    severity: 'error',
    headline: `the check "${check}" gave no verdict: ${message}`,
    ...(place ? { place } : {}),
    facts: [['rows', 'those that it could not look at fail, and are checked again by the next build']],
    hint: HINTS[code] ?? 'run the command by hand with an example as JSON on its standard input',
  }
}
