/** What a build will cost, before it: a range that what it comes to lies in. */
import { describe, expect, it } from 'vitest'
import type { AskSpec } from '../../../src/config/dataset.ts'
import type { KnownPrice } from '../../../src/generate/price.ts'
import { costOf } from '../../../src/generate/price.ts'
import { StepTally } from '../../../src/schedule/estimate.ts'
import type { Store } from '../../../src/store/store.ts'
import { createMemoryStore } from '../../rig/memory-store.ts'
import { type Random, seeded } from '../../rig/random.ts'
import { planFor } from '../plan/plans.ts'

const PRICE: KnownPrice = { input: 1, cachedInput: 0.1, output: 10, source: 'config' }

/** Lengths as answers have them: some are far longer than most. */
function usageBy(random: Random) {
  const input = 200 + random.below(200)
  return { input, output: 20 + Math.floor(-200 * Math.log(1 - random())), cachedInput: random.chance(0.5) ? 150 : 0 }
}

function storeOf(usages: readonly ReturnType<typeof usageBy>[]): Store {
  const raws = usages.map(({ input, output, cachedInput }) =>
    Buffer.from(
      JSON.stringify({
        choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: { cached_tokens: cachedInput } },
      }),
    ),
  )
  return { ...createMemoryStore(), recent: (_step: string, most: number) => raws.slice(0, most) }
}

const step = async (changes: object = {}) =>
  (await planFor({ models: { m: { use: 'openai:m', ...changes } } })).dataset.recipe.steps[0] as AskSpec

describe('from earlier answers', () => {
  it.each([10, 50, 200])('of which there are %i, what comes lies in the range nineteen times of twenty', async (answers) => {
    const asked = await step()
    let within = 0
    const RUNS = 300
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seeded(seed)
      const tally = new StepTally(asked, storeOf(Array.from({ length: answers }, () => usageBy(random))), (text) => text.length)
      tally.following = 20 + random.below(400)
      const { usd, basis } = tally.estimate(PRICE)
      expect(basis).toEqual({ step: 'said', answers })
      let real = 0
      for (let i = 0; i < tally.following; i++) real += costOf(usageBy(random), PRICE)
      if (usd && real >= usd.low && real <= usd.high) within++
    }
    // With ten answers the spread itself is a guess.
    expect(within / RUNS).toBeGreaterThanOrEqual(answers === 10 ? 0.85 : 0.93)
  })

  it('few make a wide range, and many a narrow one', async () => {
    const asked = await step()
    const width = (answers: number) => {
      const random = seeded(7)
      const tally = new StepTally(asked, storeOf(Array.from({ length: answers }, () => usageBy(random))), (text) => text.length)
      tally.following = 200
      const usd = tally.estimate(PRICE).usd as { low: number; likely: number; high: number }
      return (usd.high - usd.low) / usd.likely
    }
    expect([width(3) > width(20), width(20) > width(200)]).toEqual([true, true])
  })
})

describe('of a model that is asked in batch jobs', () => {
  it('calls cost half, but for those that are asked online; vectors are all of those', async () => {
    const asked = await step({ transport: 'batch' })
    const usd = (of: AskSpec, online: number) => {
      const tally = new StepTally(of, createMemoryStore(), (text) => text.length)
      tally.following = 10
      tally.askOnline(online)
      return [tally.online, tally.estimate(PRICE).usd?.likely as number] as const
    }
    const [, full] = usd(await step(), 0)
    expect(usd(asked, 0)).toEqual([0, expect.closeTo(full / 2, 12)])
    expect(usd(asked, 4)).toEqual([4, expect.closeTo(full * 0.4 + (full / 2) * 0.6, 12)])
    // What is told of cells may be more than there are calls.
    expect(usd(asked, 40)).toEqual([10, expect.closeTo(full, 12)])
    expect(usd({ ...asked, embeds: () => 'text' }, 0)[0]).toBe(10)
  })
})

describe('without any', () => {
  it('answers are taken to be a sentence to a page, and no longer than they may be', async () => {
    const empty = createMemoryStore()
    const of = async (changes: object) => {
      const tally = new StepTally(await step(changes), empty, (text) => text.length)
      tally.following = 10
      const { output, basis } = tally.estimate(PRICE)
      return [output.low, output.likely, output.high, basis.answers]
    }
    expect(await of({})).toEqual([500, 2_500, 10_000, 0])
    expect(await of({ maxTokens: 200 })).toEqual([500, 2_000, 2_000, 0])
    expect(await of({ reasoningEffort: 'high' })).toEqual([500, 2_500, 50_000, 0])
  })

  it('what may not come at all is not part of the least', async () => {
    const tally = new StepTally(await step(), createMemoryStore(), (text) => text.length)
    tally.following = 5
    tally.possible = 5
    const { output } = tally.estimate(undefined)
    expect([output.low, output.high]).toEqual([250, 10_000])
  })

  it('an unknown price is unknown, never 0', async () => {
    const tally = new StepTally(await step(), createMemoryStore(), (text) => text.length)
    tally.following = 1
    expect(tally.estimate(undefined).usd).toBe(undefined)
  })
})
