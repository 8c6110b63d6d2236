/** What judges said: how many rows pass, whether they can be trusted, and each criterion by batch and from first to last row. */
import { barChart, lineChart } from './charts.js'
import { report } from './data.js'
import { byId, el } from './dom.js'
import { count, decimal, percent } from './numbers.js'
import { note, panel, table } from './tables.js'

export function showScores() {
  const section = byId('judges')
  if (report.judges.length === 0 && report.judging.length === 0) {
    section.append(note('No step judges the rows of this dataset.'))
    return
  }
  for (const judge of report.judging) {
    section.append(account(judge))
    section.append(...report.judges.filter((/** @type {any} */ one) => one.levels && one.judge === judge.judge).map(criterion))
  }
  section.append(...report.judges.filter((/** @type {any} */ one) => !one.levels).map(criterion))
}

/** @param {any} judge */
function account({ judge, all, batches, position, controls, agreement }) {
  return panel(
    `${judge}: rows that pass`,
    note(`${passed(all)} pass${position ? `; which answer stands first decides ${passed(position)}` : ''}`),
    controls && el('p', { class: controls.state === 'failing' ? 'why' : 'note' }, controlsText(controls)),
    table(
      `${judge}: rows that pass, by batch`,
      ['batch', { text: 'rows', number: true }, { text: 'pass', number: true }, 'true share (95 %)', 'score, first to last quarter'],
      batches.map((/** @type {any} */ b) => [
        b.batch,
        count(b.rows),
        count(b.passed),
        `${percent(b.low)} to ${percent(b.high)}`,
        b.drift ? `${decimal(b.drift.first)} to ${decimal(b.drift.last)} (effect ${decimal(b.drift.delta)})` : 'too few rows to tell',
      ]),
    ),
    agreement.length > 0 &&
      table(
        `${judge}: agreement with people`,
        [
          'agreement with people',
          { text: 'rows', number: true },
          { text: 'equal', number: true },
          { text: 'κ', number: true },
          'true κ (95 %)',
        ],
        agreement.map((/** @type {any} */ a) => [
          a.criterion ?? 'passes, accepted',
          count(a.rows),
          percent(a.observed),
          a.kappa === undefined ? '–' : decimal(a.kappa),
          a.low === undefined ? 'both always say the same' : `${decimal(a.low)} to ${decimal(a.high)}`,
        ]),
      ),
  )
}

/** @param {any} rate */
function passed({ rows, passed: hits, low, high }) {
  return `${count(hits)} of ${count(rows)} rows (truly ${percent(low)} to ${percent(high)})`
}

/** @param {any} controls */
function controlsText({ state, good, bad, goodMean, badMean, apart, least, missing, missed }) {
  if (state === 'rehearsed') return 'Its controls say nothing: the judge is simulated.'
  if (state === 'unproven')
    return missing > 0 ? `${count(missing)} of its controls are to be asked about.` : 'Not proven: too few controls.'
  const words = state === 'failing' ? 'It does not tell good from bad, and turns no row down' : 'It tells good from bad'
  const numbers = `${percent(apart)} of good and bad controls told apart, at least ${percent(least)} wanted`
  const means = `${count(good)} good ones score ${decimal(goodMean)} on average, ${count(bad)} bad ones ${decimal(badMean)}`
  return `${words}: ${numbers}; ${means}.${missed.length > 0 ? ` Missed: ${missed.join(', ')}.` : ''}`
}

/** @param {any} one */
function criterion({ judge, score, levels, rows, mean, min, max, byBatch, windows, histogram }) {
  const name = `${judge}: ${score}`
  return panel(
    name,
    note(
      `mean ${decimal(mean)} of ${count(rows)} rows, ${levels ? `from 0 for “${levels[0]}” to 1 for “${levels.at(-1)}”` : `${decimal(min)} to ${decimal(max)}`}`,
    ),
    el(
      'div',
      { class: 'charts' },
      figure(
        levels ? 'rows by level' : 'rows by score',
        barChart(
          histogram.map((/** @type {any} */ level) => ({ label: level.level ?? decimal(level.score), value: level.rows })),
          `${name}: rows by ${levels ? 'level' : 'score'}`,
        ),
      ),
      figure('mean, from first to last row', lineChart(windows, `${name}: mean from first to last row`)),
      table(
        `${name} by batch`,
        [
          'batch',
          { text: 'rows', number: true },
          ...(levels ?? []).map((/** @type {string} */ text) => ({ text, number: true })),
          { text: 'mean', number: true },
        ],
        byBatch.map((/** @type {any} */ b) => [b.batch, count(b.rows), ...(b.levels ?? []).map(count), decimal(b.mean)]),
      ),
    ),
  )
}

/** @param {string} caption @param {Node} chart */
function figure(caption, chart) {
  return el('figure', {}, el('figcaption', {}, caption), chart)
}
