/** The laws over random datasets, edits, failures and kills, against the oracle of oracle.ts. A failing seed is named; the order in which the real store answers may vary between replays. */
import { expect, it } from 'vitest'
import { type Random, seeded } from '../rig/random.ts'
import { World } from '../rig/world.ts'
import { history } from './history.ts'
import { LawProvider } from './law-provider.ts'
import { configOf, type Model, randomModel } from './model.ts'

/** More of them in a campaign. What the suite has is enough to catch each mutant of the engine that was tried. */
const HISTORIES = Number(process.env['DATAGEN_HISTORIES'] ?? 150)
const TWINS = Math.max(30, Math.round(HISTORIES / 5))
const MS_A_HISTORY = 2_000
const FIRST_SEED = Number(process.env['DATAGEN_SEED'] ?? 1)

it(`holds I1–I10 over ${HISTORIES} random histories`, { timeout: 60_000 + MS_A_HISTORY * HISTORIES }, async () => {
  let recalled = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    try {
      recalled += await history(seed)
    } catch (error) {
      throw new Error(`history ${seed} breaks a law (replay: DATAGEN_SEED=${seed} DATAGEN_HISTORIES=1 npx vitest run test/laws)`, {
        cause: error,
      })
    }
  }
  // Without columns in play the laws would say nothing about them.
  expect(recalled).toBeGreaterThan(5 * HISTORIES)
})

async function twin(model: Model, random: Random, settings: { concurrency: number; killAfter?: number }): Promise<Record<string, string>> {
  const provider = new LawProvider({ fresh: false, delay: () => random.below(5) }, true)
  using world = new World(provider)
  if (settings.killAfter !== undefined) await world.build(configOf(model), settings)
  const { result } = await world.build(configOf(model), { concurrency: settings.concurrency })
  expect(result?.settled).toBe(true)
  return Object.fromEntries(Object.keys(world.stamps()).map((file) => [file, world.bytes(file)]))
}

it('I6: concurrency and completion order never change an output', { timeout: 60_000 + MS_A_HISTORY * TWINS }, async () => {
  for (let seed = 1; seed <= TWINS; seed++) {
    const random = seeded(seed * 7919)
    const model = randomModel(random)
    expect(await twin(model, random, { concurrency: 2 + random.below(8) }), `seed ${seed}`).toEqual(
      await twin(model, seeded(seed), { concurrency: 1 }),
    )
  }
})

it('I7: a build that was killed anywhere and repeated gives the outputs of one that was not', {
  timeout: 60_000 + MS_A_HISTORY * TWINS,
}, async () => {
  for (let seed = 1; seed <= TWINS; seed++) {
    const random = seeded(seed * 104729)
    const model = randomModel(random)
    const whole = await twin(model, seeded(seed), { concurrency: 3 })
    expect(await twin(model, random, { concurrency: 3, killAfter: random.below(60) }), `seed ${seed}`).toEqual(whole)
  }
})
