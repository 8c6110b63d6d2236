/** The ledger of every cell, and a browser over their rows: filters, search, one conversation at a time. */
import { batchLabel, cells, labelOf, report, rows, STATE_WORDS, STATES } from './data.js'
import { byId, el } from './dom.js'
import { virtualList } from './list.js'
import { count, money, plural } from './numbers.js'
import { stateName } from './overview.js'
import { showRow } from './row.js'

const PAUSE_MS = 150
/** Cells looked through before the page may breathe. */
const SLICE = 4000

const ORDERS = /** @type {const} */ ([
  ['plan', 'as planned', undefined],
  ['dear', 'dearest first', (/** @type {number} */ a, /** @type {number} */ b) => cells.usd[b] - cells.usd[a]],
  ['long', 'longest first', (/** @type {number} */ a, /** @type {number} */ b) => cells.chars[b] - cells.chars[a]],
  ['short', 'shortest first', (/** @type {number} */ a, /** @type {number} */ b) => cells.chars[a] - cells.chars[b]],
])

/** Cells that are shown now, in the order shown. */
let found = new Uint32Array()
let asked = 0
/** @type {ReturnType<typeof columns>} */
let shownColumns = []
/** @type {ReturnType<typeof virtualList>} */
let list
/** @type {HTMLElement} */
let detail
/** @type {HTMLElement} */
let told
/** @type {{ search: HTMLInputElement, state: HTMLSelectElement, batch: HTMLSelectElement, code: HTMLSelectElement, order: HTMLSelectElement, values: HTMLSelectElement[] }} */
let controls

export function showCells() {
  shownColumns = columns()
  detail = el(
    'div',
    { class: 'detail', role: 'region', 'aria-label': 'The chosen cell', tabindex: '0' },
    el('p', { class: 'note' }, 'Choose a cell to read it.'),
  )
  told = el('p', { class: 'note', role: 'status' })
  list = virtualList({
    label: 'Cells',
    line: lineOf,
    onChoose: (place) => showRow(detail, /** @type {number} */ (found[place]), controls.search.value.trim()),
    onEnter: () => detail.focus(),
  })
  controls = {
    search: /** @type {HTMLInputElement} */ (el('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false' })),
    state: choice(
      STATES.map((state, i) => [String(i), STATE_WORDS[/** @type {keyof typeof STATE_WORDS} */ (state)]]),
      'verdict',
    ),
    batch: choice(
      report.batches.map((/** @type {any} */ batch, /** @type {number} */ i) => [String(i), batchLabel(batch)]),
      'batch',
    ),
    code: choice(
      [...new Set(cells.whys.map((/** @type {any} */ why) => why[0]))].map((code) => [code, code]),
      'reason',
    ),
    order: /** @type {HTMLSelectElement} */ (el('select', {}, ...ORDERS.map(([id, text]) => el('option', { value: id }, text)))),
    values: report.dimensions.map((/** @type {any} */ d) =>
      choice(
        d.values.map((/** @type {any} */ value, /** @type {number} */ i) => [String(i), value.id]),
        d.name,
      ),
    ),
  }
  let timer = 0
  controls.search.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(search, PAUSE_MS)
  })
  for (const select of [controls.state, controls.batch, controls.code, controls.order, ...controls.values])
    select.addEventListener('change', search)
  const field = (/** @type {string} */ name, /** @type {Node} */ control) => el('label', {}, name, control)
  const frame = el('div', { class: 'list-frame' }, headLine(), list.element)
  frame.style.setProperty('--columns', shownColumns.map(([, width]) => width).join(' '))
  byId('cells').append(
    el(
      'div',
      { class: 'controls', role: 'search', 'aria-label': 'Filter cells' },
      el('label', { class: 'wide' }, 'Search texts, cells and reasons', controls.search),
      field('Verdict', controls.state),
      field('Batch', controls.batch),
      field('Reason', controls.code),
      ...controls.values.map((select, d) => field(report.dimensions[d].name, select)),
      field('Order', controls.order),
      el('button', { type: 'button', onclick: clear }, 'Clear'),
    ),
    told,
    el('div', { class: 'browser' }, frame, detail),
  )
  return search()
}

/** @param {readonly (readonly string[])[]} options @param {string} what @returns {HTMLSelectElement} */
function choice(options, what) {
  return /** @type {HTMLSelectElement} */ (
    el(
      'select',
      { 'aria-label': what },
      el('option', { value: '' }, 'all'),
      ...options.map(([value, text]) => el('option', { value }, text ?? '')),
    )
  )
}

function clear() {
  controls.search.value = ''
  controls.order.value = 'plan'
  for (const select of [controls.state, controls.batch, controls.code, ...controls.values]) select.value = ''
  return search()
}

