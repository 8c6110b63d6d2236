/** The climb of the dirty items of a batch, each up its ladder, as many at once as there are slots. */
import { ChangingText } from '../config/guard.ts'
import type { CellEnd } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import { type Asked, requestName, type Wanted } from '../plan/resolve.ts'
import type { Clock } from '../util/clock.ts'
import { STATE } from './board.ts'
import type { Halt } from './halt.ts'
import { drain } from './pool.ts'
import type { Purchases } from './purchase.ts'
import type { Judge } from './verdict.ts'
import type { Work } from './work.ts'

export interface Climbing {
  readonly halt: Halt
  readonly clock: Clock
  readonly sink: Sink
  readonly concurrency: number
}

// Another build's answer takes about as long as ours: looking again at once would only keep the store busy.
export const FIRST_LOOK_MS = 50
const LONGEST_WAIT_MS = 1_000

/**
 * Keeps every slot busy with the next dirty item until none is left or the build is stopping. Items whose answer another
 * build is waiting for are looked at again when all others are done.
 */
export async function generate(options: Climbing, work: Work, judge: Judge, purchases: Purchases, items: Uint32Array): Promise<void> {
  const { halt, clock } = options
  let waitMs = FIRST_LOOK_MS
  for (let rest: ArrayLike<number> = items; ; ) {
    const held = await pass(options, work, judge, purchases, rest)
    if (held.length === 0 || halt.stopping) return
    waitMs = held.length < rest.length ? FIRST_LOOK_MS : Math.min(2 * waitMs, LONGEST_WAIT_MS)
    rest = held
    await clock.sleep(waitMs, halt.stopSignal)
  }
}

/** Tries each item once; returns those that another build holds. */
async function pass(options: Climbing, work: Work, judge: Judge, purchases: Purchases, items: ArrayLike<number>): Promise<number[]> {
  const { halt, sink, concurrency } = options
  const held: number[] = []
  let at = 0
  const next = () => (halt.stopping ? undefined : items[at++])
  await drain(Math.min(concurrency, items.length), next, async (index) => {
    const end = await advance(options.halt, work, judge, purchases, index).catch((error) => {
      halt.stop('fatal', 'an error in the config or in datagen')
      throw error
    })
    if (end === 'held') held.push(index)
    if (work.board.state[index] !== STATE.pending) sink.emit(cellEnd(work, index))
  })
  return held.sort((a, b) => a - b)
}

/** Climbs one item's ladder, buying each missing rung, until it has an example, is rejected, fails or must stop. */
async function advance(halt: Halt, work: Work, judge: Judge, purchases: Purchases, index: number): Promise<'held' | undefined> {
  const item = work.item(index)
  const requests = new Map<string, Asked>()
  const rung = work.rung(item, requests)
  const fresh = work.freshAnswers()
  let last: Wanted | undefined
  for (;;) {
    const resolution = last ? work.climb(rung, fresh) : work.climbFirst(item, rung)
    if (resolution.kind === 'example') {
      const mixed = purchases.doubts.aboutRow(resolution.used)
      return mixed ? void work.board.fail(index, STATE.failed, mixed) : void judge.row(item, resolution)
    }
    if (resolution.kind === 'rejected') return void work.board.fail(index, STATE.rejected, resolution)
    if (resolution.kind === 'distrusted') return void work.board.fail(index, STATE.failed, resolution)
    if (halt.paused) await halt.paused
    if (halt.stopping) return undefined
    if (last?.key === resolution.key) return void work.board.fail(index, STATE.failed, NOT_KEPT)
    // Every purchase brings the item on: otherwise a request that changes by itself would be bought for ever.
    if (last && !isBeyond(resolution, last)) throw new ChangingText(resolution.step.name)
    last = resolution
    const bought = await purchases.buy(item, resolution)
    // Made once more: a request that comes out differently is found out here.
    requests.delete(requestName(resolution))
    // Another build is at work on it: from now on only the store can tell.
    if (bought.kind === 'held' || bought.kind === 'found') work.absent[index] = 0
    if (bought.kind === 'stopped') return undefined
    if (bought.kind === 'waits') {
      work.waits[index] = 1
      if (bought.handed) work.board.bought[index] = 1
      return undefined
    }
    if (bought.kind === 'held') return 'held'
    if (bought.kind === 'failed') return void work.board.fail(index, STATE.failed, bought)
    if (bought.kind === 'kept') {
      work.board.bought[index] = 1
      if (bought.answer) fresh.add(resolution.key, bought.answer)
    }
  }
}

const NOT_KEPT = { code: 'not-kept', message: 'an answer was kept but cannot be read back' }

function isBeyond(now: Wanted, last: Wanted): boolean {
  if (now.returns !== last.returns) return now.returns > last.returns
  return now.at > last.at || (now.at === last.at && now.draw.attempt > last.draw.attempt)
}

/** How an item ended. */
export function cellEnd(work: Work, index: number): CellEnd {
  const item = work.item(index)
  const cached = work.board.bought[index] === 0
  const common = { type: 'cell-end', batch: item.batch.spec.name, cell: work.label(item), cached } as const
  const state = work.board.state[index]
  if (state === STATE.ready || state === STATE.accepted) return { ...common, state: 'accepted' }
  return { ...common, state: state === STATE.rejected ? 'rejected' : 'failed', ...work.board.problem(index) }
}
