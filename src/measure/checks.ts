/** From measures to remarks: each check's value, how it compares with its thresholds, and which rows and phrases are behind it. */
import type { MeasureCheck, MeasuredCoverage, MeasuredView, MeasureFinding } from '../events/measures.ts'
import type { Collector, FoundRows } from './collector.ts'
import type { Contamination } from './contamination.ts'
import type { DriftOfNumbers, DriftOfVariety } from './drift.ts'
import { LANGUAGES } from './language.ts'
import { loopOf } from './loops.ts'
import type { Similarity } from './similar.ts'
import { THRESHOLDS, type Threshold, type ThresholdChanges, type ThresholdId } from './thresholds.ts'
import type { MeasuredSide } from './view.ts'

/** All that the checks may look at. */
export interface Evidence {
  readonly collector: Collector
  readonly prompt: MeasuredSide
  readonly response: MeasuredSide
  readonly whole: MeasuredSide
  readonly similar: Similarity
  readonly drift: { readonly lengths: DriftOfNumbers; readonly variety: DriftOfVariety } | undefined
  readonly coverage: MeasuredCoverage | undefined
  readonly contamination:
    | { readonly items: number; readonly texts: readonly string[]; readonly eight: Contamination; readonly thirteen: Contamination }
    | undefined
}

/** What one check saw, or why it did not look. */
type Reading = { readonly value: number; readonly findings: readonly MeasureFinding[] } | { readonly skipped: string }

const MOST_FINDINGS = 5
const MOST_ROWS = 10

export function judge(evidence: Evidence, changes: ThresholdChanges): MeasureCheck[] {
  return THRESHOLDS.flatMap((threshold) => {
    const views: readonly (MeasuredView | undefined)[] = threshold.views.length > 0 ? threshold.views : [undefined]
    return views.map((view) =>
      verdict(threshold, view, read(threshold.id, view ?? 'whole', evidence), evidence, changes[threshold.id] ?? {}),
    )
  })
}

function verdict(
  threshold: Threshold,
  view: MeasuredView | undefined,
  reading: Reading,
  { collector }: Evidence,
  change: { readonly warn?: number | null; readonly fail?: number | null },
): MeasureCheck {
  const { id, looksAt, unit, side, minRows, reason } = threshold
  const warn = change.warn === undefined ? threshold.warn : change.warn
  const fail = change.fail === undefined ? threshold.fail : change.fail
  const check = { id, ...(view ? { view } : {}), looksAt, unit, side, warn, fail, reason }
  if ('skipped' in reading) return { ...check, status: 'skipped', skipped: reading.skipped, findings: [] }
  const { value, findings } = reading
  const beyond = (limit: number | null) => limit !== null && (side === 'above' ? value > limit : value < limit)
  if (collector.rows < minRows)
    return { ...check, status: 'skipped', value, skipped: `judged from ${minRows} rows on; there are ${collector.rows}`, findings: [] }
  const status = beyond(fail) ? 'fail' : beyond(warn) ? 'warn' : 'pass'
  return { ...check, status, value, findings: status === 'pass' ? [] : findings.slice(0, MOST_FINDINGS) }
}

const NOTHING = { value: 0, findings: [] }

