/** How long the accepted rows are, in words and in tokens, and what they are like. */
import { lengthChart, lineChart } from './charts.js'
import { report } from './data.js'
import { byId, el } from './dom.js'
import { count, decimal, percent } from './numbers.js'
import { note, panel, table } from './tables.js'

const SIDES = /** @type {const} */ ([
  ['prompt', 'What the user says'],
  ['response', 'What the assistant says'],
  ['whole', 'Whole rows'],
])

export function showTexts() {
  const { measures, tokens } = report
  const section = byId('lengths')
  if (measures.rows === 0) return section.append(note('No row is accepted yet.'))
  section.append(
    el(
      'div',
      { class: 'charts' },
      ...SIDES.map(([side, title]) =>
        panel(
          `${title}, words`,
          lengthChart(measures[side].lengths, `${title}: rows by number of words`),
          note(spread(measures[side].lengths)),
        ),
      ),
      ...tokens.map((/** @type {any} */ { step, of, lengths }) =>
        panel(
          `Step ${step}, ${of} tokens`,
          lengthChart(lengths, `Step ${step}: answers by ${of} tokens`),
          note(`${spread(lengths)}; as the provider counted`),
        ),
      ),
      ...(measures.drift
        ? [
            panel(
              'Words of an answer, from first to last row',
              lineChart(measures.drift.lengths, 'Mean words of an answer in twenty windows'),
            ),
            panel('Variety, from first to last row', lineChart(measures.drift.variety, 'Share of different word pairs in twenty windows')),
          ]
        : []),
    ),
    panel('What the rows are like', manner()),
  )
}

/** @param {any} lengths */
function spread({ min, p05, p50, p95, max }) {
  return `half have up to ${count(p50)}, nine in ten ${count(p05)} to ${count(p95)}, all ${count(min)} to ${count(max)}`
}

function manner() {
  const { shape, rows, prompt, response } = report.measures
  const of = (/** @type {number} */ n) => `${count(n)} (${percent(rows === 0 ? 0 : n / rows)})`
  const lines = [
    [
      'the user asks a question, gives a command, makes a statement',
      `${of(shape.asks.question)}, ${of(shape.asks.command)}, ${of(shape.asks.statement)}`,
    ],
    [
      'answers with code, a list, headers, a table, JSON',
      `${['code', 'list', 'header', 'table', 'json'].map((kind) => of(shape.contains[kind])).join(', ')}`,
    ],
    [
      'messages of a conversation, without the system prompt',
      shape.turns.map((/** @type {any} */ t) => `${count(t.turns)}: ${of(t.rows)}`).join(', '),
    ],
    ['system prompts', `${of(shape.withSystem)}, ${count(shape.systemPrompts.unique)} different`],
    ['refusals, disclaimers', `${of(shape.refusals)}, ${of(shape.disclaimers)}`],
    ['languages of the prompts', prompt.languages.map((/** @type {any} */ l) => `${l.language} ${count(l.rows)}`).join(', ')],
    ['languages of the answers', response.languages.map((/** @type {any} */ l) => `${l.language} ${count(l.rows)}`).join(', ')],
    ['different words in prompts, in answers', `${count(prompt.vocabulary)}, ${count(response.vocabulary)}`],
    ['brotli ratio of prompts, of answers', `${decimal(prompt.compression.brotli)}, ${decimal(response.compression.brotli)}`],
  ]
  return table(
    'What the rows are like',
    ['what', 'rows'],
    lines.filter(([, value]) => value !== ''),
  )
}
