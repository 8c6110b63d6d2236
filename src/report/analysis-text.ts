/** What `datagen analyze` prints for people: what the file is, what it is like, and what should be looked at. */
import type { MeasureCheck, MeasuredLengths, MeasuredText, MeasureFinding, MeasureReport } from '../events/measures.ts'
import { safeText } from '../util/safe-text.ts'
import type { AnalysisView } from './analysis-view.ts'
import { count, list, money, plural, tokens } from './format.ts'
import { cell, type Line, type Paper, type Span, type Style, write } from './line.ts'

const LABEL = 12 // columns for the words at the left
const INDENT = LABEL + 1
const DEFAULT_COLUMNS = 100
const MOST_TURNS = 4
const SYSTEM_COLUMNS = 60
const PHRASE_COLUMNS = 60

/** Lines joined by newlines, without one at the end. Everything from the file is made safe. */
export function analysisText(view: AnalysisView, paper: Paper): string {
  const { measures } = view
  return write(
    [
      ...fileLines(view),
      [],
      ...shapeLines(measures),
      ...tokenLines(view),
      ...coverageLines(measures),
      [],
      ...lengthLines(measures, paper.columns ?? DEFAULT_COLUMNS),
      [],
      ...similarityLines(measures),
      [],
      ...checkLines(measures),
    ],
    paper,
    INDENT,
  ).join('\n')
}

export function percent(share: number): string {
  const value = share * 100
  if (value === 0) return '0 %'
  if (value < 0.01) return '< 0.01 %'
  return `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1).replace('.0', '') : value.toFixed(0)} %`
}

