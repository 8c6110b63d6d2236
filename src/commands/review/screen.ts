/** Review on a terminal: one row at a time, each verdict saved before the next row is shown. */
import type { Loaded } from '../../config/dataset.ts'
import { frame, type Screen } from '../../report/review/frame.ts'
import {
  FILTERS,
  FIRST_VIEW,
  type Filter,
  type Message,
  type Press,
  press,
  type Reach,
  type View,
  type Wish,
} from '../../report/review/view.ts'
import type { LiveScreen } from '../../report/tty/app.tsx'
import { loadApp } from '../../report/tty/load.ts'
import { slotOf, type Verdict } from '../../review/verdict.ts'
import { levelQuestions, levelsBy, scoreLine } from '../../schedule/review-levels.ts'
import { acceptLine, commentLine, editLine, type ReviewRow, rejectLine } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import type { Environment, Flags } from '../environment.ts'
import { choiceOf } from '../session.ts'
import { cardOf } from './card.ts'
import { editInEditor } from './editor.ts'
import { type Change, record } from './record.ts'
import { Tour } from './tour.ts'
import { singly } from './typed.ts'

export interface ScreenReview {
  readonly environment: Environment
  readonly flags: Flags
  readonly work: Work
  readonly loaded: Loaded
  /** In order of review. */
  readonly items: readonly number[]
  readonly by: string
}

export async function reviewOnScreen(options: ScreenReview): Promise<ExitCode> {
  const session = new Session(options)
  return session.run()
}

/** What was changed, and how to change it back. */
interface Done {
  readonly item: number
  readonly back: Change
}

class Session {
  readonly #options: ScreenReview
  readonly #work: Work
  #view: View = FIRST_VIEW
  #reach: Reach = { last: 0, page: 1 }
  readonly #tour: Tour
  readonly #done: Done[] = []
  #screen: LiveScreen | undefined
  /** Keys wait for what the ones before them do. */
  #queue: Promise<void> = Promise.resolve()
  #finish: (code: ExitCode) => void = () => {}

  constructor(options: ScreenReview) {
    this.#options = options
    this.#work = options.work
    this.#tour = new Tour(options.work, options.items, options.flags.all || options.flags.only !== undefined ? 'all' : 'unreviewed')
    if (this.#tour.shown === 0 && options.items.length > 0) {
      this.#tour.choose('all')
      this.#say({ text: 'every example is reviewed; here they are again' })
    }
  }

  async run(): Promise<ExitCode> {
    const { environment } = this.#options
    const finished = new Promise<ExitCode>((resolve) => {
      this.#finish = resolve
    })
    const release = environment.onInterrupt(() => this.#finish(EXIT.interrupted))
    const onResize = () => this.#draw()
    const restore = () => this.#close()
    // Whatever ends the process, the terminal is given back.
    process.once('exit', restore)
    environment.stderr.on('resize', onResize)
    try {
      await this.#open()
      return await finished
    } finally {
      environment.stderr.off('resize', onResize)
      process.off('exit', restore)
      this.#close()
      environment.stdin.pause()
      release()
      environment.stderr.write(this.#farewell())
    }
  }

  async #open(): Promise<void> {
    const { stderr, stdin, env } = this.#options.environment
    const { openScreen } = await loadApp(env as { NODE_ENV?: string | undefined })
    this.#screen = openScreen(
      {
        stderr,
        stdin,
        keys: true,
        alternate: true,
        onKey: (key, typed) => this.#press({ key, typed }),
        onBroken: (error) => {
          this.#screen = undefined
          stderr.write(
            `datagen bug: the screen failed (${error instanceof Error ? error.message : String(error)}); what was said is saved\n`,
          )
          this.#finish(EXIT.usage)
        },
      },
      this.#lines(),
    )
  }

