/** One run of the benchmarks: which rows are wanted, the floor they share, where they go. */
import { rmSync } from 'node:fs'
import type { Selection } from './arguments.ts'
import { killAll, median, middle, run } from './processes.ts'
import type { Report, Row } from './report.ts'

export type Heading = Pick<Row, 'topic' | 'what' | 'cells' | 'target'>
export type Measured = Pick<Row, 'measured' | 'floor' | 'ratio' | 'met'>

export class Bench {
  readonly #selection: Selection
  readonly #report: Report
  readonly #folders = new Set<string>()
  /** Measured so far. */
  rows = 0

  constructor(selection: Selection, report: Report) {
    this.#selection = selection
    this.#report = report
  }

  wants(what: string): boolean {
    return this.#selection.only === undefined || what.toLowerCase().includes(this.#selection.only)
  }

  /** Measures one row, if it is wanted. A row that fails says so and does not end the run. */
  async row(heading: Heading, measure: () => Promise<Measured>): Promise<void> {
    if (!this.wants(heading.what)) return
    const { what, cells } = heading
    this.say(`… ${what}${cells === undefined ? '' : `, ${count(cells)} cells`}`)
    let measured: Measured
    try {
      measured = await measure()
    } catch (error) {
      this.say(`  failed: ${(error as Error).message}`)
      process.exitCode = 1
      return
    }
    const row: Row = { ...heading, ...measured }
    this.#report.add(row)
    this.rows++
    this.say(
      `  ${row.measured} (${[row.floor, row.ratio, row.target && `target ${row.target}${row.met === undefined ? '' : row.met ? ': met' : ': missed'}`].filter(Boolean).join('; ')})`,
    )
  }

  /**
   * Median milliseconds of several runs and of a bare `node -e 0` before each: a machine that is busier now than a minute ago
   * is so for both.
   */
  async beside(
    runs: number,
    once: () => Promise<number>,
    before?: (n: number) => unknown,
  ): Promise<{ took: number; node: number; above: number }> {
    const nodes: number[] = []
    const took = await median(runs, once, async (n) => {
      await before?.(n)
      nodes.push((await run(process.execPath, ['-e', '0'])).ms)
    })
    const node = middle(nodes)
    return { took, node, above: took - node }
  }

  say(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** Gone when the run ends, however it ends. */
  owns(folder: string): void {
    this.#folders.add(folder)
  }

  discard(folder: string): void {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    this.#folders.delete(folder)
  }

  close(): void {
    killAll()
    for (const folder of this.#folders) this.discard(folder)
  }
}

export const count = (value: number) => Math.round(value).toLocaleString('en')
export const ms = (value: number) => `${value.toFixed(0)} ms`
export const times = (ratio: number) => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`
