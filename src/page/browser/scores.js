/** Scores of judges, by batch and from first to last row. */
import { barChart, lineChart } from './charts.js'
import { report } from './data.js'
import { byId, el } from './dom.js'
import { count, decimal } from './numbers.js'
import { note, panel, table } from './tables.js'

export function showScores() {
  const section = byId('judges')
  if (report.judges.length === 0) {
    section.append(note('No step judges the rows of this dataset.'))
    return
  }
  for (const { judge, score, rows, mean, min, max, byBatch, windows, histogram } of report.judges) {
    const name = `${judge}: ${score}`
    section.append(
      panel(
        name,
        note(`mean ${decimal(mean)} of ${count(rows)} rows, ${decimal(min)} to ${decimal(max)}`),
        el(
          'div',
          { class: 'charts' },
          figure(
            'rows by score',
            barChart(
              histogram.map((/** @type {any} */ level) => ({ label: decimal(level.score), value: level.rows })),
              `${name}: rows by score`,
            ),
          ),
          figure('mean, from first to last row', lineChart(windows, `${name}: mean from first to last row`)),
          table(
            `${name} by batch`,
            ['batch', { text: 'rows', number: true }, { text: 'mean', number: true }],
            byBatch.map((/** @type {any} */ b) => [b.batch, count(b.rows), decimal(b.mean)]),
          ),
        ),
      ),
    )
  }
}

/** @param {string} caption @param {Node} chart */
function figure(caption, chart) {
  return el('figure', {}, el('figcaption', {}, caption), chart)
}
