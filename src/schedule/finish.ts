/** How a build ended: what is missing still, what it cost, and with which code it exits. */
import type { RunEnd } from '../events/event.ts'
import { EXIT } from '../util/exit.ts'
import { STATE } from './board.ts'
import type { BuildOptions, BuildResult } from './build.ts'
import { judgeReports } from './judge-report.ts'
import type { Found } from './stage.ts'
import { REVIEW } from './verdict.ts'
import type { Work } from './work.ts'

/** What needed no call, over all stages. */
export class Tally {
  cached = 0
  savedUsd = 0

  constructor(found: readonly Found[]) {
    for (const one of found) this.add(one)
  }

  add({ cached, savedUsd }: Found): void {
    this.cached += cached
    this.savedUsd += savedUsd
  }
}

export function finish(
  options: BuildOptions,
  work: Work,
  { tally, failed, controls }: { tally: Tally; failed: boolean; controls: number },
): Omit<BuildResult, 'files' | 'columns' | 'work'> {
  const { limits, clock, startedAt, sink, halt, scope } = options
  const { state, bought } = work.board
  const counts = work.board.counts(0, work.plan.items)
  // A judge whose controls are not asked about may be any judge.
  const asked = { pending: controls, short: controls, generated: 0, waiting: 0 }
  let awaited = 0
  for (let index = 0; index < work.plan.items; index++) {
    if (state[index] === STATE.pending && work.waits[index] === 1) awaited++
    if (state[index] === STATE.accepted) asked.generated += bought[index] as number
    else if (scope.item(work.item(index))) {
      // What a person does not want is not missing.
      if (work.board.problem(index)?.code !== REVIEW) asked.short++
      if (state[index] === STATE.pending) asked.pending++
      if (state[index] === STATE.pending && work.waits[index] === 1) asked.waiting++
    }
  }
  const { cached } = tally
  // What came out of jobs in this run was found in the store, and yet it was paid for now.
  const savedUsd = tally.savedUsd - (options.jobs?.came.usd ?? 0)
  const costs = limits.ledger.costs()
  const reports = judgeReports(work)
  const unplanned = work.plan.batches.some(({ toCome }) => toCome)
  const missing = options.frozen && asked.pending > 0 ? EXIT.pending : undefined
  // Of a build of few cells, whose others wait as well, all are told: they are not left to do.
  const waiting = asked.waiting > 0 ? waitingFor(options, awaited) : undefined
  // What is pending waits for a job, or stands behind what does: the next build goes on with it.
  const isWell = waiting ? counts.failed === 0 : asked.short === 0 && !unplanned
  const exitCode = halt.exitCode ?? missing ?? (isWell && !failed ? EXIT.ok : EXIT.incomplete)
  const collected = options.jobs?.came.answers ?? 0
  const end: RunEnd = {
    type: 'run-end',
    exitCode,
    ms: Math.round(clock.now() - startedAt),
    counts,
    cached,
    calls: limits.calls,
    generated: asked.generated,
    usage: limits.ledger.total(),
    ...(costs ? { costs } : {}),
    ...(savedUsd > 1e-9 ? { savedUsd } : {}),
    ...(collected > 0 ? { collected } : {}),
    ...(waiting ? { waiting } : {}),
    problems: work.board.problems(),
    ...(reports.length > 0 ? { judges: reports } : {}),
  }
  sink.emit(end)
  // A stamp would keep builds from collecting what open jobs still bring.
  const isAwaited = (options.jobs?.open().length ?? 0) > 0
  return {
    exitCode,
    end,
    spentUsd: limits.spentUsd,
    settled: counts.failed + counts.pending + controls === 0 && !unplanned && !isAwaited,
    pending: asked.pending,
  }
}

/** Undefined when nobody is waited for. */
function waitingFor({ jobs }: BuildOptions, items: number): RunEnd['waiting'] {
  if (!jobs) return undefined
  const open = jobs.open()
  // What could not be handed over waits for nobody.
  if (open.length === 0) return undefined
  const since = open.map(({ submitted, begun }) => submitted ?? begun).sort()[0] ?? ''
  return { items, jobs: open.length, requests: open.reduce((sum, { requests }) => sum + requests, 0), since }
}
