/** The review screen as lines: a pure function of the card, the view and the terminal's size. */
import { safeText, width } from '../../util/safe-text.ts'
import { count } from '../format.ts'
import { type Line, lineWidth, type Paper, paint, type Span, spread, wrap } from '../line.ts'
import type { Card, CardQuestion } from './card.ts'
import type { Filter, Reach, View } from './view.ts'

export interface Screen extends Paper {
  readonly columns: number
  readonly rows: number
}

/** Where the reviewer is. */
export interface Progress {
  readonly dataset: string
  readonly by: string
  readonly filter: Filter
  /** From 1; 0 when nothing is shown. */
  readonly position: number
  readonly shown: number
  /** Rows that nobody has reviewed. */
  readonly left: number
}

export interface Frame {
  readonly lines: readonly string[]
  readonly reach: Reach
}

// A card's head must leave room for what the row says.
const MOST_FINDINGS = 4
const MOST_SCORES = 6
const MOST_VERDICTS = 4

/** One line fewer than the terminal has: a frame as tall as the screen is drawn by clearing it. */
export function frame(card: Card | undefined, view: View, progress: Progress, screen: Screen): Frame {
  const height = Math.max(3, screen.rows - 1)
  const foot = footer(view, card, screen)
  const top: Line[] = [title(progress, screen.columns), ...(card && view.panel === 'row' ? head(card, screen.columns) : []), rule(screen)]
  const room = Math.max(1, height - Math.min(top.length, height - foot.length - 2) - foot.length - 1)
  const body =
    view.panel === 'help' ? helpLines() : card ? conversation(card, screen.columns) : [[' nothing to review here; f shows other rows']]
  const last = Math.max(0, body.length - room)
  const scroll = view.panel === 'help' ? 0 : Math.min(view.scroll, last)
  const seen = body.slice(scroll, scroll + room)
  const lines: Line[] = [
    ...top.slice(0, Math.max(1, height - foot.length - 1 - room)),
    ...seen,
    ...Array.from({ length: Math.max(0, room - seen.length) }, (): Line => []),
    more(scroll, last - scroll, screen),
    ...foot,
  ]
  const questions = card?.questions ?? []
  const open = questions.findIndex(({ given }) => given === undefined)
  const reach = { last, page: Math.max(1, room - 1), scales: questions.map(({ levels }) => levels.length), open: Math.max(0, open) }
  return { lines: lines.slice(0, height).map((line) => paint(line, screen)), reach }
}

function title({ dataset, by, filter, position, shown, left }: Progress, columns: number): Line {
  const where: Span[] = [
    [`${count(position)} of ${count(shown)}`, 'bold'],
    [` ${filter}`, 'dim'],
    [`   ${count(left)} to review`, 'dim'],
  ]
  const start: Line = [' ', ['review', 'dim'], '  ', [dataset, 'bold']]
  for (const right of [
    [...where, [`   ${by} `, 'dim'] as const],
    [...where, ' '],
  ]) {
    const line = spread(start, right, columns)
    if (line !== start) return line
  }
  return [' ', ...where]
}

function rule({ columns }: Screen): Line {
  return [['─'.repeat(columns), 'dim']]
}

