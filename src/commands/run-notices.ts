/** What a run says about its surroundings: a lock, a missing price, calls that died, answers that rotted. */
import { answerLimit } from '../config/answer-limit.ts'
import type { ModelSpec } from '../config/dataset.ts'
import type { Sink } from '../events/sink.ts'
import { type KnownPrice, mostOf } from '../generate/price.ts'
import { list, money } from '../report/format.ts'
import { longestAnswer } from '../schedule/bill.ts'
import type { Store } from '../store/store.ts'
import { DatagenError, type Diagnostic } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'
import { size } from './cache/size.ts'

/** A budget means nothing without prices. */
export function demandPrices(prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>): void {
  for (const [model, price] of prices) {
    if (price) continue
    throw new DatagenError({
      code: 'usage/unknown-price',
      severity: 'error',
      headline: `no price is known for "${model.provider}:${model.model}", so --budget cannot be kept`,
      hint: `say what a million tokens cost: price: { input: …, output: … } in models.${model.name}, or use --max-calls`,
    })
  }
}

/** Where nothing bounds an answer, so much is held for each that few calls fit beside each other. */
export function noticeUnbounded(prices: ReadonlyMap<ModelSpec, KnownPrice | undefined>, sink: Sink): void {
  const unbounded = [...prices].flatMap(([{ name, params }, price]) => {
    const usd = price && answerLimit(params) === undefined ? mostOf({ input: 0, output: longestAnswer(price) }, price) : 0
    return usd > 0 ? [{ name, usd }] : []
  })
  const [first] = unbounded
  if (!first) return
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'budget/unbounded',
      severity: 'warning',
      headline: `nothing bounds the answers of ${list(unbounded.map(({ name }) => `"${name}"`))}: the budget holds the most they may cost for each call`,
      facts: unbounded.map(({ name, usd }) => [name, `${money(usd)} a call`] as const),
      hint: `with maxTokens in models.${first.name} less is held, and more calls fit beside each other`,
    },
  })
}

export function lockedBy(dir: string, holder: { readonly pid: number; readonly host: string; readonly since: string }): DatagenError {
  return new DatagenError(
    {
      code: 'lock/held',
      severity: 'error',
      headline: 'another command has this dataset to itself',
      facts: [
        ['process', `${holder.pid} on ${holder.host}`],
        ['since', holder.since],
        ['folder', dir],
      ],
      hint: 'wait until it has ended; builds can run beside each other, but not beside `cache gc` or a migration',
    },
    EXIT.locked,
  )
}

/** Calls of runs that died: they may have been paid for without an answer arriving. */
export async function reportOrphans(store: Store, sink: Sink): Promise<void> {
  const orphans = store.orphans()
  const count = orphans.length
  if (count === 0) return
  const usd = orphans.reduce((sum, { reservedUsd }) => sum + (reservedUsd ?? 0), 0)
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'store/orphans',
      severity: 'warning',
      headline: `an earlier build ended in the middle of ${count} ${count === 1 ? 'call' : 'calls'}`,
      ...(usd > 0 ? { facts: [['at most', `$${usd.toFixed(4)}`]] } : {}),
      hint: 'they may have been paid for without an answer; what is still wanted is asked again',
    },
  })
  await store.forgetOrphans()
}

/** Answers that an earlier build had nowhere to put but a rescue file: they are in the store now. */
export function reportRescued({ rescued }: Store, sink: Sink): void {
  if (rescued === 0) return
  sink.emit({
    type: 'notice',
    diagnostic: {
      code: 'store/rescued',
      severity: 'warning',
      headline: `${rescued} ${rescued === 1 ? 'answer' : 'answers'} of an earlier build that could not be stored ${rescued === 1 ? 'was' : 'were'} rescued`,
      hint: 'they are in the store now and are not asked again',
    },
  })
}

/** A socket is an open file: more calls than that would fail for want of one. */
export function fewerCalls(wanted: number, room: number): Diagnostic {
  return {
    code: 'build/open-files',
    severity: 'warning',
    headline: `${room} calls at once instead of ${wanted}: this process may have no more files and sockets open`,
    hint: `raise the limit, for example \`ulimit -n ${4 * wanted}\`, or lower the concurrency`,
  }
}

export function downloading(file: string, bytes: number): Diagnostic {
  return {
    code: 'provider/download',
    severity: 'warning',
    headline: `${file} is being downloaded, ${size(bytes)}`,
    hint: 'it is kept for all projects, in ~/.node-llama-cpp/models; Ctrl-C stops it',
  }
}
