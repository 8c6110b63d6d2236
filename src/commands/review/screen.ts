/** Review on a terminal: one row at a time, each verdict saved before the next row is shown. */
import type { Loaded } from '../../config/dataset.ts'
import type { Card, CardVerdict } from '../../report/review/card.ts'
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
import { disputesOf, pinConflicts } from '../../schedule/review-conflicts.ts'
import {
  acceptLine,
  commentLine,
  editLine,
  type ReviewRow,
  rejectLine,
  reviewRow,
  type Standing,
  standing,
} from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../../util/exit.ts'
import type { Environment, Flags } from '../environment.ts'
import { choiceOf } from '../session.ts'
import { editInEditor } from './editor.ts'
import { type Change, record } from './record.ts'

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
  #filter: Filter
  /** Rows of the filter, as they were when it was chosen: what one reviews does not vanish under one's hands. */
  #shown: readonly number[] = []
  #at = 0
  #row: ReviewRow | undefined
  #conflicts: ReadonlyMap<number, string> = new Map()
  readonly #standings: Map<number, Standing>
  readonly #done: Done[] = []
  #screen: LiveScreen | undefined
  /** Keys wait for what the ones before them do. */
  #queue: Promise<void> = Promise.resolve()
  #finish: (code: ExitCode) => void = () => {}

  constructor(options: ScreenReview) {
    this.#options = options
    this.#work = options.work
    this.#standings = new Map(options.items.map((item) => [item, standing(options.work, item)]))
    this.#filter = options.flags.all || options.flags.only !== undefined ? 'all' : 'unreviewed'
    this.#lookForConflicts()
    this.#choose(this.#filter)
    if (this.#shown.length === 0 && options.items.length > 0) {
      this.#choose('all')
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
    const screen: Screen = { columns: stderr.columns ?? 80, rows: stderr.rows ?? 24, color: choiceOf(environment, flags).color }
    const drawn = frame(
      this.#row && this.#card(this.#row),
      this.#view,
      {
        dataset: work.dataset.name,
        by,
        filter: this.#filter,
        position: this.#shown.length === 0 ? 0 : this.#at + 1,
        shown: this.#shown.length,
        left: [...this.#standings.values()].filter((state) => state === 'unreviewed').length,
      },
      screen,
    )
    this.#reach = drawn.reach
    return drawn.lines
  }

  #card(row: ReviewRow): Card {
    const { item, example, cell, accepted, findings, scores, pin } = row
    const sides = example as typeof example & { rejected?: typeof example.messages }
    const conflict = this.#conflicts.get(item.index)
    return {
      label: this.#work.label(item),
      batch: item.batch.spec.name,
      cell: [...Object.entries(cell), ...(item.batch.spec.samples > 1 ? [['sample', String(item.sample)] as const] : [])],
      accepted: row.ruling ? row.ruling.kind === 'accept' : pin ? findings.every(({ severity }) => severity !== 'reject') : accepted,
      findings,
      scores: scores.map(([check, value]) => [check, typeof value === 'string' ? value : JSON.stringify(value)]),
      verdicts: this.#work.reviews
        .about(row.digest, { cell, sample: item.sample })
        .flatMap((line) => (line === pin?.edit ? [] : verdictOf(line))),
      ...(pin ? { editedBy: pin.edit.by } : {}),
      ...(conflict === undefined ? {} : { conflict }),
      messages: [
        ...example.messages.map((message) => ({ role: message.role, content: textOf(message) })),
        ...(sides.rejected ?? []).map((message) => ({ role: `rejected ${message.role}`, content: textOf(message) })),
      ],
    }
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
    const row = this.#row
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
    this.#lookForConflicts()
    if (this.#row) this.#look(this.#row.item.index)
  }

  #onward(word: string, row: ReviewRow): void {
    const label = this.#work.label(row.item)
    const left = this.#shown.some((item, at) => at > this.#at && this.#standings.get(item) === 'unreviewed')
    if (this.#filter === 'unreviewed') this.#go('next-unreviewed')
    else if (this.#at + 1 < this.#shown.length) this.#go('next')
    const none = [...this.#standings.values()].every((state) => state !== 'unreviewed')
    this.#say({ text: `${label} ${word}${!left && none ? '; every example is reviewed' : ''}` })
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
    if (!this.#conflicts.has(row.item.index)) return this.#say({ text: 'this edit is not in conflict', bad: true })
    const line = editLine(this.#work, row, this.#options.by, pin.edit.edited)
    if (!line) return this.#say({ text: 'the recipe makes what the edit says: D drops it', bad: true })
    await this.#put(row, [line])
    this.#say({ text: 'the edit is kept, and stands on what its recipe makes now' })
  }

  async #undo(): Promise<void> {
    const last = this.#done.pop()
    if (!last) return this.#say({ text: 'there is nothing to undo in this session', bad: true })
    await this.#record(last.back)
    const at = this.#shown.indexOf(last.item)
    if (at >= 0) this.#at = at
    this.#look(last.item)
    this.#say({ text: 'undone' })
  }

  #go(to: Extract<Wish, { wish: 'go' }>['to']): void {
    const last = this.#shown.length - 1
    const unreviewed = () => {
      const isFresh = (item: number) => this.#standings.get(item) === 'unreviewed'
      const ahead = this.#shown.findIndex((item, at) => at > this.#at && isFresh(item))
      return ahead >= 0 ? ahead : this.#shown.findIndex(isFresh)
    }
    const target = {
      next: this.#at + 1,
      previous: this.#at - 1,
      first: 0,
      last,
      'next-unreviewed': to === 'next-unreviewed' ? unreviewed() : 0,
    }[to]
    if (target < 0 && to === 'next-unreviewed') return this.#say({ text: 'every row here is reviewed' })
    const at = Math.max(0, Math.min(last, target))
    if (at === this.#at && (to === 'next' || to === 'previous'))
      return this.#say({ text: to === 'next' ? 'this is the last one' : 'this is the first one' })
    this.#at = at
    this.#show()
  }

  #nextFilter(): void {
    const from = FILTERS.indexOf(this.#filter)
    this.#choose(FILTERS[(from + 1) % FILTERS.length] as Filter)
  }

  #choose(filter: Filter): void {
    const fits = (item: number) => {
      if (filter === 'all') return true
      if (filter === 'conflicts') return this.#conflicts.has(item)
      if (filter === 'unreviewed') return this.#standings.get(item) === 'unreviewed'
      const state = this.#standings.get(item)
      return state === 'rejected' || (state !== 'accepted' && this.#work.board.problem(item) !== undefined)
    }
    this.#filter = filter
    this.#shown = this.#options.items.filter(fits)
    this.#at = 0
    this.#show()
  }

  #show(): void {
    const item = this.#shown[this.#at]
    this.#view = { ...FIRST_VIEW, panel: this.#view.panel }
    if (item === undefined) this.#row = undefined
    else this.#look(item)
  }

  #look(item: number): void {
    this.#row = reviewRow(this.#work, item)
    if (this.#row) this.#standings.set(item, standingOf(this.#row))
  }

  #lookForConflicts(): void {
    const found = new Map<number, string>()
    for (const { item, why } of pinConflicts(this.#work)) if (item !== undefined) found.set(item, why)
    for (const { item, by, against } of disputesOf(this.#work))
      found.set(item, `${against.join(', ')} accepted it, ${by.join(', ')} did not`)
    this.#conflicts = found
  }

  #say(message: Message): void {
    this.#view = { ...this.#view, message }
  }

  #farewell(): string {
    if (this.#done.length === 0) return ' nothing was said\n'
    return ` ${this.#done.length} ${this.#done.length === 1 ? 'verdict' : 'verdicts'} saved; \`datagen build\` takes them up\n`
  }
}

function standingOf({ ruling, pin }: ReviewRow): Standing {
  if (ruling) return ruling.kind === 'accept' ? 'accepted' : 'rejected'
  return pin ? 'edited' : 'unreviewed'
}

function verdictOf(line: Verdict): CardVerdict[] {
  switch (line.verdict) {
    case 'approve':
    case 'score':
      return []
    case 'reject':
      return [{ by: line.by, verdict: line.verdict, text: line.reason }]
    case 'comment':
      return [{ by: line.by, verdict: line.verdict, text: line.text }]
    default:
      return [{ by: line.by, verdict: line.verdict }]
  }
}

/** What a message says; calls of tools as the JSON that they are. */
function textOf(message: object): string {
  const { content, tool_calls: calls } = message as { readonly content: string | null; readonly tool_calls?: unknown }
  return [...(content === null || content === '' ? [] : [content]), ...(calls === undefined ? [] : [JSON.stringify(calls, null, 2)])].join(
    '\n',
  )
}

// Keys that are pressed faster than they are read come together; more than a few at once are a paste that went astray.
const MOST_KEYS_AT_ONCE = 4

function singly(pressed: Press, { typing }: View): Press[] {
  if (!pressed.typed || pressed.key.length === 1) return [pressed]
  // Who types faster than the screen is drawn means the Enter at the end; within a paste it is a blank.
  const line = /^([^\r\n]*)\r$/.exec(pressed.key)
  if (typing)
    return line
      ? [
          { key: line[1] as string, typed: true },
          { key: 'enter', typed: false },
        ]
      : [pressed]
  return pressed.key.length > MOST_KEYS_AT_ONCE ? [] : [...pressed.key].map((key) => ({ key, typed: true }))
}
