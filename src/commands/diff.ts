/** `datagen diff [revision]`: which rows differ from those of a git revision, and why; from the store alone, without a call. */
import { setImmediate } from 'node:timers/promises'
import type { Loaded } from '../config/dataset.ts'
import { coordinates } from '../plan/cells.ts'
import type { Item } from '../plan/plan.ts'
import { type Change, type DiffBatch, type DiffRow, type DiffView, diffText } from '../report/diff-text.ts'
import { STATE } from '../schedule/board.ts'
import { type RowChange, rowChanges } from '../schedule/row-changes.ts'
import { surveyAll } from '../schedule/survey.ts'
import type { Work } from '../schedule/work.ts'
import { openStoreIfExists } from '../store/sqlite.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { safeJson } from '../util/safe-json.ts'
import { TempFolder } from '../write/temp-folder.ts'
import { blamingConfig } from './config-problem.ts'
import type { Environment, Flags } from './environment.ts'
import { Git } from './revision/git.ts'
import { loadRevision, type Revision } from './revision/load.ts'
import { reconstructed } from './revision/reconstruct.ts'
import { rowText } from './revision/row-text.ts'
import { choiceOf, datagenDir, load, workOf } from './session.ts'

// As much as one reads at a glance.
const FIRST_ROWS = 20

export async function diffCommand(environment: Environment, flags: Flags, name = 'HEAD'): Promise<ExitCode> {
  const interrupt = new AbortController()
  const release = environment.onInterrupt(() => {
    // What is under way ends at its next step and cleans up; a second time nobody waits, and the process's end cleans up.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort()
  })
  using folder = new TempFolder('datagen-diff-')
  try {
    const now = await load(environment, flags)
    const git = new Git(now.root, environment.env, interrupt.signal)
    const revision = await loadRevision(environment, flags, now, name, git, folder)
    interrupt.signal.throwIfAborted()
    return await compare(environment, flags, now, revision, interrupt.signal)
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.interrupted
    throw error
  } finally {
    release()
  }
}

async function compare(environment: Environment, flags: Flags, now: Loaded, revision: Revision, signal: AbortSignal): Promise<ExitCode> {
  const store = openStoreIfExists(datagenDir(now.root))
  try {
    const after = workOf(now, store)
    blamingConfig(now, () => surveyAll(after))
    await breathe(signal)
    const { work: before, mismatch } = await reconstructed(revision, store, () => breathe(signal))
    const sums = new Sums(revision, before, after)
    const { stdout } = environment
    for (const change of rowChanges(before, after)) {
      const row = rowOf(before, after, change, flags.text === true)
      sums.add(row, flags.json !== true && (flags.all === true || sums.rows.length < FIRST_ROWS))
      if (flags.json) stdout.write(`${safeJson({ schema: 1, type: 'row', ...row })}\n`)
    }
    const view: DiffView = { ...sums.view(), notices: mismatch }
    if (flags.json) {
      const { rows: _, ...summary } = view
      stdout.write(`${safeJson({ schema: 1, type: 'summary', ...summary })}\n`)
    } else {
      const paper = { columns: stdout.columns, color: choiceOf(environment, flags).color && stdout.isTTY === true }
      stdout.write(`${diffText(view, paper)}\n`)
    }
    return flags.check && (sums.differs || mismatch.length > 0) ? EXIT.pending : EXIT.ok
  } finally {
    await store.close()
  }
}

/** Lets an interruption be heard between two long looks. */
async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

function rowOf(before: Work, after: Work, { change, before: old, after: item, why }: RowChange, text: boolean): DiffRow {
  const [work, shown] = change === 'dropped' ? [before, old as Item] : [after, item as Item]
  return {
    change,
    batch: shown.batch.spec.name,
    label: work.label(shown),
    cell: Object.fromEntries(coordinates(work.plan.dimensions, shown.row).map(({ name, id }) => [name, id])),
    sample: shown.sample,
    why,
    ...(text ? rowText(before, change === 'added' ? undefined : old, after, change === 'dropped' ? undefined : item) : {}),
  }
}

class Sums {
  readonly rows: DiffRow[] = []
  readonly #revision: Revision
  readonly #before: Work
  readonly #after: Work
  readonly #batches = new Map<string, { [C in Change]: number }>()
  readonly #reasons = new Map<string, { change: Change; why: string; count: number }>()

  constructor(revision: Revision, before: Work, after: Work) {
    this.#revision = revision
    this.#before = before
    this.#after = after
    // Batches that only one of the two has come last.
    for (const { plan } of [after, before])
      for (const { spec } of plan.batches)
        if (!this.#batches.has(spec.name)) this.#batches.set(spec.name, { added: 0, changed: 0, dropped: 0 })
  }

  get differs(): boolean {
    return this.#reasons.size > 0
  }

  add(row: DiffRow, keep: boolean): void {
    const { change, batch, why } = row
    if (keep) this.rows.push(row)
    const sums = this.#batches.get(batch)
    if (sums) sums[change]++
    const reason = this.#reasons.get(`${change} ${why}`) ?? { change, why, count: 0 }
    reason.count++
    this.#reasons.set(`${change} ${why}`, reason)
  }

  view(): Omit<DiffView, 'notices'> {
    const { name, commit } = this.#revision
    const accepted = (batch: string) => this.#after.counts(batch).accepted
    return {
      revision: name,
      commit,
      batches: [...this.#batches].map(
        ([batch, sums]): DiffBatch => ({ batch, same: accepted(batch) - sums.added - sums.changed, ...sums }),
      ),
      reasons: [...this.#reasons.values()].sort((a, b) => b.count - a.count),
      rows: this.rows,
      unknown: pending(this.#before),
      unanswered: pending(this.#after),
    }
  }
}

function pending({ board }: Work): number {
  return board.state.reduce((sum, state) => sum + (state === STATE.pending ? 1 : 0), 0)
}
