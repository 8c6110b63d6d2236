/** `datagen show gaps [batch]`: what batches that fill gaps were planned from, and what is missing still. */
import type { BatchSpec } from '../config/dataset.ts'
import { gapLines } from '../plan/gap-text.ts'
import { measureGaps } from '../schedule/gap-round.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { safeJson } from '../util/safe-json.ts'
import { safeText } from '../util/safe-text.ts'
import { suggest } from '../util/suggest.ts'

/** `print` takes a line. Throws for a name that is no batch which fills gaps. */
export function showGaps(work: Work, name: string | undefined, json: boolean, print: (line: string) => void): void {
  const filling = work.dataset.batches.filter(({ gaps }) => gaps)
  const wanted = name === undefined ? filling : filling.filter((spec) => spec.name === name)
  if (wanted.length === 0) throw noSuchBatch(name, filling)
  surveyAll(work)
  for (const spec of wanted) {
    const waiting = spec.after.filter((other) => !work.isSettled(other))
    const seen = waiting.length > 0 ? undefined : reports(work, spec)
    if (json) {
      print(safeJson({ batch: spec.name, waitsFor: waiting, ...(seen ? { before: seen.before, now: seen.now } : {}) }))
      continue
    }
    if (!seen) {
      print(safeText(`${spec.name}: not measured yet; it waits for ${waiting.join(', ')}`))
      continue
    }
    const { items, accepted } = work.counts(spec.name)
    for (const line of told(`${spec.name}, before it`, gapLines(seen.before))) print(safeText(line))
    if (items > 0)
      for (const line of told(`${spec.name}, with its ${accepted} accepted of ${items} items`, gapLines(seen.now))) print(safeText(line))
  }
}

function reports(work: Work, spec: BatchSpec) {
  const gaps = spec.gaps as NonNullable<BatchSpec['gaps']>
  const size = spec.size ?? 0
  return {
    before: measureGaps(work, spec, gaps, size, false).report,
    now: measureGaps(work, spec, gaps, Math.max(0, size - work.counts(spec.name).items)).report,
  }
}

function told(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${title}: nothing is missing`] : [`${title}:`, ...lines.map((line) => `  ${line}`)]
}

function noSuchBatch(name: string | undefined, filling: readonly BatchSpec[]): DatagenError {
  const known = filling.map((spec) => spec.name)
  const suggestion = name === undefined ? undefined : suggest(name, known)
  return new DatagenError({
    code: 'usage/no-gaps',
    severity: 'error',
    headline: name === undefined ? 'no batch of this config fills gaps' : `there is no batch "${name}" that fills gaps`,
    ...(known.length > 0 ? { facts: [['known', known.join(', ')]] } : {}),
    hint: suggestion ? `did you mean "${suggestion}"?` : 'a batch with `gaps: true` does, and so do two of `batches.fourStage()`',
  })
}
