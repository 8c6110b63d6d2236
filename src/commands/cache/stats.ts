/** `datagen cache stats`: what is kept, what it weighs and what it cost. */
import { tmpdir } from 'node:os'
import { count, money, plural, tokens } from '../../report/format.ts'
import { statisticsOf } from '../../store/care/statistics.ts'
import { waitingRescues } from '../../store/care/waiting.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import { safeJson } from '../../util/safe-json.ts'
import { safeText } from '../../util/safe-text.ts'
import type { Environment } from '../environment.ts'
import type { CacheFlags } from './flags.ts'
import { demandStore, storeFolder } from './folder.ts'
import { Progress } from './progress.ts'
import { size, sumText } from './size.ts'
import { withStoreFile } from './store-file.ts'

export async function statsCommand(environment: Environment, flags: CacheFlags): Promise<ExitCode> {
  const { stdout, clock } = environment
  const dir = await storeFolder(environment, flags.config)
  demandStore(dir)
  using progress = new Progress(environment, flags.json === true)
  return withStoreFile(dir, 'read', (file) => {
    const started = clock.now()
    const seen = statisticsOf(file, clock, (done, all) => progress.at('counting', done, all))
    const rescued = waitingRescues(dir, tmpdir(), seen.identity).answers
    progress[Symbol.dispose]()
    if (flags.json) {
      const { oldestRun = null, newestRun = null } = seen
      stdout.write(`${safeJson({ schema: 1, store: file.path, ...seen, oldestRun, newestRun, rescued })}\n`)
      return EXIT.ok
    }
    const ms = Math.round(clock.now() - started)
    stdout.write(
      `${lines({ ...seen, rescued, ms })
        .map((line) => safeText(line))
        .join('\n')}\n`,
    )
    return EXIT.ok
  })
}

function lines(seen: ReturnType<typeof statisticsOf> & { rescued: number; ms: number }): string[] {
  const usage = ({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }) =>
    `${tokens(inputTokens)} tokens in, ${tokens(outputTokens)} out`
  const run = (of: { run: string; started: string; answers: number } | undefined) =>
    of ? `${of.started}, ${plural(of.answers, 'answer')} (${of.run})` : 'none'
  return [
    ` answers    ${sumText(seen.answers)}; ${usage(seen.answers)}`,
    ...seen.steps.map(({ step, ...sum }) => `   step ${step}   ${sumText(sum)}; ${usage(sum)}`),
    ...seen.models.map(({ model, ...sum }) => `   model ${model}   ${sumText(sum)}; ${usage(sum)}`),
    ` spare      ${seen.spare.answers === 0 ? 'none' : `${sumText(seen.spare)}: bought although their keys had answers`}`,
    ...(seen.decisions > 0 ? [` decisions  ${count(seen.decisions)} about waiting batches, kept so that they stay`] : []),
    ` requests   ${count(seen.requests)}, ${size(seen.requestBytes)}`,
    ` file       ${size(seen.fileBytes)}, ${size(seen.freeBytes)} of it free`,
    ` runs       ${count(seen.runs)}`,
    ...(seen.runs > 0 ? [`   oldest   ${run(seen.oldestRun)}`, `   newest   ${run(seen.newestRun)}`] : []),
    ` damaged    ${seen.damaged === 0 ? 'none' : `${plural(seen.damaged, 'value')} set aside`}`,
    ` orphans    ${seen.orphans === 0 ? 'none' : `${plural(seen.orphans, 'call')} of builds that died, ${money(seen.orphansUsd)} at most`}`,
    ...(seen.awaited > 0 ? [` awaited    ${plural(seen.awaited, 'answer')} from batch jobs`] : []),
    ...(seen.claims > seen.orphans ? [` under way  ${plural(seen.claims - seen.orphans, 'call')}`] : []),
    ...(seen.rescued > 0 ? [` rescued    ${plural(seen.rescued, 'answer')} that the next build takes over`] : []),
    ...(seen.unreadable > 0 ? [` unreadable ${plural(seen.unreadable, 'row')}: see \`datagen cache verify\``] : []),
    ` models and runs were counted over ${plural(seen.answers.answers, 'answer')} in ${seen.ms} ms; the rest is kept as running totals`,
  ]
}
