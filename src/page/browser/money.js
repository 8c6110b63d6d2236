/** What it cost, and what was not paid twice. */
import { report } from './data.js'
import { byId, el } from './dom.js'
import { count, duration, money, when } from './numbers.js'
import { note, panel, table } from './tables.js'

const number = (/** @type {string} */ text) => ({ text, number: true })

export function showCost() {
  const { cost, runs } = report
  const saved = runs.reduce((/** @type {number} */ sum, /** @type {any} */ { end }) => sum + (end?.savedUsd ?? 0), 0)
  byId('cost').append(
    el(
      'p',
      {},
      `The answers behind rows cost ${money(cost.rows.usd)}; all ${count(cost.kept.answers)} that are kept, ${money(cost.kept.usd)}.`,
      saved > 0 ? ` In the runs below, kept answers saved ${money(saved)}.` : '',
      cost.kept.unpriced > 0 ? ` ${count(cost.kept.unpriced)} answers have no known price.` : '',
    ),
    panel('By model', spendings('By model', 'model', cost.byModel)),
    panel('By step', spendings('By step', 'step', cost.byStep)),
    panel('By batch', spendings('By batch', 'batch', cost.byBatch)),
    panel('Runs', runs.length === 0 ? note('No run of this dataset is recorded.') : runTable(runs)),
  )
}

/** @param {string} title @param {string} by @param {readonly any[]} spendings */
function spendings(title, by, spendings) {
  if (spendings.length === 0) return note('Nothing was asked yet.')
  return table(
    title,
    [by, number('answers'), number('input tokens'), number('output tokens'), number('paid'), number('without a price')],
    spendings.map((s) => [s[by], count(s.answers), count(s.inputTokens), count(s.outputTokens), money(s.usd), count(s.unpriced)]),
  )
}

/** @param {readonly any[]} runs */
function runTable(runs) {
  return table(
    'Runs',
    [
      'began',
      'command',
      number('took'),
      number('calls'),
      number('cells without a call'),
      number('paid'),
      number('of it for no answer'),
      number('saved by kept answers'),
      number('exit code'),
    ],
    runs.map(({ time, command, end }) => [
      when(time),
      command,
      end ? duration(end.ms) : 'did not end',
      end ? count(end.calls) : '',
      end ? count(end.cached) : '',
      end?.usd === undefined ? '–' : money(end.usd),
      end?.costs?.useless === undefined ? '–' : money(end.costs.useless.usd),
      end?.savedUsd === undefined ? '–' : money(end.savedUsd),
      end ? end.exitCode : '',
    ]),
  )
}