/** What stands above the conversation. */
function head(card: Card, columns: number): Line[] {
  const coordinates = card.cell.flatMap(([name, value], i): Span[] => [
    [`${i === 0 ? ' ' : '   '}${name} `, 'dim'],
    [value, 'bold'],
  ])
  const [first = [], ...others] = wrap(coordinates, columns, 1)
  const state: Span = card.accepted === undefined ? ['judged', 'dim'] : card.accepted ? ['accepted', 'green'] : ['rejected', 'red']
  const edited: Span[] = card.editedBy === undefined ? [] : [['   edited by ', 'dim'], card.editedBy]
  const lines: Line[] = [first, ...others.slice(0, 1), [' ', state, ...edited, [`   batch ${card.batch}`, 'dim']]]
  for (const { check, severity, message } of card.findings.slice(0, MOST_FINDINGS))
    lines.push([' ', [severity === 'reject' ? '✖' : '!', severity === 'reject' ? 'red' : 'yellow'], ` ${check}: ${message}`])
  if (card.findings.length > MOST_FINDINGS) lines.push([[`   … and ${card.findings.length - MOST_FINDINGS} more`, 'dim']])
  for (const [check, value] of card.scores.slice(0, MOST_SCORES)) lines.push([' ', ['judge ', 'dim'], [check, 'cyan'], `  ${value}`])
  if (card.blind) lines.push([' ', ['judge ', 'dim'], ['kept back until you have spoken: j gives levels, a and r a verdict', 'dim']])
  if (card.conflict !== undefined) lines.push([' ', ['conflict', 'yellow', 'bold'], `  ${card.conflict}; K keeps the edit, D drops it`])
  for (const { by, verdict, text } of card.verdicts.slice(-MOST_VERDICTS))
    lines.push([' ', [WORDS[verdict], STYLES[verdict]], ` by ${by}`, ...(text === undefined ? [] : [`: ${text}`])])
  return lines
}

const WORDS = { accept: '✔ accepted', reject: '✖ rejected', comment: '» comment', score: '≡ levels', edit: '✎ edited' } as const
const STYLES = { accept: 'green', reject: 'red', comment: 'cyan', score: 'cyan', edit: 'yellow' } as const

const INDENT = '   '
const TAB = '    '

/** Every line of every message, broken to fit; whatever a model wrote is made safe first. */
export function conversation({ messages }: Pick<Card, 'messages'>, columns: number): Line[] {
  return messages.flatMap(({ role, content }, i): Line[] => [
    ...(i === 0 ? [] : [[]]),
    [' ', [role, role.endsWith('assistant') ? 'green' : role === 'user' ? 'cyan' : 'dim', 'bold']],
    ...content
      .split('\n')
      .flatMap((line) =>
        broken(safeText(line.replaceAll('\t', TAB)), columns - INDENT.length - 1).map((part): Line => [`${INDENT}${part}`]),
      ),
  ])
}

/** Breaks at blanks where it can; a word that is longer than a line is cut to pieces, so that nothing is lost. */
export function broken(text: string, columns: number): string[] {
  if (width(text) <= columns) return [text]
  const indent = (/^ */.exec(text)?.[0] ?? '').slice(0, Math.floor(columns / 2))
  const parts: string[] = []
  let line = ''
  for (const word of text.match(/ +|[^ ]+/g) ?? []) {
    if (width(line) + width(word) <= columns) {
      line += word
      continue
    }
    if (word.startsWith(' ')) {
      parts.push(line)
      line = indent
      continue
    }
    if (line.trim() !== '') {
      parts.push(line.trimEnd())
      line = indent
    }
    for (const { segment } of graphemes(word)) {
      if (width(line) + width(segment) > columns) {
        if (line.trim() !== '') parts.push(line)
        line = indent
      }
      line += segment
    }
  }
  if (line.trim() !== '') parts.push(line)
  return parts
}

function graphemes(word: string): Iterable<{ readonly segment: string }> {
  return new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(word)
}

function more(above: number, below: number, screen: Screen): Line {
  if (above === 0 && below === 0) return rule(screen)
  const words = ` ${above > 0 ? `↑ ${count(above)} ` : ''}${below > 0 ? `↓ ${count(below)} more, space scrolls ` : ''}`
  return [
    ['─'.repeat(2), 'dim'],
    [words, 'cyan'],
    ['─'.repeat(Math.max(0, screen.columns - 2 - width(words))), 'dim'],
  ]
}

/** Of two keys, the one with the higher rank gives way first. */
type Key = readonly [key: string, word: string, rank: number]
const LEAST = 4

const KEYS: readonly Key[] = [
  ['a', 'accept', 1],
  ['r', 'reject', 1],
  ['e', 'edit', 2],
  ['c', 'comment', 3],
  ['j', 'levels', 2],
  ['n', 'next', 2],
  ['p', 'back', 3],
  ['u', 'undo', 3],
  ['f', 'filter', 4],
  ['?', 'help', 1],
  ['q', 'quit', 1],
]