function read(id: ThresholdId, view: MeasuredView, evidence: Evidence): Reading {
  const { collector, coverage, contamination, drift } = evidence
  const { rows } = collector
  const side = evidence[view]
  if (rows === 0) return { skipped: 'there are no rows' }
  if (view !== 'whole' && side.text.words === 0) return { skipped: view === 'prompt' ? 'there are no prompts' : 'there are no answers' }
  switch (id) {
    case 'duplicates':
      return { value: side.text.duplicates.normalised / rows, findings: duplicateFindings(side, view, evidence) }
    case 'near-duplicates':
      if (!side.near) return { skipped: 'switched off' }
      return { value: side.near.removable / rows, findings: nearFindings(side, view, evidence) }
    case 'similar-prompts': {
      const { similar, pairs, rows: sampled } = evidence.similar
      return {
        value: sampled === 0 ? 0 : similar / sampled,
        findings: pairs
          .toSorted((a, b) => b.f - a.f)
          .map(({ a, b, f }) => ({
            what: `alike by ${f.toFixed(2)}`,
            phrase: beginning(collector, 'prompt', a),
            rows: [collector.places.at(a), collector.places.at(b)],
          })),
      }
    }
    case 'boilerplate':
      return { value: side.text.boilerplate.coverage, findings: phraseFindings(side) }
    case 'boilerplate-rows':
      return {
        value: side.text.boilerplate.heavyShare,
        findings: [{ what: 'mostly such phrases', rows: side.heavyRows.slice(0, MOST_ROWS) }, ...phraseFindings(side)],
      }
    case 'opening':
      return { value: side.text.openings.top1Share, findings: openingFindings(side, 1) }
    case 'openings':
      return { value: side.text.openings.top10Share, findings: openingFindings(side, MOST_FINDINGS) }
    case 'compression': {
      const { code, json } = collector.contains
      if (view === 'response' && code + json > rows / 2) return { skipped: 'most answers are code or JSON, which compress by their nature' }
      // Without phrases it would say that something repeats and not what.
      return { value: side.text.compression.brotli, findings: phraseFindings(side) }
    }
    case 'variety':
      if (!side.text.budgetReached) return { skipped: 'judged from 100,000 words on' }
      return { value: side.text.distinct2Budgeted, findings: phraseFindings(side) }
    case 'repetition':
      return repetition(evidence)
    case 'empty':
      if (collector.answered === 0) return { skipped: 'there are only prompts' }
      return { value: collector.empty.count / collector.answered, findings: rowsFinding('answers without text', collector.empty) }
    case 'refusals':
      return phrasesFound(collector.refusals, (index) => collector.refusalPhrases.phrase(index), collector.answered)
    case 'disclaimers':
      return phrasesFound(collector.disclaimers, (index) => collector.disclaimerPhrases.phrase(index), collector.answered)
    case 'language':
      return languages(evidence)
    case 'drift-length': {
      if (!drift) return { skipped: 'judged from 80 rows on' }
      const { p, cliffsDelta } = drift.lengths.firstVsLast
      if (p >= 0.01) return NOTHING
      const [first, last] = ends(drift.lengths.windows)
      return {
        value: Math.abs(cliffsDelta),
        findings: [
          { what: `answers go from ${first.toFixed(0)} to ${last.toFixed(0)} words (means of the first and last quarter)`, rows: [] },
        ],
      }
    }
    case 'drift-variety': {
      if (!drift || drift.variety.tokenBudget < 200) return { skipped: 'judged where a twentieth of the rows has 200 words' }
      const { windows, trend } = drift.variety
      const [first, last] = ends(windows)
      const mean = windows.reduce((sum, value) => sum + value, 0) / windows.length
      if (trend.p >= 0.01 || trend.s >= 0 || mean === 0) return NOTHING
      return {
        value: (first - last) / mean,
        findings: [{ what: `different word pairs go from ${percent(first)} to ${percent(last)} (first and last quarter)`, rows: [] }],
      }
    }
    case 'coverage-1':
    case 'coverage-2': {
      const found = coverage?.tway.find(({ t }) => t === Number(id.slice(-1)))
      if (!coverage || !found) return { skipped: 'cells are not known' }
      if (coverage.inferred && id === 'coverage-1') return { skipped: 'the values are those that occur' }
      if (id === 'coverage-2' && coverage.cells < found.of) return { skipped: `there are fewer rows than the ${found.of} pairs` }
      return {
        value: found.total,
        findings: found.missing.map((tuple) => ({
          what: 'does not occur',
          phrase: tuple.map(([dimension, value]) => `${dimension} = ${value}`).join(', '),
          rows: [],
        })),
      }
    }
    case 'balance': {
      if (!coverage) return { skipped: 'cells are not known' }
      if (coverage.inferred) return { skipped: 'no weights are known; see the dimensions' }
      const worst = coverage.dimensions.toSorted((a, b) => b.tv - a.tv)
      return {
        value: worst[0]?.tv ?? 0,
        findings: worst.slice(0, MOST_FINDINGS).flatMap(({ name, values }) =>
          values
            .toSorted((a, b) => off(b, coverage.cells) - off(a, coverage.cells))
            .slice(0, 1)
            .map(({ id: value, rows: count, target }) => ({
              what: `${percent(count / coverage.cells)} of the rows instead of ${percent(target)}`,
              phrase: `${name} = ${value}`,
              rows: [],
              count,
            })),
        ),
      }
    }
    case 'pairs-equal':
      if (collector.pairs === 0) return { skipped: 'there are no preference pairs' }
      return {
        value: collector.equalPairs.count / collector.pairs,
        findings: rowsFinding('both answers are the same', collector.equalPairs),
      }
    case 'pairs-longer': {
      if (collector.pairs === 0) return { skipped: 'there are no preference pairs' }
      return {
        value: collector.chosenLonger / collector.pairs,
        findings: [
          { what: `longer in ${collector.chosenLonger} of ${collector.pairs} pairs, shorter in ${collector.rejectedLonger}`, rows: [] },
        ],
      }
    }
    case 'contamination-half':
      if (!contamination) return { skipped: 'no evaluation items were given' }
      return {
        value: contamination.eight.halfCovered / rows,
        findings: contaminationFindings(
          evidence,
          contamination.eight.hits.filter(({ covered }) => covered > 0.5),
        ),
      }
    case 'contamination-any':
      if (!contamination) return { skipped: 'no evaluation items were given' }
      return { value: contamination.thirteen.anyHit / rows, findings: contaminationFindings(evidence, contamination.thirteen.hits) }
  }
}

