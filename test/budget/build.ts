/** One whole build with a budget, from one number: its models, prices, servers, faults and end. */
import type { Config } from '../../schema/config.ts'
import { answerLimit } from '../../src/config/answer-limit.ts'
import type { HedgeSpec, ModelSpec } from '../../src/config/dataset.ts'
import { Hedges } from '../../src/generate/hedge/hedges.ts'
import { type KnownPrice, mostOf } from '../../src/generate/price.ts'
import { Pace } from '../../src/generate/rate/pace.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { longestAnswer } from '../../src/schedule/bill.ts'
import { build } from '../../src/schedule/build.ts'
import { Halt } from '../../src/schedule/halt.ts'
import { Limits } from '../../src/schedule/limits.ts'
import type { Seller } from '../../src/schedule/purchase-context.ts'
import { EVERYTHING } from '../../src/schedule/scope.ts'
import { Work } from '../../src/schedule/work.ts'
import type { Files } from '../../src/write/files.ts'
import { createMemoryStore } from '../rig/memory-store.ts'
import { type Random, seeded } from '../rig/random.ts'
import { VirtualTime } from '../rig/virtual-clock.ts'
import { planFor } from '../unit/plan/plans.ts'
import { Bank } from './bank.ts'

/** What became of a build. */
export interface Ended {
  readonly seed: number
  readonly budgetUsd: number
  /** By the servers, and as datagen says. */
  readonly billedUsd: number
  readonly toldUsd: number
  readonly saidUsd: number
  /** Everything that was billed was told. */
  readonly open: boolean
  readonly calls: number
  readonly saidCalls: number
  /** Calls that were made beside slow ones, and the share of the others that they may be. */
  readonly hedges: number
  readonly atMostHedged: number
  readonly stopped: boolean
  /** The dearest single call, as datagen sees it. */
  readonly mostUsd: number
}

/**
 * Several models, judges behind writers, answers that are bounded or not, thoughts that are announced or not. Normalised once each: a config has
 * nothing to do with a budget.
 */
const SHAPES: readonly (() => Promise<Plan>)[] = [true, false].flatMap((bounded) =>
  [1, 2, 3].map((steps) => {
    let plan: Promise<Plan> | undefined
    return () => {
      plan ??= planFor(config(steps, bounded))
      return plan
    }
  }),
)

/** How many of a model's answers it thinks about: also of such as say nothing of it. */
const THINKS: { readonly [model: string]: number } = { writer: 0.1, thinker: 1, judge: 0 }

function config(steps: number, bounded: boolean): Partial<Config> {
  const asks = ['first', 'second', 'verdict'].slice(0, steps)
  const most = (maxTokens: number) => (bounded ? { maxTokens } : {})
  return {
    name: 'budget',
    models: {
      writer: { use: 'openai:writer', ...most(400) },
      thinker: { use: 'openai:thinker', reasoningEffort: 'low', ...most(900) },
      judge: { use: 'openrouter:judge', reasoningEffort: 'none', maxTokens: 60 },
    },
    dimensions: { t: Array.from({ length: 16 }, (_, i) => `topic ${i}`) },
    recipe: {
      steps: Object.fromEntries(
        asks.map((name, i) => [
          name,
          {
            ask: ['writer', 'thinker', 'judge'][i] as string,
            prompt: i === 0 ? 'Write about {{ cell.t }}.' : `Look: {{ steps.${asks[i - 1]} }}`,
          },
        ]),
      ),
      example: {
        messages: [
          { role: 'user', content: '{{ cell.t }}' },
          { role: 'assistant', content: `{{ steps.${asks.at(-1)} }}` },
        ],
      },
    },
  } as Partial<Config>
}

const MOST = { events: 100_000, ms: 24 * 3_600_000 }

