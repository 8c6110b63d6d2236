/** `datagen report`: what was asked, what came and what it is like, as one page and in a few lines; nothing is asked. */
import { closeSync, openSync, readSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { ReportItem } from '../events/dataset-report.ts'
import { PAGE_BEGINNING, pageTexts } from '../page/page.ts'
import { chooseColor } from '../report/choose.ts'
import { reportText } from '../report/report-text.ts'
import { surveyAll } from '../schedule/survey.ts'
import { makePrivateFolder } from '../store/private-folder.ts'
import { failuresIn, pastRuns } from '../store/run-history.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { writePrivately } from '../write/private-file.ts'
import { Progress } from './cache/progress.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { gather } from './report/gather.ts'
import { ReportItems } from './report/items.ts'
import { cellLine } from './report/json.ts'
import { datagenDir, reading } from './session.ts'

export interface ReportFlags extends Flags {
  readonly out?: string
  /** Print where the page is, and nothing else. */
  readonly open?: boolean
}

export async function reportCommand(environment: Environment, flags: ReportFlags, targets: readonly string[]): Promise<ExitCode> {
  const { stdout, clock, env } = environment
  await reading(environment, flags, async (work, loaded) => {
    const dir = datagenDir(loaded.root)
    const path = flags.out === undefined ? join(dir, 'report.html') : resolve(environment.cwd, flags.out)
    if (!flags.json) keepOff(path)
    using progress = new Progress(environment, flags.json === true)
    const runs = pastRuns(dir).filter(({ start }) => start.dataset === loaded.dataset.name)
    const { items, report, sizes } = blamingConfig(loaded, () => {
      surveyAll(work)
      const items = new ReportItems(work, targets, runs[0] ? failuresIn(runs[0]) : [])
      const options = { targets, runs, made: clock.date(), onStage: (stage: string, cells: number) => progress.at(stage, cells) }
      return { items, ...gather(loaded, work, items, options) }
    })
    if (flags.json) {
      stdout.write(`${safeJson({ type: 'report', ...report })}\n`)
      for (const { item } of items) stdout.write(`${safeJson(cellLine(report, item))}\n`)
      return
    }
    if (flags.out === undefined) makePrivateFolder(dir)
    const bytes = await writePrivately(path, pageTexts({ report, items: withoutSources(items), sizes }), { replace: true, compress: false })
    const where = relative(environment.cwd, path) || basename(path)
    if (flags.open) stdout.write(`${path}\n`)
    else
      stdout.write(
        `${reportText(report, { path: where, bytes }, { columns: stdout.columns, color: chooseColor(flags.color, env, stdout.isTTY === true) })}\n`,
      )
  })
  return EXIT.ok
}

/** Walked as often as it is asked for. */
function withoutSources(items: ReportItems): Iterable<ReportItem> {
  return {
    *[Symbol.iterator]() {
      for (const { item } of items) yield item
    },
  }
}

/** What is no report of datagen's is never written over. */
function keepOff(path: string): void {
  const beginning = beginningOf(path, PAGE_BEGINNING.length)
  if (beginning === undefined || beginning === PAGE_BEGINNING) return
  throw new DatagenError({
    code: 'usage/not-a-report',
    severity: 'error',
    headline: `there is a file "${basename(path)}" already, and it is no report`,
    facts: [['folder', dirname(path)]],
    hint: 'name another one with --out; nothing was changed',
  })
}

function beginningOf(path: string, bytes: number): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    const buffer = Buffer.alloc(bytes)
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, 0))
  } catch {
    // A folder, or what cannot be read: writing says what is wrong with it.
    return undefined
  } finally {
    closeSync(file)
  }
}
