/** docs/benchmarks.md: one table a topic, a row a measurement; what was not measured this time stays as it was. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

export interface Row {
  readonly topic: string
  readonly what: string
  /** Left out: it does not depend on a size. */
  readonly cells?: number
  readonly measured: string
  /** What was measured beside it in the same run, and how it compares. */
  readonly floor: string
  readonly ratio: string
  readonly target: string
  /** Undefined: there is no target, or none for this size. */
  readonly met?: boolean
}

const COLUMNS = ['what', 'cells', 'measured', 'floor', 'ratio', 'target', 'met', 'on'] as const

/** Topics in the order they are shown. */
const TOPICS: readonly string[] = [
  'Nothing to do',
  'An edit',
  'Everything is kept',
  'Asking',
  'The engine alone',
  'Throughput',
  'Slow calls, made twice',
  'Watching',
  'Looking',
  'Memory',
]

/** Writes after each row: a run that is interrupted keeps what it has measured. */
export class Report {
  readonly #path: string
  readonly #command: string
  readonly #date: string
  readonly #tables: Map<string, string[][]>

  constructor(path: string, command: string, now: Date) {
    this.#path = path
    this.#command = command
    this.#date = now.toISOString().slice(0, 10)
    this.#tables = existsSync(path) ? tablesOf(readFileSync(path, 'utf8')) : new Map()
  }

  add(row: Row): void {
    const line = [
      row.what,
      row.cells?.toLocaleString('en') ?? '',
      row.measured,
      row.floor,
      row.ratio,
      row.target,
      row.met === undefined ? '' : row.met ? '✔' : '✖',
      this.#date,
    ]
    const table = this.#tables.get(row.topic) ?? []
    const at = table.findIndex(([what, cells]) => what === row.what && cells === line[1])
    if (at >= 0) table[at] = line
    else table.push(line)
    this.#tables.set(row.topic, bySize(table))
    this.#write()
  }

  #write(): void {
    const topics = [...this.#tables].sort(([a], [b]) => place(a) - place(b))
    const text = [
      '# Benchmarks',
      '',
      `Last run: \`${this.#command}\` on ${this.#date}: ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}.`,
      'Each row says when it was measured; a run replaces the rows it measures and leaves the others.',
      'Times are medians. "node" is a bare `node -e 0`, run in turns with what stands beside it; every other floor is named. Compare ratios, not numbers: machines are noisy.',
      '',
      ...topics.flatMap(([topic, lines]) => [`## ${topic}`, '', ...table(lines), '']),
    ].join('\n')
    const temp = `${this.#path}.new`
    writeFileSync(temp, text)
    renameSync(temp, this.#path)
  }
}

function table(lines: readonly (readonly string[])[]): string[] {
  return [COLUMNS, COLUMNS.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`)
}

/** Only tables of this shape; anything else in the file was made by an older program. */
function tablesOf(text: string): Map<string, string[][]> {
  const tables = new Map<string, string[][]>()
  let topic = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) topic = line.slice(3)
    const cells = line.startsWith('| ')
      ? line
          .slice(2, -2)
          .split(' | ')
          .map((cell) => cell.trim())
      : []
    if (topic === '' || cells.length !== COLUMNS.length || cells[0] === COLUMNS[0] || cells[0] === '---') continue
    tables.set(topic, [...(tables.get(topic) ?? []), cells])
  }
  return tables
}

/** Rows of one name together, the smallest dataset first; names in the order they came. */
function bySize(lines: readonly string[][]): string[][] {
  const names = [...new Set(lines.map(([what]) => what))]
  const size = ([, cells = '']: readonly string[]) => Number(cells.replaceAll(',', ''))
  return [...lines].sort((a, b) => names.indexOf(a[0]) - names.indexOf(b[0]) || size(a) - size(b))
}

function place(topic: string): number {
  const at = TOPICS.indexOf(topic)
  return at < 0 ? TOPICS.length : at
}
