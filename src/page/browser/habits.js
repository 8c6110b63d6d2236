/** Duplicates, templates and whatever else the checks of the whole set have found, with rows and phrases. */
import { report } from './data.js'
import { byId, el } from './dom.js'
import { count, decimal, percent, plural } from './numbers.js'
import { note, panel, table } from './tables.js'

const STATUS = { fail: 'fails', warn: 'warns', pass: 'passes', skipped: 'not judged' }
const RANK = { fail: 0, warn: 1, pass: 2, skipped: 3 }

/** @param {(row: number) => void} openRow from 1 */
export function showHabits(openRow) {
  const { measures } = report
  const section = byId('habits')
  const loud = measures.checks.filter((/** @type {any} */ { status }) => status === 'fail' || status === 'warn')
  const skipped = measures.checks.filter((/** @type {any} */ { status }) => status === 'skipped').length
  section.append(
    el(
      'p',
      {},
      measures.rows === 0
        ? 'No row is accepted yet.'
        : loud.length === 0
          ? `Nothing to remark about ${count(measures.rows)} accepted rows.`
          : `${loud.length === 1 ? 'One check remarks' : `${count(loud.length)} checks remark`} on ${count(measures.rows)} accepted rows.`,
    ),
    note(
      skipped > 0 ? `${plural(skipped, 'check')} did not judge, most often because there are too few rows: the list below says why.` : '',
    ),
    ...loud.toSorted(worstFirst).map((/** @type {any} */ check) => remark(check, openRow)),
    panel('Duplicates', duplicates()),
    phrases('Phrases that many rows have', 'boilerplate', 'phrases', openRow),
    phrases('How texts begin', 'openings', 'top', openRow),
    el(
      'details',
      { class: 'panel' },
      el('summary', {}, `All ${count(measures.checks.length)} checks of the whole set`),
      checkTable(measures.checks),
    ),
  )
}

/** @param {any} a @param {any} b */
function worstFirst(a, b) {
  return RANK[/** @type {keyof typeof RANK} */ (a.status)] - RANK[/** @type {keyof typeof RANK} */ (b.status)]
}

/** @param {any} check @param {(row: number) => void} openRow */
function remark(check, openRow) {
  const limit = check.status === 'fail' ? check.fail : check.warn
  return el(
    'article',
    { class: `panel remark ${check.status}` },
    el(
      'h3',
      {},
      el('span', { class: `status ${check.status}` }, STATUS[/** @type {keyof typeof STATUS} */ (check.status)]),
      ` ${check.id}${check.view ? `, ${check.view}` : ''}`,
    ),
    el('p', {}, `${check.looksAt}: `, el('strong', {}, shownValue(check)), ` (${check.side} ${inUnit(check.unit, limit)})`),
    note(check.reason),
    check.findings.length > 0 &&
      el('ul', { class: 'findings' }, ...check.findings.map((/** @type {any} */ finding) => findingLine(finding, openRow))),
  )
}

/** @param {any} finding @param {(row: number) => void} openRow */
function findingLine({ what, phrase, rows, count: times }, openRow) {
  return el(
    'li',
    {},
    what,
    times !== undefined && ` (${count(times)})`,
    phrase !== undefined && el('q', { dir: 'auto' }, phrase),
    ' ',
    ...rowButtons(rows, openRow),
  )
}

/** @param {readonly number[]} rows @param {(row: number) => void} openRow */
function rowButtons(rows, openRow) {
  return rows.map((row) => el('button', { type: 'button', class: 'row-link', onclick: () => openRow(row) }, `cell ${count(row)}`))
}

function duplicates() {
  const { measures } = report
  return table(
    'Duplicates',
    [
      'texts',
      { text: 'equal words', number: true },
      { text: 'groups', number: true },
      { text: 'largest group', number: true },
      { text: 'nearly equal', number: true },
    ],
    ['prompt', 'response', 'whole'].map((side) => {
      const { duplicates: equal, near } = measures[side]
      return [
        side === 'whole' ? 'whole rows' : `${side}s`,
        count(equal.normalised),
        count(equal.groups),
        equal.groups === 0 ? '–' : count(equal.largestGroup),
        near ? count(near.removable) : '–',
      ]
    }),
  )
}

/** @param {string} title @param {string} of @param {string} list @param {(row: number) => void} openRow */
function phrases(title, of, list, openRow) {
  const lines = ['prompt', 'response'].flatMap((side) =>
    report.measures[side][of][list]
      .slice(0, 12)
      .map((/** @type {any} */ { phrase, rows, example }) => [
        el('q', { dir: 'auto' }, phrase),
        `${side}s`,
        count(rows),
        el('span', {}, ...rowButtons([example], openRow)),
      ]),
  )
  const body = lines.length === 0 ? note('None.') : table(title, ['phrase', 'in', { text: 'rows', number: true }, 'such as'], lines)
  return panel(title, body)
}

/** @param {readonly any[]} checks */
function checkTable(checks) {
  return table(
    'All checks of the whole set',
    [
      'check',
      'of',
      'looks at',
      { text: 'value', number: true },
      { text: 'warns', number: true },
      { text: 'fails', number: true },
      'verdict',
    ],
    checks.map((check) => [
      check.id,
      check.view ?? '',
      check.looksAt,
      check.value === undefined ? '' : shownValue(check),
      inUnit(check.unit, check.warn),
      inUnit(check.unit, check.fail),
      el(
        'span',
        { class: `status ${check.status}` },
        check.status === 'skipped' ? (check.skipped ?? '') : STATUS[/** @type {keyof typeof STATUS} */ (check.status)],
      ),
    ]),
  )
}

/** @param {any} check */
function shownValue({ unit, value }) {
  return inUnit(unit, value)
}

/** @param {string} unit @param {number | null | undefined} value */
function inUnit(unit, value) {
  return value === null || value === undefined ? '' : unit === 'share' ? percent(value) : decimal(value)
}
