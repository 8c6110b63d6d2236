/** What was asked and what came. */
import { stack } from './charts.js'
import { batchLabel, report, STATE_WORDS, STATES } from './data.js'
import { byId, el } from './dom.js'
import { count, money, percent, plural } from './numbers.js'
import { note, panel, table } from './tables.js'

const ORDER = ['accepted', 'rejected', 'failed', 'pending']

export function showOverview() {
  const { counts, batches, outputs, cost } = report
  const { waiting = 0 } = counts
  const toAsk = counts.pending - waiting
  const share = counts.items === 0 ? 0 : counts.accepted / counts.items
  byId('overview').append(
    el(
      'dl',
      { class: 'tiles' },
      tile('cells planned', count(counts.items)),
      tile('accepted', `${count(counts.accepted)}`, percent(share), 'accepted'),
      tile('rejected', count(counts.rejected), undefined, counts.rejected > 0 ? 'rejected' : ''),
      tile('failed', count(counts.failed), undefined, counts.failed > 0 ? 'failed' : ''),
      tile('still to ask', count(toAsk), undefined, toAsk > 0 ? 'pending' : ''),
      ...(waiting > 0 ? [tile('waiting for batch jobs', count(waiting), undefined, 'pending')] : []),
      tile('paid for the rows', money(cost.rows.usd), unpricedWords(cost.rows)),
    ),
    stack(partsOf(counts)),
    el(
      'p',
      { class: 'legend' },
      ...ORDER.map((state) => el('span', { class: `key ${state}` }, STATE_WORDS[/** @type {keyof typeof STATE_WORDS} */ (state)])),
    ),
    panel('Batches', batchTable(batches), ...batches.filter((/** @type {any} */ b) => b.toCome).map(toComeNote)),
    panel('Why cells are not accepted', problems()),
    panel(
      'Outputs',
      table(
        'Outputs',
        ['output', 'file', 'format', 'batches'],
        outputs.map((/** @type {any} */ o) => [o.output, o.path, o.format, o.batches.join(', ')]),
      ),
    ),
  )
}

/** @param {any} spending */
function unpricedWords({ unpriced, answers }) {
  return unpriced > 0 ? (unpriced === answers ? 'no prices known' : `${count(unpriced)} answers without a price`) : undefined
}

/** @param {string} name @param {string} value @param {string} [more] @param {string} [state] */
function tile(name, value, more, state) {
  return el(
    'div',
    { class: 'tile' },
    el('dt', {}, name),
    el('dd', { class: state ? `text-${state}` : undefined }, value, more && el('small', {}, more)),
  )
}

/** @param {any} counts */
function partsOf(counts) {
  return ORDER.map((name) => ({ name, word: STATE_WORDS[/** @type {keyof typeof STATE_WORDS} */ (name)], value: counts[name] }))
}

/** @param {readonly any[]} batches */
function batchTable(batches) {
  const number = (/** @type {string} */ text) => ({ text, number: true })
  return table(
    'Batches',
    [
      'batch',
      'of its cells',
      number('planned'),
      number('accepted'),
      number('rejected'),
      number('failed'),
      number('to ask'),
      'rejected by',
      number('paid'),
    ],
    batches.map((batch) => [
      el('span', {}, batchLabel(batch), batch.gaps && el('small', { class: 'tag' }, 'fills gaps')),
      stack(partsOf(batch)),
      count(batch.items),
      count(batch.accepted),
      count(batch.rejected),
      count(batch.failed),
      count(batch.pending),
      Object.entries(batch.rejectedBy)
        .map(([check, times]) => `${check} ${count(/** @type {number} */ (times))}`)
        .join(', '),
      money(batch.usd),
    ]),
  )
}

/** @param {any} batch */
function toComeNote({ batch, toCome }) {
  const waits =
    toCome.waitsFor.length > 0 ? `, once ${toCome.waitsFor.join(' and ')} ${toCome.waitsFor.length === 1 ? 'is' : 'are'} complete` : ''
  return note(`${batch}: ${plural(toCome.atMost, 'further cell')} at most${waits}.`)
}

function problems() {
  if (report.problems.length === 0) return note('Every cell is accepted.')
  return table(
    'Why cells are not accepted',
    ['state', 'reason', 'in words', { text: 'cells', number: true }],
    report.problems.map((/** @type {any} */ { state, code, message, count: times }) => [
      el('span', { class: `state ${state}` }, STATE_WORDS[/** @type {keyof typeof STATE_WORDS} */ (state)]),
      code === STATE_WORDS.pending ? '' : code,
      message,
      count(times),
    ]),
  )
}

export const stateName = (/** @type {number} */ state) => /** @type {keyof typeof STATE_WORDS} */ (STATES[state])