function off({ rows, target }: { readonly rows: number; readonly target: number }, cells: number): number {
  return Math.abs(rows / cells - target)
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

const BEGINNING = 12 // words

function beginning({ store, vocabulary }: Collector, view: MeasuredView, row: number): string {
  const words = (view === 'prompt' ? store.prompts : view === 'response' ? store.responses : store.wholes).at(row)
  return vocabulary.phrase(words.subarray(0, BEGINNING)) + (words.length > BEGINNING ? ' …' : '')
}

/** The largest group first, equal ones in file order. */
function byLength(a: readonly number[], b: readonly number[]): number {
  return b.length - a.length || (a[0] as number) - (b[0] as number)
}

function duplicateFindings({ groups }: MeasuredSide, view: MeasuredView, { collector }: Evidence): MeasureFinding[] {
  return groups
    .toSorted(byLength)
    .slice(0, MOST_FINDINGS)
    .map((group) => ({
      what: 'the same words',
      phrase: beginning(collector, view, group[0] as number),
      rows: group.slice(0, MOST_ROWS).map((row) => collector.places.at(row)),
      count: group.length,
    }))
}

function nearFindings({ near }: MeasuredSide, view: MeasuredView, { collector }: Evidence): MeasureFinding[] {
  const clusters = new Map<number, number[]>()
  const leaders = near?.leaders ?? new Uint32Array()
  for (let row = 0; row < leaders.length; row++) {
    const leader = leaders[row] as number
    if (leader === row) continue
    const cluster = clusters.get(leader)
    if (cluster) cluster.push(row)
    else clusters.set(leader, [leader, row])
  }
  return [...clusters.values()]
    .sort(byLength)
    .slice(0, MOST_FINDINGS)
    .map((cluster) => ({
      what: 'nearly the same',
      phrase: beginning(collector, view, cluster[0] as number),
      rows: cluster.slice(0, MOST_ROWS).map((row) => collector.places.at(row)),
      count: cluster.length,
    }))
}

function phraseFindings({ text }: MeasuredSide): MeasureFinding[] {
  return text.boilerplate.phrases.map(({ phrase, rows, example }) => ({
    what: 'shared',
    phrase,
    rows: [example],
    count: rows,
  }))
}

function openingFindings({ text }: MeasuredSide, most: number): MeasureFinding[] {
  return text.openings.top.slice(0, most).map(({ phrase, rows, example }) => ({ what: 'begin so', phrase, rows: [example], count: rows }))
}

function rowsFinding(what: string, { rows, count }: FoundRows): MeasureFinding[] {
  return count === 0 ? [] : [{ what, rows: rows.slice(0, MOST_ROWS), count }]
}

function phrasesFound(found: ReadonlyMap<number, FoundRows>, phrase: (index: number) => string, answered: number): Reading {
  if (answered === 0) return { skipped: 'there are only prompts' }
  const ranked = [...found].sort(([, a], [, b]) => b.count - a.count)
  return {
    value: ranked.reduce((sum, [, { count }]) => sum + count, 0) / answered,
    findings: ranked.map(([index, { rows, count }]) => ({ what: 'said', phrase: phrase(index), rows: rows.slice(0, MOST_ROWS), count })),
  }
}

function repetition({ collector }: Evidence): Reading {
  const worst = collector.loops.toSorted((a, b) => b.ratio - a.ratio)
  return {
    value: worst[0]?.ratio ?? 1,
    findings: worst.slice(0, MOST_FINDINGS).map(({ row, ratio }) => {
      const loop = loopOf(collector.store.responses.at(row))
      return {
        what: loop
          ? `said ${loop.times} times in a row; gzip makes the answer ${ratio.toFixed(1)} times shorter`
          : `gzip makes it ${ratio.toFixed(1)} times shorter`,
        phrase: loop ? collector.vocabulary.phrase(loop.words) : beginning(collector, 'response', row),
        rows: [collector.places.at(row)],
      }
    }),
  }
}

function languages({ collector }: Evidence): Reading {
  const { languageOfRow, places } = collector
  const counts = new Array<number>(LANGUAGES.length).fill(0)
  for (const language of languageOfRow.values) counts[language] = (counts[language] as number) + 1
  const known = counts.slice(1)
  const sum = known.reduce((a, b) => a + b, 0)
  if (sum === 0) return { skipped: 'no language could be told' }
  const main = 1 + known.indexOf(Math.max(...known))
  const others = [...counts.keys()].filter((language) => language > 0 && language !== main && (counts[language] as number) > 0)
  return {
    value: 1 - (counts[main] as number) / sum,
    findings: others
      .sort((a, b) => (counts[b] as number) - (counts[a] as number))
      .map((language) => ({
        what: `look like ${LANGUAGES[language]} where most are ${LANGUAGES[main]}`,
        rows: firstRows(languageOfRow.values, language).map((row) => places.at(row)),
        count: counts[language] as number,
      })),
  }
}

function firstRows(values: Uint32Array, wanted: number): number[] {
  const rows: number[] = []
  for (let row = 0; row < values.length && rows.length < MOST_ROWS; row++) if (values[row] === wanted) rows.push(row)
  return rows
}

function contaminationFindings({ collector }: Evidence, hits: Contamination['hits']): MeasureFinding[] {
  return hits
    .toSorted((a, b) => b.covered - a.covered)
    .slice(0, MOST_FINDINGS)
    .map(({ row, item, covered, at }) => ({
      what: `evaluation item ${item + 1} covers ${percent(covered)} of the row`,
      phrase: collector.vocabulary.phrase(collector.store.wholes.at(row).subarray(at, at + 13)),
      rows: [collector.places.at(row)],
    }))
}

/** Means of the first and of the last quarter of the windows. */
function ends(windows: readonly number[]): [first: number, last: number] {
  const quarter = Math.max(1, Math.floor(windows.length / 4))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return [mean(windows.slice(0, quarter)), mean(windows.slice(-quarter))]
}
