/** What a collection deletes and what it leaves, as data and for people. */
import { plural } from '../../report/format.ts'
import type { Garbage } from '../../store/care/collect.ts'
import { safeText } from '../../util/safe-text.ts'
import { size, sumText } from './size.ts'

export type GcView = ReturnType<typeof gcView>

/** `failedAnswers`: bodies that were kept to be looked at. `freed` is undefined for a dry run. */
export function gcView(garbage: Garbage, failedAnswers: { readonly files: number; readonly bytes: number }, freed: number | undefined) {
  const { goes, steps, oldest, newest, stays, spared, requests, spare, damaged, unreadable } = garbage
  return {
    schema: 1,
    dryRun: freed === undefined,
    deletes: goes.answers + requests.ids.size + (spare?.answers ?? 0) + (damaged ?? 0) + failedAnswers.files > 0,
    goes: { ...goes, steps, oldestRun: oldest ?? null, newestRun: newest ?? null },
    stays,
    spared,
    requests: { requests: requests.ids.size, bytes: requests.bytes },
    spare,
    damaged,
    failedAnswers,
    unreadable,
    ...(freed === undefined ? {} : { freedBytes: freed }),
  }
}

export function gcText(view: GcView): string {
  const { goes, stays, spared, requests, spare, damaged, failedAnswers, unreadable } = view
  const verb = view.dryRun ? 'would go' : 'deleted '
  const runs = goes.oldestRun === null ? [] : [`   from runs of ${day(goes.oldestRun)}${sameDay(goes) ? '' : ` to ${day(goes.newestRun)}`}`]
  const lines = [
    ` ${verb}   ${sumText(goes)}`,
    ...goes.steps.map(({ step, ...sum }) => `   step ${step}   ${sumText(sum)}`),
    ...runs,
    ...(requests.requests > 0 ? [`   with ${plural(requests.requests, 'request')} that nothing else needs, ${size(requests.bytes)}`] : []),
    ...(spare ? [`   spare   ${sumText(spare)}`] : []),
    ...(damaged !== null ? [`   damaged ${plural(damaged, 'value')} set aside`] : []),
    ...(failedAnswers.files > 0
      ? [
          `   with ${plural(failedAnswers.files, 'body', 'bodies')} that ${failedAnswers.files === 1 ? 'was' : 'were'} no answer, ${size(failedAnswers.bytes)}`,
        ]
      : []),
    ` stays      ${sumText(stays)}`,
    ...(spared.answers > 0 ? [`   of these only by --keep-days and --keep-runs: ${sumText(spared)}`] : []),
    ...(unreadable > 0 ? [` unreadable ${plural(unreadable, 'answer')}: see \`datagen cache verify\``] : []),
    ...('freedBytes' in view ? [` the file is ${size(view.freedBytes as number)} smaller`] : []),
  ]
  return `${lines.map((line) => safeText(line)).join('\n')}\n`
}

function day(time: string | null): string {
  return (time ?? '').slice(0, 10)
}

function sameDay({ oldestRun, newestRun }: GcView['goes']): boolean {
  return day(oldestRun) === day(newestRun)
}