/** Two lines: what came of the last key or what is being typed, and the keys. */
function footer({ typing, message, scoring }: View, card: Card | undefined, { columns }: Screen): Line[] {
  const said: Line = message ? [' ', [message.text, message.bad ? 'red' : 'green']] : []
  if (typing) {
    const label = typing.what === 'reject' ? ' why rejected? ' : ' comment: '
    // The end of what is typed is what its author looks at.
    const room = Math.max(4, columns - width(label) - 2)
    let shown = safeText(typing.text)
    while (width(shown) > room) shown = shown.slice(Math.max(1, shown.length - room))
    return [message ? said : [[' Enter saves, Esc leaves', 'dim']], [[label, 'bold'], shown, ['▏', 'cyan']]]
  }
  const question = scoring === undefined ? undefined : card?.questions?.[scoring]
  if (question) return [said, ...questionLines(question, scoring ?? 0, card?.questions?.length ?? 0, columns)]
  const askable = (card?.questions ?? []).length > 0
  const shown = KEYS.filter(([key]) => (card !== undefined || 'fq?'.includes(key)) && (key !== 'j' || askable))
  return [said, keyLine(shown, columns)]
}

const MOST_GUIDE_LINES = 2

/** A criterion with its levels, each under the key that gives it. */
function questionLines({ id, guide, about, levels, given }: CardQuestion, at: number, of: number, columns: number): Line[] {
  const widest = Math.max(...levels.map((level) => level.id.length))
  const cut = broken(safeText(guide), columns - 2)
  return [
    [' ', [id, 'bold'], [`   ${at + 1} of ${of}${about === undefined ? '' : `   ${about}`}`, 'dim']],
    ...cut
      .slice(0, MOST_GUIDE_LINES)
      .map((line, i): Line => [` ${line}${i === MOST_GUIDE_LINES - 1 && cut.length > MOST_GUIDE_LINES ? ' …' : ''}`]),
    ...levels.map(
      (level, i): Line => [
        [given === i ? ' ✔' : '  ', 'green'],
        [`${i + 1} `, 'bold'],
        [level.id.padEnd(widest), 'cyan'],
        [`  ${safeText(level.guide)}`, 'dim'],
      ],
    ),
    [
      [` 1–${levels.length}`, 'bold'],
      [' level ', 'dim'],
      [' 0', 'bold'],
      [' none ', 'dim'],
      [' n p', 'bold'],
      [' next, back ', 'dim'],
      [' Esc', 'bold'],
      [' done', 'dim'],
    ],
  ]
}

/** Keys that have no room give way; help names them all. */
function keyLine(keys: readonly Key[], columns: number): Line {
  for (let rank = LEAST; rank > 0; rank--) {
    const line = keys
      .filter((key) => key[2] <= rank)
      .flatMap(([key, word]): Span[] => [
        [` ${key}`, 'bold'],
        [` ${word} `, 'dim'],
      ])
    if (lineWidth(line) <= columns) return line
  }
  return [[' ? help', 'dim']]
}

const HELP: readonly (readonly [key: string, what: string])[] = [
  ['a', 'accept: also over the checks that are against the row now'],
  ['r', 'reject; asks for the reason, which later prompts can learn from'],
  ['e', 'edit in $VISUAL or $EDITOR: the row stays as you leave it'],
  ['c', 'comment: for other people, changes nothing'],
  ['j', 'judge it yourself: a level for each criterion of the judges, before you see theirs'],
  ['n → p ←', 'next, previous'],
  ['s', 'skip to the next row that nobody has reviewed'],
  ['g G', 'first, last'],
  ['f', 'filter: unreviewed, all, rejected, conflicts'],
  ['↑ ↓ space b', 'scroll by a line, by a page'],
  ['u', 'undo what you did last in this session'],
  ['K D', 'of an edit in conflict: keep it, drop it'],
  ['q', 'quit: everything is saved already; `datagen build` takes it up'],
]

function helpLines(): Line[] {
  return HELP.map(([key, what]): Line => ['   ', [key.padEnd(12), 'bold'], what])
}
