/** Who reviews: as said on the command line, in the environment, in git, or by the system. */
import { DatagenError } from '../../util/diagnostic.ts'
import type { Environment, Flags } from '../environment.ts'
import { Git } from '../revision/git.ts'

export async function reviewerOf({ env, cwd }: Environment, flags: Flags): Promise<string> {
  const said = flags.as ?? env['DATAGEN_REVIEWER']
  if (said !== undefined) return checked(said)
  const git = await new Git(cwd, env, new AbortController().signal).userName().catch(() => undefined)
  const name = git ?? env['USER'] ?? env['USERNAME']
  if (name !== undefined && name !== '') return checked(name)
  throw new DatagenError({
    code: 'review/nobody',
    severity: 'error',
    headline: 'nobody knows who is reviewing',
    hint: 'say so with --as <name>, DATAGEN_REVIEWER, or `git config user.name`',
  })
}

function checked(name: string): string {
  const trimmed = name.trim()
  if (trimmed !== '' && trimmed.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed)) return trimmed
  throw new DatagenError({ code: 'review/nobody', severity: 'error', headline: `${JSON.stringify(name)} cannot be the name of a reviewer` })
}
