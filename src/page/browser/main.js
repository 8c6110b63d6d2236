/** The page, in order of need: the report at once, coverage and the ledger with the columns, texts with the rows. */
import { openRow, rowsArrived, search, showCells } from './cells.js'
import { showCoverage } from './coverage.js'
import { loadCells, loadRows, report } from './data.js'
import { byId, el } from './dom.js'
import { showHabits } from './habits.js'
import { showCost } from './money.js'
import { inWords, when } from './numbers.js'
import { showOverview } from './overview.js'
import { showScores } from './scores.js'
import { showTexts } from './texts.js'
import { themeSwitch } from './theme.js'

function begin() {
  byId('name').textContent = report.dataset
  byId('made').textContent =
    `datagen ${report.datagen}, ${when(report.made)}${report.targets.length > 0 ? `, only ${report.targets.join(', ')}` : ''}`
  byId('tools').append(themeSwitch())
  if (report.simulated.length > 0) {
    const banner = byId('banner')
    banner.hidden = false
    banner.append(
      el('strong', {}, 'Not for training.'),
      ` Answers are simulated (${inWords(report.simulated)}): they rehearse the build, and nothing in them was said by a model.`,
    )
  }
  showOverview()
  showTexts()
  showHabits(openRow)
  showScores()
  showCost()
}

async function go() {
  await loadCells()
  showCoverage()
  await showCells()
  document.documentElement.dataset['cells'] = 'ready'
  await loadRows(rowsArrived)
  await search()
  document.documentElement.dataset['rows'] = 'ready'
  performance.mark('rows')
}

begin()
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', go)
else go()
