/** `datagen cache gc`: forgets the answers that a build of the named configs would never look at. A dry run unless told otherwise. */
import { existsSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Loaded } from '../../config/dataset.ts'
import { OPENAI_DEFAULT } from '../../config/default-model.ts'
import { collect, compact, type Garbage, type Mercy, weigh } from '../../store/care/collect.ts'
import { addHolds, type Hold } from '../../store/care/holds.ts'
import { Ids } from '../../store/care/ids.ts'
import { waitingRescues } from '../../store/care/waiting.ts'
import { removeFailedAnswers, weighFailedAnswers } from '../../store/failed-answers.ts'
import { ownFolder } from '../../store/lock.ts'
import { type OpenFile, STORE_FILE } from '../../store/open.ts'
import { openStore, openStoreIfExists } from '../../store/sqlite.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import type { Environment } from '../environment.ts'
import { datagenDir, load } from '../session.ts'
import { type GcView, gcText, gcView } from './gc-text.ts'
import { inUse } from './in-use.ts'
import { Progress } from './progress.ts'
import { reach } from './reach.ts'
import { withStoreFile } from './store-file.ts'

export interface GcFlags {
  readonly config?: readonly string[]
  readonly json?: boolean
  readonly yes?: boolean
  readonly keepDays?: number
  readonly keepRuns?: number
  readonly damaged?: boolean
  readonly spare?: boolean
}

const DAY_MS = 24 * 60 * 60 * 1000

export async function gcCommand(environment: Environment, flags: GcFlags): Promise<ExitCode> {
  const configs = await loadAll(environment, flags.config)
  const dir = datagenDir((configs[0] as Loaded).root)
  if (!existsSync(join(dir, STORE_FILE))) throw noStore(dir)
  if (!flags.yes) {
    const garbage = await weighed(environment, flags, configs, dir)
    print(environment, flags, gcView(garbage, weighFailedAnswers(dir), undefined))
    return EXIT.ok
  }
  const lock = await ownFolder(dir, environment.clock, 0)
  if ('heldBy' in lock) throw inUse(dir, lock.heldBy)
  try {
    await takeOver(dir)
    const garbage = await weighed(environment, flags, configs, dir)
    demandSound(garbage)
    demandChoice(configs, garbage)
    await withStoreFile(dir, 'write', (file) => {
      const looked = weighFailedAnswers(dir)
      collect(file, garbage)
      removeFailedAnswers(dir)
      print(environment, flags, gcView(garbage, looked, compacted(environment, file)))
    })
    return EXIT.ok
  } finally {
    lock.release()
  }
}

/** What an earlier build could only rescue comes into the store first: answers may be reached through it. */
async function takeOver(dir: string): Promise<void> {
  const store = openStore(dir)
  await store.close()
  const { answers } = waitingRescues(dir, tmpdir(), store.identity)
  if (answers === 0) return
  throw new DatagenError(
    {
      code: 'cache/unsound',
      severity: 'error',
      headline: 'rescued answers could not be taken over, so nothing was deleted',
      facts: [['answers', `${answers}`]],
      hint: 'free some space on the disk of the store, then collect again',
    },
    EXIT.store,
  )
}

/** All of them or none: a config that cannot be loaded might need anything. */
async function loadAll(environment: Environment, paths: readonly string[] = []): Promise<readonly Loaded[]> {
  const configs: Loaded[] = []
  for (const config of paths.length === 0 ? [undefined] : paths) {
    configs.push(await load(environment, config === undefined ? {} : { config }))
  }
  const roots = new Set(configs.map(({ root }) => realpathSync(root)))
  if (roots.size === 1) return configs
  throw new DatagenError({
    code: 'usage/several-stores',
    severity: 'error',
    headline: 'these configs do not share one store',
    facts: configs.map(({ configPath, root }) => [configPath, `its store is in ${datagenDir(root)}`]),
    hint: 'name only configs that lie in one folder, and clean up folder by folder',
  })
}

async function weighed(environment: Environment, flags: GcFlags, configs: readonly Loaded[], dir: string): Promise<Garbage> {
  using progress = new Progress(environment, flags.json === true)
  const reached = new Ids()
  const holds: Hold[] = []
  const store = openStoreIfExists(dir)
  let damaged: number
  try {
    for (const loaded of configs) {
      const found = reach(loaded, store, (done, all) => progress.at(`walking ${loaded.dataset.name}`, done, all))
      for (const id of found.answers) reached.add(id)
      holds.push(...found.holds)
    }
    damaged = store.damaged.length
  } finally {
    await store.close()
  }
  return withStoreFile(dir, 'read', (file) => {
    addHolds(file.database, holds, reached)
    const garbage = weigh(file.database, reached, mercyOf(environment, flags), (done) => progress.at('weighing', done))
    return { ...garbage, unreadable: Math.max(garbage.unreadable, damaged) }
  })
}

function mercyOf({ clock }: Environment, { keepDays = 0, keepRuns = 0, damaged = false, spare = false }: GcFlags): Mercy {
  const since = keepDays > 0 ? new Date(clock.date().getTime() - keepDays * DAY_MS).toISOString() : undefined
  return { since, runs: keepRuns, damaged, spare }
}

/** What lies behind an answer that cannot be read now may be needed when it is bought again. */
function demandSound({ unreadable }: Garbage): void {
  if (unreadable === 0) return
  throw new DatagenError(
    {
      code: 'cache/unsound',
      severity: 'error',
      headline: 'the store is damaged, so nothing was deleted',
      facts: [['unreadable', `${unreadable}`]],
      hint: '`datagen cache verify` names what is damaged, and `--repair` mends it; then collect again',
    },
    EXIT.store,
  )
}

/** A key that is missing in this shell must not turn what was paid for into garbage. */
function demandChoice(configs: readonly Loaded[], { goes }: Garbage): void {
  const chosen = configs.find(({ chosenModel }) => chosenModel && chosenModel.use !== OPENAI_DEFAULT)?.chosenModel
  if (!chosen || goes.usd === 0) return
  throw new DatagenError({
    code: 'cache/chosen-model',
    severity: 'error',
    headline: `the config names no model, and here it would use ${chosen.use}; answers that were paid for would be deleted`,
    facts: [['why', chosen.why]],
    hint: 'set the key that the dataset is built with, or name the model under `models`',
  })
}

function compacted({ stderr }: Environment, file: OpenFile): number {
  try {
    return compact(file)
  } catch (error) {
    stderr.write(` the answers are deleted, but their room could not be given back: ${(error as Error).message}\n`)
    return 0
  }
}

function print({ stdout, stderr }: Environment, flags: GcFlags, view: GcView): void {
  stdout.write(flags.json ? `${JSON.stringify(view)}\n` : gcText(view))
  if (!flags.json && view.dryRun && view.deletes) stderr.write(' nothing was changed; add --yes to delete them\n')
}

function noStore(dir: string): DatagenError {
  return new DatagenError({
    code: 'cache/no-store',
    severity: 'error',
    headline: 'there is no store yet',
    facts: [['folder', dir]],
    hint: '`datagen build` makes one',
  })
}