export async function runBudget(seed: number): Promise<Ended> {
  const random = seeded(seed)
  const time = new VirtualTime(random)
  const plan = await random.pick(SHAPES)()
  const silent = random.chance(0.4) ? random() * 0.5 : 0
  const faults = random.chance(0.7) ? random() * 0.6 : 0
  const slowestMs = 1 + random.below(5_000)
  const bank = new Bank(time, random, { faults, silent, slowestMs })
  const hedge = hedgeFor(seeded(-seed), slowestMs)
  const prices = new Map<ModelSpec, KnownPrice>()
  const sellers = new Map<ModelSpec, Seller>()
  const clock = time.clock()
  for (const step of plan.dataset.recipe.steps) {
    if (step.kind !== 'ask' || sellers.has(step.model)) continue
    const price = priceFor(random)
    prices.set(step.model, price)
    sellers.set(step.model, {
      provider: bank.provider(price, THINKS[step.model.name] ?? 0),
      pace: new Pace(clock),
      price,
      ...(hedge ? { hedges: new Hedges(clock, hedge) } : {}),
    })
  }
  const dearest = Math.max(
    ...[...prices].map(([model, price]) => mostOf({ input: 400, output: answerLimit(model.params) ?? longestAnswer(price) }, price)),
  )
  const budgetUsd = dearest * (random.chance(0.1) ? random() : 0.5 + random() * random() * 15)
  const halt = new Halt()
  halt.report({ emit: () => {} })
  // A person may stop it, also in the middle of its calls.
  if (random.chance(0.15)) time.after(random() * 4_000, () => halt.stop('interrupt', 'stopped by the test'))
  if (random.chance(0.1)) time.after(random() * 4_000, () => halt.abort())
  const maxCalls = random.chance(0.2) ? 1 + random.below(60) : undefined
  const limits = new Limits({ budgetUsd, ...(maxCalls === undefined ? {} : { maxCalls }) })
  const building = build({
    work: new Work(plan, createMemoryStore()),
    scope: EVERYTHING,
    sink: { emit: () => {} },
    halt,
    clock,
    random,
    run: 'run-1',
    root: '/simulated',
    files: nowhere,
    environment: {},
    startedAt: 0,
    concurrency: 1 + random.below(24),
    models: [],
    mayBuy: async () => true,
    sellers: ({ model }) => sellers.get(model) as Seller,
    limits,
    budgetUsd,
    partial: false,
    simulated: new Set(),
    maxTries: 1 + random.below(6),
  })
  const { end } = await time.until(building, MOST)
  return {
    seed,
    budgetUsd,
    billedUsd: bank.billedUsd,
    toldUsd: bank.toldUsd,
    saidUsd: end.usage.usd ?? 0,
    open: Math.abs(bank.billedUsd - bank.toldUsd) < 1e-12,
    calls: bank.calls,
    saidCalls: end.calls,
    hedges: end.costs?.hedges?.calls ?? 0,
    atMostHedged: hedge?.atMost ?? 0,
    stopped: end.exitCode === 4 && maxCalls === undefined,
    mostUsd: dearest,
  }
}

/** Some builds make slow calls twice; of their own luck, so that the others are as they would be without. */
function hedgeFor(random: Random, slowestMs: number): HedgeSpec | undefined {
  if (random.chance(0.4)) return undefined
  return { atMost: 0.1 + 0.4 * random(), ...(random.chance(0.7) ? { afterMs: random() * slowestMs } : {}) }
}

/** US dollars for a million tokens; sometimes in tiers, with parts that cost more than the whole. */
function priceFor(random: Random): KnownPrice {
  const rate = () => random() * 10 ** random.below(3)
  const tiered = () => (random.chance(0.2) ? { base: rate(), tiers: [{ start: 50 + random.below(200), price: rate() }] } : rate())
  return {
    input: tiered(),
    output: tiered(),
    ...(random.chance(0.5) ? { cachedInput: tiered() } : {}),
    ...(random.chance(0.3) ? { cacheWrite: tiered() } : {}),
    ...(random.chance(0.2) ? { reasoning: rate() } : {}),
    ...(random.chance(0.1) ? { call: random() / 1_000 } : {}),
    ...(random.chance(0.5) ? { window: 1_000 + random.below(200_000) } : {}),
    source: 'config',
  }
}

const nowhere: Files = {
  open: () => ({ write: () => {}, prepare: () => {}, commit: () => ({ what: 'written', bytes: 0, sha256: '' }), discard: () => {} }),
  discardPartial: () => {},
}
