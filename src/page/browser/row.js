/** One cell as it is read: what became of it, its conversation, its scores. */
import { batchLabel, cells, labelOf, report, rows, STATE_WORDS } from './data.js'
import { el, visible } from './dom.js'
import { count, money } from './numbers.js'
import { stateName } from './overview.js'

/** A text of a million characters takes a browser seconds to lay out. */
const SHOWN = 20_000
const MOST_MARKS = 500

/** @param {HTMLElement} place @param {number} cell @param {string} words those searched for, to be marked */
export function showRow(place, cell, words) {
  const state = stateName(cells.state[cell])
  const why = cells.whys[cells.why[cell] - 1]
  const row = rows[cell]
  const facts = [
    batchLabel(report.batches[cells.batch[cell]]),
    ...(cells.tokens[cell] > 0 ? [`${count(cells.tokens[cell])} tokens`] : []),
    ...(cells.usd[cell] > 0 ? [money(cells.usd[cell] / 1e9)] : []),
    ...branchWords(cell),
    ...(row && row[2] !== 0 ? [`written by ${row[2]}`] : []),
  ]
  place.replaceChildren(
    el('h3', {}, labelOf(cell)),
    el('p', { class: 'facts' }, el('span', { class: `state ${state}` }, STATE_WORDS[state]), ...facts.map((fact) => el('span', {}, fact))),
    ...(why ? [el('p', { class: 'why' }, state === 'pending' ? why[1] : `${why[0]}${why[1] ? `: ${why[1]}` : ''}`)] : []),
    ...(row ? conversation(row, words) : [el('p', { class: 'note' }, rowlessWords(cell, state))]),
  )
  place.scrollTop = 0
}

/** @param {number} cell */
function branchWords(cell) {
  return report.dimensions.flatMap((/** @type {any} */ d, /** @type {number} */ i) =>
    d.branch ? [`${d.name}: ${d.values[cells.values[i][cell]]?.id ?? '?'}`] : [],
  )
}

/** @param {number} cell @param {string} state */
function rowlessWords(cell, state) {
  if (cell >= rows.length) return 'Its row is being unpacked.'
  if (state === 'pending') return 'It has no row yet.'
  return state === 'failed'
    ? 'It has no row: the next build asks again.'
    : `No row was made. What came back: datagen show response "${labelOf(cell)}"`
}

/** @param {any} row @param {string} words */
function conversation([messages, rejected, , cut, scores], words) {
  return [
    ...messages.map((/** @type {any} */ message) => said(message, words)),
    ...(rejected === 0
      ? []
      : [el('h4', {}, 'Rejected alternative'), ...rejected.map((/** @type {any} */ message) => said(message, words, 'lost'))]),
    ...(cut ? [el('p', { class: 'note' }, `Cut off after ${count(cells.embedded.limit)} characters; the output file has it whole.`)] : []),
    ...(scores === 0
      ? []
      : scores.map((/** @type {any} */ { judge, value }) =>
          el(
            'div',
            { class: 'message' },
            el('h4', {}, `Judge ${judge}`),
            el('pre', { class: 'text' }, typeof value === 'string' ? value : JSON.stringify(value, null, 2)),
          ),
        )),
  ]
}

/** @param {any} message @param {string} words @param {string} [kind] */
function said([role, content, calls], words, kind = '') {
  const text = el('div', { class: 'text', dir: 'auto' })
  fill(text, content ?? '', words)
  return el(
    'div',
    { class: `message ${kind} ${['user', 'assistant', 'system', 'tool'].includes(role) ? role : ''}` },
    el('h4', {}, role),
    text,
    calls && el('pre', { class: 'text' }, JSON.stringify(calls, null, 2)),
  )
}

/** @param {HTMLElement} place @param {string} content @param {string} words */
function fill(place, content, words) {
  if (content.length <= SHOWN) return place.replaceChildren(...marked(visible(content), words))
  const more = el(
    'button',
    { type: 'button', onclick: () => place.replaceChildren(...marked(visible(content), words)) },
    `Show all ${count(content.length)} characters`,
  )
  place.replaceChildren(...marked(visible(content.slice(0, SHOWN)), words), el('br'), more)
}

/** @param {string} text @param {string} words */
function marked(text, words) {
  if (words === '') return [text]
  const [low, wanted] = [text.toLowerCase(), words.toLowerCase()]
  // Some letters change their length when they become small: then places do not compare.
  if (low.length !== text.length) return [text]
  const parts = []
  let from = 0
  for (let at = low.indexOf(wanted); at >= 0 && parts.length < 2 * MOST_MARKS; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), el('mark', {}, text.slice(at, at + wanted.length)))
    from = at + wanted.length
  }
  return [...parts, text.slice(from)]
}
