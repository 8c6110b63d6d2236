/** `datagen cache export`: the kept answers as lines of text, for another machine or another year. */
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { plural } from '../../report/format.ts'
import { type Exported, exportLines, nothingExported } from '../../store/care/export.ts'
import { addHolds } from '../../store/care/holds.ts'
import { openStoreIfExists } from '../../store/sqlite.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import { safeJson } from '../../util/safe-json.ts'
import { safeText } from '../../util/safe-text.ts'
import { writePrivately } from '../../write/private-file.ts'
import type { Environment } from '../environment.ts'
import { datagenDir, load } from '../session.ts'
import type { CacheFlags } from './flags.ts'
import { demandStore, storeFolder } from './folder.ts'
import { Progress } from './progress.ts'
import { type Reached, reach } from './reach.ts'
import { size, sumText } from './size.ts'
import { withStoreFile } from './store-file.ts'

export interface ExportFlags extends CacheFlags {
  readonly force?: boolean
}

export async function exportCommand(environment: Environment, flags: ExportFlags, to: string): Promise<ExitCode> {
  using progress = new Progress(environment, flags.json === true)
  const { dir, reached } = await chosen(environment, flags, progress)
  const exported = nothingExported()
  await withStoreFile(dir, 'read', async (file) => {
    if (reached) addHolds(file.database, reached.holds, reached.answers)
    const lines = exportLines(file, reached?.answers, exported, (done, all) => progress.at('exporting', done, all))
    if (to === '-') {
      await toStream(lines, environment.stdout)
      environment.stderr.write(`${text(exported, 'standard output')}\n`)
      return
    }
    const path = resolve(environment.cwd, to)
    const bytes = await writePrivately(path, lines, { replace: flags.force === true, compress: to.endsWith('.zst') })
    progress[Symbol.dispose]()
    if (flags.json) environment.stdout.write(`${safeJson({ schema: 1, file: path, bytes, ...exported })}\n`)
    else environment.stdout.write(`${text(exported, `${to}, ${size(bytes)}`)}\n`)
  })
  if (exported.leftOut === 0) return EXIT.ok
  const left = `${plural(exported.leftOut, 'answer')} could not be read and ${exported.leftOut === 1 ? 'is' : 'are'} left out`
  environment.stderr.write(` ${left}: see \`datagen cache verify\`\n`)
  return EXIT.store
}

/** Without a config everything; with one what a build of it would look at. */
async function chosen(
  environment: Environment,
  flags: CacheFlags,
  progress: Progress,
): Promise<{ dir: string; reached: Reached | undefined }> {
  if (flags.config === undefined) {
    const dir = await storeFolder(environment, undefined)
    demandStore(dir)
    return { dir, reached: undefined }
  }
  const loaded = await load(environment, { config: flags.config })
  const dir = datagenDir(loaded.root)
  demandStore(dir)
  const store = openStoreIfExists(dir)
  try {
    return { dir, reached: reach(loaded, store, (done, all) => progress.at('walking', done, all)) }
  } finally {
    await store.close()
  }
}

/** Whoever reads may have enough before the end: that is no error. */
async function toStream(lines: Iterable<string>, stdout: Writable): Promise<void> {
  try {
    await pipeline(Readable.from(lines), stdout, { end: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

function text({ answers, spare, epochs }: Exported, where: string): string {
  const more = [
    spare.answers > 0 ? `, ${plural(spare.answers, 'spare one')}` : '',
    epochs > 0 ? `, ${plural(epochs, 'draw')} asked for anew` : '',
  ].join('')
  return safeText(` exported   ${sumText(answers)}${more} → ${where}`)
}