export function fileSize(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte')
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${value < 10 ? value.toFixed(1) : count(value)} ${unit}`
}

const labelled = (label: string, ...spans: readonly Span[]): Line => [[` ${label.padEnd(LABEL)}`, 'dim'], ...spans]

/** A text of the file, on one line. */
function quoted(text: string, columns: number): string {
  return `“${safeText(text.replace(/\s+/g, ' ').trim(), { max: columns })}”`
}

function fileLines({ file, measures }: AnalysisView): Line[] {
  const formats = Object.entries(file.formats).sort(([, a], [, b]) => b - a)
  const packed = file.packing === 'none' ? '' : `, ${file.packing}`
  const lines: Line[] = [
    [' ', [file.name, 'bold'], `   ${formats.map(([id]) => id).join(' + ')}, ${file.layout}${packed}, ${fileSize(file.bytes)}`],
    labelled('rows', count(measures.rows), formats.length > 1 ? `: ${formats.map(([id, rows]) => `${count(rows)} ${id}`).join(', ')}` : ''),
  ]
  if (file.broken.rows > 0) {
    lines.push(labelled('unreadable', [plural(file.broken.rows, 'row'), 'red']))
    for (const { row, line, code, message } of file.broken.examples)
      lines.push([
        ' '.repeat(INDENT),
        [`row ${count(row)}${line === undefined || line === row ? '' : ` (line ${count(line)})`}: ${code} ${safeText(message)}`, 'dim'],
      ])
  }
  return lines
}

function shapeLines({ rows, shape, whole }: MeasureReport): Line[] {
  if (rows === 0) return []
  const { asks, contains, systemPrompts } = shape
  const kinds = Object.entries(shape.kinds)
  const asked = asks.question + asks.command + asks.statement
  const answered = rows - (shape.kinds['prompt'] ?? 0)
  const turns = shape.turns.toSorted((a, b) => b.rows - a.rows)
  const rest = turns.slice(MOST_TURNS).reduce((sum, turn) => sum + turn.rows, 0)
  const shares = (parts: readonly (readonly [name: string, n: number])[], of: number) =>
    parts.map(([name, n]) => `${name} ${percent(n / of)}`).join(' · ')
  const lines: Line[] = []
  if (kinds.length > 1 || kinds[0]?.[0] !== 'conversation')
    lines.push(labelled('kinds', kinds.map(([kind, n]) => `${count(n)} ${kind}`).join(' · ')))
  lines.push(
    labelled(
      'turns',
      [
        ...turns.slice(0, MOST_TURNS).map(({ turns: n, rows: has }) => `${count(n)} in ${plural(has, 'row')}`),
        ...(rest > 0 ? [`other in ${plural(rest, 'row')}`] : []),
      ].join(' · '),
    ),
  )
  if (shape.withSystem > 0) {
    const [first] = systemPrompts.top
    const different =
      systemPrompts.unique === 1 ? 'the same' : `${count(systemPrompts.unique)}${systemPrompts.unique >= 1000 ? ' or more' : ''} different`
    lines.push(labelled('system', `in ${plural(shape.withSystem, 'row')}, ${different}: `, first ? quoted(first.text, SYSTEM_COLUMNS) : ''))
  }
  if (asked > 0)
    lines.push(
      labelled(
        'asks',
        shares(
          [
            ['question', asks.question],
            ['command', asks.command],
            ['statement', asks.statement],
          ],
          asked,
        ),
      ),
    )
  if (answered > 0)
    lines.push(
      labelled(
        'answers',
        shares(
          [
            ['code', contains.code],
            ['lists', contains.list],
            ['headers', contains.header],
            ['tables', contains.table],
            ['JSON', contains.json],
          ],
          answered,
        ),
        shape.refusals + shape.disclaimers > 0 ? ` · refusals ${count(shape.refusals)} · “as an AI” ${count(shape.disclaimers)}` : '',
      ),
    )
  if (shape.withTools > 0) lines.push(labelled('tools', `in ${plural(shape.withTools, 'row')}, ${plural(shape.toolCalls, 'call')}`))
  if (shape.pairs)
    lines.push(
      labelled(
        'pairs',
        `${count(shape.pairs.rows)}; the preferred answer is longer in ${percent(shape.pairs.chosenLonger / shape.pairs.rows)}, shorter in ${percent(shape.pairs.rejectedLonger / shape.pairs.rows)}`,
      ),
    )
  if (shape.labels) lines.push(labelled('labels', `${count(shape.labels.good)} good, ${count(shape.labels.bad)} bad`))
  const languages = whole.languages.slice(0, 5).map(({ language, rows: n }) => `${language} ${percent(n / rows)}`)
  lines.push(labelled('languages', languages.join(' · '), [' (a guess by small words and scripts)', 'dim']))
  return lines
}

function tokenLines({ tokens: found }: AnalysisView): Line[] {
  const about = found.estimated ? '≈ ' : ''
  const other = found.other > 0 ? ` · other ${tokens(found.other)}` : ''
  const lines = [
    labelled('tokens', `${about}${tokens(found.total)}: prompts ${tokens(found.prompt)} · answers ${tokens(found.response)}${other}`, [
      ` (${found.tokenizer}${found.estimated ? ', by a sample' : ''})`,
      'dim',
    ]),
  ]
  if (found.cost)
    lines.push(labelled('cost', `${about}${money(found.cost.usd)} an epoch, at ${money(found.cost.usdPerMillion)} for a million tokens`))
  return lines
}

function coverageLines({ coverage }: MeasureReport): Line[] {
  if (!coverage) return []
  const ways = coverage.tway.map(({ t, covered, of }) => `${t}-way ${count(covered)} of ${count(of)}`)
  return [
    labelled('cells', `${ways.join(' · ')}`, coverage.inferred ? [' (of the values that occur)', 'dim'] : ''),
    ...coverage.dimensions.map(({ name, values }): Line => {
      const shown = values.slice(0, 8).map(({ id, rows }) => `${safeText(id, { max: 30 })} ${percent(rows / Math.max(1, coverage.cells))}`)
      return [' '.repeat(INDENT), [`${safeText(name, { max: 30 })}: ${shown.join(' · ')}${values.length > 8 ? ' · …' : ''}`, 'dim']]
    }),
  ]
}

const BARS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█']

function bar(share: number, columns: number): string {
  const eighths = Math.round(share * columns * 8)
  // Whatever is there is seen.
  const shown = share > 0 ? Math.max(1, eighths) : 0
  return '█'.repeat(Math.floor(shown / 8)) + (BARS[shown % 8] as string)
}

/** Two histograms side by side where there are prompts and answers, on bins that double. */
function lengthLines({ prompt, response }: MeasureReport, columns: number): Line[] {
  const sides = [
    ['prompts', prompt],
    ['answers', response],
  ].filter((side): side is [string, MeasuredText] => (side[1] as MeasuredText).words > 0)
  if (sides.length === 0) return []
  const half = Math.min(46, Math.floor((columns - INDENT) / sides.length) - 2)
  const froms = [...new Set(sides.flatMap(([, { lengths }]) => lengths.histogram.map(({ from }) => from)))].sort((a, b) => a - b)
  const widest = sides.map(([, { lengths }]) => Math.max(...lengths.histogram.map(({ rows }) => rows)))
  return [
    labelled('words', ...sides.map(([name, { lengths }]) => cell(`${name}: median ${spread(lengths)}`, half + 2))),
    ...froms.map((from): Line => {
      const to = Math.max(1, from * 2) - 1
      const label = from === 0 ? '0' : from === to ? count(from) : `${count(from)}–${count(to)}`
      return [
        [label.padStart(LABEL), 'dim'],
        ' ',
        ...sides.map(([, { lengths }], i) => {
          const rows = lengths.histogram.find((bin) => bin.from === from)?.rows ?? 0
          const room = half - 9
          return cell(rows === 0 ? '' : `${bar(rows / (widest[i] as number), room)} ${count(rows)}`, half + 2)
        }),
      ]
    }),
  ]
}

function spread({ p50, p05, p95 }: MeasuredLengths): string {
  return `${count(p50)}, 5–95 % ${count(p05)}–${count(p95)}`
}

function similarityLines({ prompt, response, whole, rows }: MeasureReport): Line[] {
  const views = [
    ['prompts', prompt],
    ['answers', response],
    ['whole rows', whole],
  ] as const
  const shown = views.filter(([, text]) => text.words > 0)
  const columns = [12, 11, 13, 13, 10]
  const row = (cells: readonly string[], style?: Style): Line => [
    [` ${(cells[0] as string).padEnd(LABEL)}`, 'dim'],
    ...cells.slice(1).map((text, i): Span => {
      const padded = cell(text, columns[i] as number, 'right')
      return style ? [padded as string, style] : padded
    }),
  ]
  return [
    row(['', 'duplicates', 'near ones', 'boilerplate', 'openings 10', 'brotli'], 'dim'),
    ...shown.map(([name, text]) =>
      row([
        name,
        share(text.duplicates.normalised, rows),
        text.near ? share(text.near.removable, rows) : '–',
        percent(text.boilerplate.coverage),
        percent(text.openings.top10Share),
        text === whole ? '–' : `${text.compression.brotli.toFixed(2)} ×`,
      ]),
    ),
  ]
}

function share(n: number, rows: number): string {
  return rows === 0 ? '–' : percent(n / rows)
}

const MARKS: { readonly [S in 'fail' | 'warn']: readonly [mark: string, style: Style] } = { fail: ['✖', 'red'], warn: ['!', 'yellow'] }

const MOST_FINDINGS = 3 // the rest is in --json

/** Failures first; what passed in one line, because nobody reads it. */
export function checkLines({ checks }: MeasureReport): Line[] {
  const by = (status: MeasureCheck['status']) => checks.filter((check) => check.status === status)
  const named = (of: readonly MeasureCheck[]) => list([...new Set(of.map(({ id }) => id))])
  const passed = by('pass')
  const skipped = by('skipped')
  const told = new Set<string>()
  const lines = [...by('fail'), ...by('warn')].flatMap((check) => remarkLines(check, told))
  if (passed.length > 0) lines.push([' ', ['✔', 'green'], ` ${plural(passed.length, 'check')} passed: ${named(passed)}`])
  if (skipped.length > 0) lines.push([' ', [`– ${plural(skipped.length, 'check')} not made: ${named(skipped)}`, 'dim']])
  return lines
}

const VIEW_NAMES = { prompt: 'prompts', response: 'answers', whole: 'whole rows' } as const

/** Phrases that another check has shown are not shown again. */
function remarkLines(check: MeasureCheck, told: Set<string>): Line[] {
  const [mark, style] = MARKS[check.status === 'fail' ? 'fail' : 'warn']
  const limit = check.status === 'fail' ? check.fail : check.warn
  const of = check.view ? ` of ${VIEW_NAMES[check.view]}` : ''
  const head = `  ${quantity(check.unit, check.value ?? 0)}, ${check.status}s ${check.side} ${quantity(check.unit, limit ?? 0)}`
  const fresh = check.findings.filter(({ phrase }) => phrase === undefined || !told.has(phrase)).slice(0, MOST_FINDINGS)
  for (const { phrase } of fresh) if (phrase !== undefined) told.add(phrase)
  return [
    [' ', [mark, style], ' ', [`${check.id}${of}`, 'bold'], head],
    ['   ', [check.looksAt, 'dim']],
    ...fresh.map(findingLine),
    ...(fresh.length === 0 && check.findings.length > 0 ? [['     ', ['the same phrases as above', 'dim']] as Line] : []),
  ]
}

function findingLine({ what, phrase, rows, count: many }: MeasureFinding): Line {
  const number = many ?? rows.length
  const numbers = `${rows.map(count).join(', ')}${number > rows.length ? ' …' : ''}`
  const where =
    number === 0 ? '' : rows.length === 0 ? plural(number, 'row') : number === 1 ? `row ${numbers}` : `${plural(number, 'row')}: ${numbers}`
  return [
    '     ',
    phrase === undefined ? '' : `${quoted(phrase, PHRASE_COLUMNS)} `,
    [[what, where].filter((part) => part !== '').join(' · '), 'dim'],
  ]
}

export function quantity(unit: MeasureCheck['unit'], value: number): string {
  return unit === 'share' ? percent(value) : unit === 'count' ? count(value) : value.toFixed(2)
}
