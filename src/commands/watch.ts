/**
 * `datagen watch`: plan again at every save and run what is free; spend only when told to.
 *
 *          save, Enter            nothing to buy
 *   waiting ──────▶ building free ─────────────▶ waiting
 *      ▲                  │ something to buy
 *      │ save             ▼
 *      └───────────── offering ──Enter or --yes──▶ building ──▶ waiting
 *
 * A save during a build stops it from starting more; what is in flight is finished and kept, so every cell that
 * the old and the new plan share is there when the new plan is made. Each plan collects the batch jobs that have ended; none is handed
 * over but by Enter.
 */
import type { Loaded } from '../config/dataset.ts'
import type { RunEnd } from '../events/event.ts'
import { count, plural } from '../report/format.ts'
import { planText } from '../report/plan-text.ts'
import { Halt } from '../schedule/halt.ts'
import { EVERYTHING } from '../schedule/scope.ts'
import { openStoreIfExists } from '../store/sqlite.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import type { Environment, Flags } from './environment.ts'
import { Inputs } from './inputs.ts'
import { viewOf } from './plan.ts'
import { printProblem } from './problem.ts'
import { runBuild } from './run-build.ts'
import { choiceOf, datagenDir, load, workOf } from './session.ts'
import { Signals } from './signals.ts'
import { lookTeller } from './watch-look.ts'

export async function watchCommand(environment: Environment, flags: Flags): Promise<ExitCode> {
  if (flags.yes && flags.budget === undefined && flags.maxCalls === undefined) {
    throw new DatagenError({
      code: 'usage/watch-yes',
      severity: 'error',
      headline: '`watch --yes` would spend at every save without a limit',
      hint: 'add --budget <usd> or --max-calls <n>',
    })
  }
  const session = new Watch(environment, flags)
  try {
    return await session.run()
  } finally {
    await session.close()
  }
}

/** What a key may do: agree to what was shown, or look again for answers of batch jobs. */
type Offered = { readonly kind: 'buys'; readonly loaded: Loaded; readonly forJobs: boolean } | { readonly kind: 'waits' }

class Watch {
  readonly #environment: Environment
  readonly #flags: Flags
  readonly #signals: Signals
  readonly #inputs = new Inputs()
  #halt = new Halt()
  #left: { usd: number; calls: number }

