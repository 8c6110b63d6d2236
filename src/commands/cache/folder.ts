/** Which store a command is about: the one beside the config, which is found but not evaluated. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findConfig } from '../../config/find.ts'
import { STORE_FILE } from '../../store/open.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT } from '../../util/exit.ts'
import type { Environment } from '../environment.ts'
import { datagenDir } from '../session.ts'

/** A folder that holds a store needs no config: an answer is worth keeping longer than what asked for it. */
export async function storeFolder({ cwd }: Environment, config: string | undefined): Promise<string> {
  const here = datagenDir(cwd)
  if (config === undefined && existsSync(join(here, STORE_FILE))) return here
  return datagenDir(dirname(await findConfig(cwd, config, { file: () => {} })))
}

export function demandStore(dir: string): void {
  if (existsSync(join(dir, STORE_FILE))) return
  throw new DatagenError(
    {
      code: 'cache/no-store',
      severity: 'error',
      headline: 'there is no store yet',
      facts: [['folder', dir]],
      hint: '`datagen build` makes one, and `datagen cache import <file>` fills one',
    },
    EXIT.usage,
  )
}