/** Finds what the controls ask for; whoever asks again meanwhile is served instead. */
export async function search() {
  const mine = ++asked
  const words = controls.search.value.trim().toLowerCase()
  const tests = filters()
  const out = new Uint32Array(cells.state.length)
  let size = 0
  for (let cell = 0; cell < cells.state.length; cell++) {
    if (tests.every(([column, value]) => column[cell] === value) && codeFits(cell) && (words === '' || says(cell, words)))
      out[size++] = cell
    if (words === '' || cell % SLICE !== SLICE - 1) continue
    told.textContent = `searching … ${count(cell + 1)} of ${count(cells.state.length)}`
    await new Promise((resolve) => setTimeout(resolve))
    if (mine !== asked) return
  }
  found = out.slice(0, size)
  const by = ORDERS.find(([id]) => id === controls.order.value)?.[2]
  if (by) found = Uint32Array.from(Array.from(found).sort((a, b) => by(a, b) || a - b))
  told.textContent = `${plural(found.length, 'cell')} of ${count(cells.state.length)}${embeddedWords()}`
  list.show(found.length)
}

/** @returns {(readonly [ArrayLike<number>, number])[]} */
function filters() {
  const one = (/** @type {HTMLSelectElement} */ select, /** @type {ArrayLike<number>} */ column) =>
    select.value === '' ? [] : [/** @type {const} */ ([column, Number(select.value)])]
  return [
    ...one(controls.state, cells.state),
    ...one(controls.batch, cells.batch),
    ...controls.values.flatMap((select, d) => one(select, cells.values[d])),
  ]
}

/** @param {number} cell */
function codeFits(cell) {
  return controls.code.value === '' || cells.whys[cells.why[cell] - 1]?.[0] === controls.code.value
}

/** @param {number} cell @param {string} words */
function says(cell, words) {
  const why = cells.whys[cells.why[cell] - 1]
  if (labelOf(cell).toLowerCase().includes(words) || why?.join(' ').toLowerCase().includes(words)) return true
  const row = rows[cell]
  if (!row) return false
  const holds = (/** @type {any} */ [, content]) => content?.toLowerCase().includes(words)
  return row[0].some(holds) || (row[1] !== 0 && row[1].some(holds))
}

function embeddedWords() {
  const { cut, limit } = cells.embedded
  if (rows.length < cells.state.length) return `; rows are being unpacked (${count(rows.length)})`
  return cut > 0 ? `; the texts of ${plural(cut, 'row')} are cut off after ${count(limit)} characters, and searched as far as that` : ''
}

/** Columns that have something to say, with their widths. @returns {(readonly [name: string, width: string])[]} */
function columns() {
  const used = (/** @type {readonly number[]} */ column) => column.some((value) => value > 0)
  return [
    ['number', '3.4rem'],
    ['verdict', '5.4rem'],
    ['cell', 'minmax(7rem, 3fr)'],
    ...(report.batches.length > 1 ? [/** @type {const} */ (['batch', 'minmax(3rem, 1fr)'])] : []),
    ...(used(cells.why) || used(cells.warned) ? [/** @type {const} */ (['reason', 'minmax(4rem, 2fr)'])] : []),
    ...(used(cells.tokens) ? [/** @type {const} */ (['tokens', '3.4rem'])] : []),
    ...(used(cells.usd) ? [/** @type {const} */ (['paid', '4.8rem'])] : []),
  ]
}

function headLine() {
  return el(
    'div',
    { class: 'option head', 'aria-hidden': 'true' },
    ...shownColumns.map(([name]) => el('span', { class: `of-${name}` }, name === 'number' ? '#' : name)),
  )
}

/** @param {number} place */
function lineOf(place) {
  const cell = /** @type {number} */ (found[place])
  return shownColumns.map(([name]) => {
    const said = saidOf(name, cell)
    return el('span', { class: `of-${name}`, title: typeof said === 'string' ? said : undefined }, said)
  })
}

/** @param {string} column @param {number} cell @returns {string | Node} */
function saidOf(column, cell) {
  const state = stateName(cells.state[cell])
  switch (column) {
    case 'number':
      return count(cell + 1)
    case 'verdict':
      return el('span', { class: `state ${state}` }, STATE_WORDS[state])
    case 'cell':
      return labelOf(cell)
    case 'batch':
      return batchLabel(report.batches[cells.batch[cell]])
    case 'tokens':
      return cells.tokens[cell] > 0 ? count(cells.tokens[cell]) : ''
    case 'paid':
      return cells.usd[cell] > 0 ? money(cells.usd[cell] / 1e9) : ''
    default:
      return reasonOf(cell, state)
  }
}

/** @param {number} cell @param {string} state */
function reasonOf(cell, state) {
  const why = cells.whys[cells.why[cell] - 1]
  if (!why) return cells.warned[cell] ? 'accepted with a warning' : ''
  return state === 'pending' ? why[1] : why.filter((/** @type {string} */ part) => part !== '').join(': ')
}

/** Brings a cell to view, from wherever it is named. @param {number} row from 1 */
export async function openRow(row) {
  let place = found.indexOf(row - 1)
  if (place < 0) {
    await clear()
    place = found.indexOf(row - 1)
  }
  byId('cells').scrollIntoView()
  list.choose(place)
  list.element.focus({ preventScroll: true })
}

/** Rows have come in. */
export function rowsArrived() {
  if (controls.search.value === '') told.textContent = `${plural(found.length, 'cell')} of ${count(cells.state.length)}${embeddedWords()}`
}