  #close(): void {
    const screen = this.#screen
    this.#screen = undefined
    screen?.end()
  }

  #draw(): void {
    this.#screen?.show(this.#lines())
  }

  #lines(): readonly string[] {
    const { environment, flags, work, by } = this.#options
    const { stderr } = environment
    const { row, conflicts, filter, position, shown, left } = this.#tour
    const screen: Screen = { columns: stderr.columns ?? 80, rows: stderr.rows ?? 24, color: choiceOf(environment, flags).color }
    const drawn = frame(
      row && cardOf(work, row, by, conflicts.get(row.item.index)),
      this.#view,
      {
        dataset: work.dataset.name,
        by,
        filter,
        position,
        shown,
        left,
      },
      screen,
    )
    this.#reach = drawn.reach
    return drawn.lines
  }

  #press(pressed: Press): void {
    this.#queue = this.#queue.then(async () => {
      for (const one of singly(pressed, this.#view)) {
        const { view, wish } = press(this.#view, one, this.#reach)
        this.#view = view
        if (wish) await this.#grant(wish)
      }
      this.#draw()
    })
  }

  async #grant(wish: Wish): Promise<void> {
    try {
      await this.#do(wish)
    } catch (error) {
      if (!(error instanceof DatagenError)) {
        this.#finish(EXIT.usage)
        throw error
      }
      this.#say({ text: error.diagnostics.map(({ headline }) => headline).join('; '), bad: true })
    }
  }

  async #do(wish: Wish): Promise<void> {
    const { by } = this.#options
    switch (wish.wish) {
      case 'quit':
        return this.#finish(EXIT.ok)
      case 'filter':
        return this.#nextFilter()
      case 'undo':
        return this.#undo()
      case 'go':
        return this.#go(wish.to)
    }
    const { row } = this.#tour
    if (!row) return
    switch (wish.wish) {
      case 'accept':
        await this.#put(row, [acceptLine(this.#work, row, by)])
        return this.#onward('accepted', row)
      case 'reject':
        await this.#put(row, [rejectLine(row, by, wish.text)])
        return this.#onward('rejected', row)
      case 'comment':
        await this.#put(row, [commentLine(row, by, wish.text)])
        return this.#say({ text: 'commented' })
      case 'level':
        return this.#level(row, wish)
      case 'edit':
        return this.#edit(row)
      case 'keep':
      case 'drop':
        return this.#settle(row, wish.wish)
    }
  }

  /** Puts lines in, and notes how to take them out again. */
  async #put(row: ReviewRow, lines: readonly Verdict[], out: readonly Verdict[] = []): Promise<void> {
    // A line takes the place of the same person's line before.
    const replaced = this.#work.reviews.lines.filter((old) => lines.some((line) => line.by === old.by && slotOf(line) === slotOf(old)))
    await this.#record({ out: [...out, ...replaced], in: lines })
    this.#done.push({ item: row.item.index, back: { out: lines, in: [...out, ...replaced] } })
  }

  async #record(change: Change): Promise<void> {
    const { environment, loaded } = this.#options
    const reviews = await record(environment, loaded, change)
    this.#work.hear(reviews)
    this.#tour.refresh()
  }

  #onward(word: string, row: ReviewRow): void {
    const label = this.#work.label(row.item)
    const ahead = this.#tour.isAnyAhead
    if (this.#tour.filter === 'unreviewed') this.#go('next-unreviewed')
    else if (this.#tour.hasNext) this.#go('next')
    this.#say({ text: `${label} ${word}${!ahead && this.#tour.left === 0 ? '; every example is reviewed' : ''}` })
  }

  /** Of a criterion: each level is saved when it is given. */
  async #level(row: ReviewRow, { question, level }: Extract<Wish, { wish: 'level' }>): Promise<void> {
    const { by } = this.#options
    const asked = levelQuestions(this.#work, row)[question]
    if (!asked) return
    const { [asked.id]: _, ...others } = levelsBy(this.#work, row, by)
    const given = level === undefined ? others : { ...others, [asked.id]: asked.levels[level]?.id ?? '' }
    if (Object.keys(given).length > 0) await this.#put(row, [scoreLine(row, by, given)])
    else
      await this.#put(
        row,
        [],
        row.lines.filter((line) => line.by === by && line.verdict === 'score'),
      )
    if (this.#view.scoring === undefined) this.#say({ text: 'levels are saved; a accepts the row, r rejects it' })
  }

  async #edit(row: ReviewRow): Promise<void> {
    const { environment, by } = this.#options
    this.#close()
    try {
      const outcome = await editInEditor(environment, this.#work, row, by)
      if (outcome.change.in.length + outcome.change.out.length > 0) await this.#put(row, outcome.change.in, outcome.change.out)
      this.#say({ text: outcome.words })
    } finally {
      await this.#open()
    }
  }

  async #settle(row: ReviewRow, how: 'keep' | 'drop'): Promise<void> {
    const { pin } = row
    if (!pin) return this.#say({ text: 'this row is not edited', bad: true })
    if (how === 'drop') {
      await this.#put(row, [], [pin.edit, ...pin.rivals])
      return this.#say({ text: 'the edit is dropped; `datagen build` makes the row as its recipe says' })
    }
    if (!this.#tour.conflicts.has(row.item.index)) return this.#say({ text: 'this edit is not in conflict', bad: true })
    const line = editLine(this.#work, row, this.#options.by, pin.edit.edited)
    if (!line) return this.#say({ text: 'the recipe makes what the edit says: D drops it', bad: true })
    await this.#put(row, [line])
    this.#say({ text: 'the edit is kept, and stands on what its recipe makes now' })
  }

  async #undo(): Promise<void> {
    const last = this.#done.pop()
    if (!last) return this.#say({ text: 'there is nothing to undo in this session', bad: true })
    await this.#record(last.back)
    this.#tour.goTo(last.item)
    this.#say({ text: 'undone' })
  }

  #go(to: Extract<Wish, { wish: 'go' }>['to']): void {
    const why = this.#tour.go(to)
    if (why === undefined) this.#rewind()
    else this.#say({ text: why })
  }

  #nextFilter(): void {
    const from = FILTERS.indexOf(this.#tour.filter)
    this.#tour.choose(FILTERS[(from + 1) % FILTERS.length] as Filter)
    this.#rewind()
  }

  /** Another row is read from its beginning. */
  #rewind(): void {
    this.#view = { ...FIRST_VIEW, panel: this.#view.panel }
  }

  #say(message: Message): void {
    this.#view = { ...this.#view, message }
  }

  #farewell(): string {
    if (this.#done.length === 0) return ' nothing was said\n'
    return ` ${this.#done.length} ${this.#done.length === 1 ? 'verdict' : 'verdicts'} saved; \`datagen build\` takes them up\n`
  }
}
