/** Coverage: how many accepted rows each value has, and each pair of values of two dimensions. */
import { cells, report, STATES } from './data.js'
import { byId, el, svg } from './dom.js'
import { count, percent, plural } from './numbers.js'
import { note, panel, scroller, table } from './tables.js'

const LEVELS = 7
const ACCEPTED = STATES.indexOf('accepted')

export function showCoverage() {
  const section = byId('coverage')
  const { dimensions, measures } = report
  const tway = measures.coverage?.tway ?? []
  section.append(
    el(
      'p',
      {},
      tway.length === 0
        ? 'No row is accepted yet.'
        : `Accepted rows have ${tway.map((/** @type {any} */ t) => `${count(t.covered)} of ${count(t.of)} ${['', 'values', 'pairs', 'triples'][t.t]}`).join(', ')} (of all combinations, those that constraints exclude too).`,
    ),
  )
  if (dimensions.length >= 2) section.append(pairPanel())
  section.append(panel('Values against their weights', valueTable()))
}

function pairPanel() {
  const { dimensions } = report
  const names = dimensions.map((/** @type {any} */ d) => d.name)
  const first = picker('rows', 'coverage-a', names, 0)
  const second = picker('columns', 'coverage-b', names, 1)
  const place = el('div')
  const draw = () => {
    const [a, b] = [Number(first.value), Number(second.value)]
    place.replaceChildren(a === b ? note('Choose two different dimensions.') : heatMap(a, b))
  }
  first.addEventListener('change', draw)
  second.addEventListener('change', draw)
  draw()
  return panel(
    'Pairs of dimensions',
    el('div', { class: 'controls' }, el('label', {}, 'Down', first), el('label', {}, 'Across', second)),
    place,
    el(
      'p',
      { class: 'legend' },
      el('span', { class: 'swatch empty' }, '0'),
      'planned, but no row accepted',
      el('span', { class: 'swatch none' }, '·'),
      'not planned',
    ),
  )
}

/** @param {string} label @param {string} id @param {readonly string[]} names @param {number} chosen @returns {HTMLSelectElement} */
function picker(label, id, names, chosen) {
  return /** @type {HTMLSelectElement} */ (
    el(
      'select',
      { id, 'aria-label': `Dimension of the ${label}` },
      ...names.map((name, i) => el('option', { value: i, selected: i === chosen }, name)),
    )
  )
}

/** @param {number} a @param {number} b */
function heatMap(a, b) {
  const [down, across] = [report.dimensions[a], report.dimensions[b]]
  const size = across.values.length
  const planned = new Uint32Array(down.values.length * size)
  const accepted = new Uint32Array(planned.length)
  for (let cell = 0; cell < cells.state.length; cell++) {
    const at = cells.values[a][cell] * size + cells.values[b][cell]
    planned[at]++
    if (cells.state[cell] === ACCEPTED) accepted[at]++
  }
  const most = accepted.reduce((x, y) => Math.max(x, y), 1)
  const level = (/** @type {number} */ n) => `heat h${Math.max(1, Math.ceil((n / most) * LEVELS))}`
  const empty = accepted.reduce((sum, n, at) => sum + (n === 0 && planned[at] > 0 ? 1 : 0), 0)
  const title = `Accepted rows by ${down.name} and ${across.name}`
  return el(
    'div',
    {},
    scroller(
      title,
      el(
        'table',
        { class: 'heatmap' },
        el('caption', { class: 'unseen' }, title),
        el(
          'thead',
          {},
          el('tr', {}, el('td', { class: 'corner' }), ...across.values.map((/** @type {any} */ v) => el('th', { scope: 'col' }, v.id))),
        ),
        el(
          'tbody',
          {},
          ...down.values.map((/** @type {any} */ value, /** @type {number} */ i) =>
            el(
              'tr',
              {},
              el('th', { scope: 'row' }, value.id),
              ...across.values.map((/** @type {any} */ other, /** @type {number} */ j) => {
                const [n, of] = [accepted[i * size + j], planned[i * size + j]]
                const kind = of === 0 ? 'none' : n === 0 ? 'empty' : level(n)
                return el(
                  'td',
                  { class: kind, title: `${value.id} × ${other.id}: ${count(n)} of ${count(of)} accepted` },
                  of === 0 ? '·' : count(n),
                )
              }),
            ),
          ),
        ),
      ),
    ),
    note(empty === 0 ? 'Every planned pair has an accepted row.' : `${plural(empty, 'planned pair')} without an accepted row.`),
  )
}

function valueTable() {
  const measured = report.measures.coverage?.dimensions ?? []
  const lines = measured.flatMap((/** @type {any} */ dimension) => {
    const rows = dimension.values.reduce((/** @type {number} */ sum, /** @type {any} */ v) => sum + v.rows, 0)
    return dimension.values.map((/** @type {any} */ { id, rows: own, target }, /** @type {number} */ i) => [
      el('span', { class: i === 0 ? undefined : 'again' }, dimension.name),
      id,
      count(own),
      percent(rows === 0 ? 0 : own / rows),
      percent(target),
      shareBar(rows === 0 ? 0 : own / rows, target),
    ])
  })
  if (lines.length === 0) return note('No row is accepted yet.')
  const number = (/** @type {string} */ text) => ({ text, number: true })
  return table(
    'Values against their weights',
    ['dimension', 'value', number('rows'), number('share'), number('should'), 'share, and where it should be'],
    lines,
  )
}

/** @param {number} share @param {number} target */
function shareBar(share, target) {
  return svg(
    'svg',
    { viewBox: '0 0 100 8', preserveAspectRatio: 'none', class: 'stack', 'aria-hidden': 'true' },
    svg('rect', { x: 0, y: 0, width: 100, height: 8, class: 'ground' }),
    svg('rect', { x: 0, y: 0, width: share * 100, height: 8, class: 'bar' }),
    svg('rect', { x: Math.min(99, target * 100), y: 0, width: 0.8, height: 8, class: 'goal' }),
  )
}
