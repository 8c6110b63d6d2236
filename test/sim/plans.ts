/** How builds are made and what happens to them: from chance alone. */

import { longestAnswer } from '../../src/schedule/bill.ts'
import type { CrashPoint } from '../../src/util/crash-point.ts'
import type { Random } from '../rig/random.ts'
import type { Blow, BuildPlan } from './build.ts'
import { PRICE } from './shop.ts'

const CRASH_POINTS: readonly CrashPoint[] = [
  'after-claim',
  'before-keep',
  'before-commit',
  'after-commit',
  'before-columns',
  'before-output',
  'between-outputs',
  'after-outputs',
]

// Steps of a build of average size; most blows fall early, where most builds still live.
const STEPS = 240
/** US dollars that are held for a call, or so: nothing bounds its answer. */
const HELD_USD = (longestAnswer({ ...PRICE, source: 'config' }) * PRICE.output) / 1e6
/** What may be spent beside it, which some builds do. */
const SPENT_USD = 3

/** A build to which nothing happens. */
export function quietPlan(random: Random, name: string): BuildPlan {
  return {
    name,
    seed: Math.floor(random() * 2 ** 32),
    concurrency: random.pick([1, 2, 3, 5, 8, 16, 64]),
    slowest: random.pick([5, 200, 1000, 5000]),
    previews: random.chance(0.3),
  }
}

/** A build with whatever may happen to one. */
export function messyPlan(random: Random, name: string, batches: readonly string[], mayRetry: boolean): BuildPlan {
  const plan = quietPlan(random, name)
  const blows = new Map<number, Blow>()
  const strikes = random.chance(0.6) ? 1 + random.below(3) : 0
  for (let i = 0; i < strikes; i++) blows.set(1 + Math.floor(random() * random() * STEPS), blowOf(random))
  return {
    ...plan,
    ...(batches.length > 1 && random.chance(0.25) ? { only: random.pick(batches) } : {}),
    ...(random.chance(0.2) && mayRetry ? { retry: true } : {}),
    ...(random.chance(0.2) ? { partial: true } : {}),
    ...limitsOf(random),
    ...(random.chance(0.5) ? { faults: random() * 0.5 } : {}),
    ...(random.chance(0.08) ? { fatalAt: 1 + random.below(30) } : {}),
    ...(random.chance(0.5) ? { rescues: true } : {}),
    ...(blows.size > 0 ? { blows } : {}),
    ...(random.chance(0.25) ? { crash: { point: random.pick(CRASH_POINTS), n: 1 + random.below(6) } } : {}),
    ...(random.chance(0.15) ? { files: random.chance(0.5) ? { fullAt: 1 + random.below(4) } : { killAt: 1 + random.below(4) } } : {}),
  }
}

function limitsOf(random: Random): Pick<BuildPlan, 'limits'> {
  if (random.chance(0.2)) return { limits: { maxCalls: 1 + random.below(30) } }
  return random.chance(0.2) ? { limits: { budgetUsd: HELD_USD + SPENT_USD * (random() - 0.1) } } : {}
}

function blowOf(random: Random): Blow {
  const dice = random()
  if (dice < 0.35) return { what: 'kill' }
  if (dice < 0.6) return { what: 'interrupt' }
  if (dice < 0.68) return { what: 'freeze', ms: 1_000 + random() * 150_000 }
  if (dice < 0.8) return { what: 'pause', ms: 1 + random() * 30_000 }
  if (dice < 0.9) return { what: random.chance(0.7) ? 'full' : 'readonly', ms: 1 + random() * 3_000 }
  return { what: 'bad-commit' }
}
