/** How far the reading of a large file is: one line that renews itself on a terminal, now and then a line elsewhere. */
import { safeText } from '../util/safe-text.ts'
import { count } from './format.ts'

/** Where the line goes. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

// A file that is done sooner needs no progress.
const FIRST_MS = { terminal: 1000, log: 10_000 } as const
const EVERY_MS = { terminal: 200, log: 10_000 } as const

export class AnalysisProgress {
  private readonly stream: ProgressStream
  private readonly now: () => number
  private next: number
  private shown = false

  /** `now` in milliseconds. */
  constructor(stream: ProgressStream, now: () => number) {
    this.stream = stream
    this.now = now
    this.next = now() + FIRST_MS[stream.isTTY ? 'terminal' : 'log']
  }

  rows(name: string, rows: number): void {
    // Asking for the time at each row would cost more than the row's words.
    if (rows % 256 === 0) this.say(`${name}: ${count(rows)} rows read`, false)
  }

  stage(name: string, stage: string): void {
    this.say(`${name}: measuring ${stage}`, this.shown && this.stream.isTTY === true)
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown && this.stream.isTTY) this.stream.write('\r\x1b[K')
    this.shown = false
  }

  private say(text: string, atOnce: boolean): void {
    const now = this.now()
    if (!atOnce && now < this.next) return
    const terminal = this.stream.isTTY === true
    this.next = now + EVERY_MS[terminal ? 'terminal' : 'log']
    this.shown = true
    const line = safeText(text, { max: Math.max(20, (this.stream.columns ?? 80) - 1) })
    this.stream.write(terminal ? `\r\x1b[K${line}` : `${line}\n`)
  }
}