  constructor(environment: Environment, flags: Flags) {
    this.#environment = environment
    this.#flags = flags
    this.#left = { usd: flags.budget ?? Number.POSITIVE_INFINITY, calls: flags.maxCalls ?? Number.POSITIVE_INFINITY }
    this.#signals = new Signals(environment)
    this.#inputs.onChange(() => {
      this.#halt.stop('replan', 'the config changed: planning again')
      this.#signals.raise('change')
    })
    this.#signals.onQuit(() => {
      if (this.#halt.interrupt() === 'leave') process.exit(EXIT.interrupted)
    })
  }

  async run(): Promise<ExitCode> {
    for (;;) {
      this.#halt = new Halt()
      this.#signals.forget('change')
      const offered = await this.#planAndRunFree()
      if (this.#signals.quitting) return this.#signals.exitCode
      const byItself = offered?.kind === 'buys' && !offered.forJobs && this.#flags.yes === true && !this.#spent
      let signal = byItself ? 'go' : await this.#signals.next()
      while (signal === 'go' && !offered) signal = await this.#signals.next()
      if (signal === 'quit') return this.#signals.exitCode
      if (signal === 'go' && offered?.kind === 'buys') {
        const built = await this.#attempt(() => this.#build(offered.loaded, byItself ? 'online' : 'all'))
        if (this.#signals.quitting) return this.#signals.exitCode
        if (!this.#inputs.changed()) {
          this.#say(built?.end.waiting ? this.#waitsFor(built.end.waiting.items) : 'watching for changes, q leaves')
          if ((await this.#signals.next()) === 'quit') return this.#signals.exitCode
        }
      }
    }
  }

  /** Undefined when all is done or the config is broken. */
  async #planAndRunFree(): Promise<Offered | undefined> {
    return this.#attempt(async () => {
      const loaded = await load(this.#environment, this.#flags)
      await this.#inputs.follow(loaded.reads)
      const { end } = await this.#build(loaded, 'nothing')
      if (end.counts.pending === 0) {
        const { items, rejected, failed } = end.counts
        this.#say(
          `up to date: ${count(items)} cells${rejected ? `, ${count(rejected)} rejected` : ''}${failed ? `, ${count(failed)} failed` : ''}; watching for changes, q leaves`,
        )
        return undefined
      }
      return this.#offer(loaded, end)
    })
  }

  async #offer(loaded: Loaded, { counts, waiting }: RunEnd): Promise<Offered> {
    const items = counts.pending - (waiting?.items ?? 0)
    const { stderr } = this.#environment
    const store = openStoreIfExists(datagenDir(loaded.root))
    let forJobs: boolean
    try {
      const view = await viewOf(loaded, workOf(loaded, store), EVERYTHING, this.#environment.clock.date())
      if (waiting && view.buy.items === 0) {
        this.#say(this.#waitsFor(waiting.items))
        return { kind: 'waits' }
      }
      forJobs = view.buy.calls.length > 0 && view.buy.calls.every(({ batch }) => batch)
      stderr.write(
        `${planText(view, { columns: stderr.columns ?? 100, color: choiceOf(this.#environment, this.#flags).color, cwd: this.#environment.cwd })}\n`,
      )
    } finally {
      await store.close()
    }
    // Nobody agrees to what was not shown yet.
    this.#signals.forget('go')
    const what = plural(items, 'cell')
    if (this.#flags.yes && this.#spent) this.#say('the limit of this session is used up; watching for changes, q leaves')
    else if (forJobs && this.#signals.canAsk) this.#say(`Enter hands ${what} over in batch jobs; q leaves`)
    else if (forJobs) this.#say(`${what} to hand over in batch jobs: that is for \`datagen build\``)
    else if (this.#flags.yes) return { kind: 'buys', loaded, forJobs }
    else if (this.#signals.canAsk) this.#say(`Enter generates ${what}; q leaves`)
    else this.#say('to generate from here, use --yes with --budget or --max-calls')
    return { kind: 'buys', loaded, forJobs }
  }

  #waitsFor(items: number): string {
    const who = `${plural(items, 'cell')} ${items === 1 ? 'waits' : 'wait'} for batch jobs`
    return `${who}; ${this.#signals.canAsk ? 'Enter or a save looks' : 'each save looks'} whether they have ended; q leaves`
  }

  /** Nothing is left of the session's limits. */
  get #spent(): boolean {
    return this.#left.usd <= 0 || this.#left.calls <= 0
  }

  /** `online`: batch jobs are handed over by nobody but a person at the keys, for they take a day. */
  async #build(loaded: Loaded, buys: 'nothing' | 'online' | 'all') {
    const { budget, maxCalls } = this.#flags
    // A look without spending needs no screen of its own: the offer says what matters.
    const quiet = buys === 'nothing' && !this.#flags.reporter && !this.#flags.json
    const flags: Flags = {
      ...this.#flags,
      ...(budget === undefined ? {} : { budget: this.#left.usd }),
      ...(maxCalls === undefined ? {} : { maxCalls: this.#left.calls }),
      ...(quiet ? { reporter: 'silent' as const } : {}),
    }
    this.#signals.release()
    const result = await runBuild(this.#environment, loaded, flags, {
      halt: this.#halt,
      command: 'watch',
      whole: true,
      mayBuy: async () => buys !== 'nothing',
      ordersJobs: buys === 'all',
      ...(quiet ? { hears: lookTeller(this.#environment, choiceOf(this.#environment, this.#flags).color) } : {}),
    })
    this.#signals.listen()
    this.#left = { usd: this.#left.usd - result.spentUsd, calls: this.#left.calls - result.end.calls }
    return result
  }

  /** Problems of config, provider or store are shown; watching goes on. */
  async #attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof DatagenError)) throw error
      if ('reads' in error) await this.#inputs.follow(error.reads as Loaded['reads'])
      this.#signals.listen()
      await printProblem(error, this.#environment)
      this.#say('watching for changes, q leaves')
      return undefined
    }
  }

  #say(text: string): void {
    this.#environment.stderr.write(` ${text}\n`)
  }

  async close(): Promise<void> {
    this.#signals.close()
    await this.#inputs.close()
  }
}
