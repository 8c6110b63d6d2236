/** Names that people give to dimensions, models, steps, batches, outputs and splits. */
import type { Complaints } from './complaints.ts'
import type { ConfigPath } from './locate.ts'

const NAME = /^[\p{L}_][\p{L}\p{N}_-]*$/u
const LONGEST = 64 // fits a file name, a screen column and a template

/** Complains about a name that could not be used in templates, selectors or file names. */
export function checkName(kind: string, name: string, path: ConfigPath, complaints: Complaints): void {
  if (NAME.test(name) && name.length <= LONGEST) return
  const shown = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name
  complaints.add('bad-name', path, `${JSON.stringify(shown)} cannot be the name of a ${kind}`, {
    at: 'key',
    hint: `a name starts with a letter and has letters, digits, "_" and "-", at most ${LONGEST}`,
  })
}

/** How two names are told apart: case and Unicode composition do not count, since file systems and eyes ignore them. */
export function foldName(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}
