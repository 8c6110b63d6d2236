/** Collecting garbage over random histories: what is kept carries every row and every choice of the config that was named. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reach } from '../../src/commands/cache/reach.ts'
import type { Loaded } from '../../src/config/dataset.ts'
import { planOf } from '../../src/plan/plan.ts'
import { preview } from '../../src/schedule/preview.ts'
import { EVERYTHING } from '../../src/schedule/scope.ts'
import { Work } from '../../src/schedule/work.ts'
import { collect, weigh } from '../../src/store/care/collect.ts'
import { addHolds } from '../../src/store/care/holds.ts'
import { openFile } from '../../src/store/open.ts'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { seeded } from '../rig/random.ts'
import { World } from '../rig/world.ts'
import { LawProvider } from './law-provider.ts'
import { configOf, editOf, type Model, randomModel } from './model.ts'

/** More of them in a campaign. */
const HISTORIES = Number(process.env['DATAGEN_HISTORIES'] ?? 50)
const MS_A_HISTORY = 2_000
const FIRST_SEED = Number(process.env['DATAGEN_SEED'] ?? 1)

async function gc(world: World, models: readonly Model[]): Promise<number> {
  const dir = join(world.root, '.datagen')
  const store = openStoreIfExists(dir)
  const reached = []
  for (const model of models) {
    const dataset = await world.dataset(configOf(model))
    reached.push(reach({ dataset, root: world.root, configPath: join(world.root, 'datagen.config.json') } as Loaded, store, () => {}))
  }
  await store.close()
  const file = openFile(dir, 'write', 1000)
  try {
    const [first, ...others] = reached.map(({ answers }) => answers)
    if (!first) throw new Error('no config')
    for (const ids of others) for (const id of ids) first.add(id)
    addHolds(
      file.database,
      reached.flatMap(({ holds }) => holds),
      first,
    )
    const garbage = weigh(file.database, first, { since: undefined, runs: 0, damaged: true, spare: true }, () => {})
    collect(file, garbage)
    return garbage.goes.answers
  } finally {
    file.close()
  }
}

/** Which draws each item holds, and what a build would ask: all that a row depends on beside the answers themselves. */
async function choices(world: World, model: Model) {
  const store = openStoreIfExists(join(world.root, '.datagen'))
  try {
    const work = new Work(planOf(await world.dataset(configOf(model))), store)
    const ordinals = [...work.ordinals.of]
    const { batches, calls } = preview(work, new Map(), EVERYTHING)
    const counted = batches.map(({ unchanged, rejectedBefore, fresh, changed }) => ({ unchanged, rejectedBefore, asked: fresh + changed }))
    return { ordinals, counted, calls: calls.map(({ calls: known, followUps }) => ({ known, followUps })) }
  } finally {
    await store.close()
  }
}

const bytesOf = (world: World) => Object.fromEntries(Object.keys(world.stamps()).map((file) => [file, world.bytes(file)]))

it(`after a collection nothing is bought or chosen anew, over ${HISTORIES} random histories`, {
  timeout: 60_000 + MS_A_HISTORY * HISTORIES,
}, async () => {
  let collected = 0
  let settled = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    const random = seeded(seed * 15485863)
    // Answers that cannot be used are paid for and looked at, too.
    const rate = random.chance(0.5) ? 0.3 : 0
    const fate = () => (random.chance(rate) ? random.pick(['refusal', 'cut-off'] as const) : 'answer')
    const provider = new LawProvider({ delay: () => random.below(3), fate }, random.chance(0.3))
    using world = new World(provider)
    let model = randomModel(random)
    for (let step = 0; step < 4; step++) {
      const killAfter = random.chance(0.3) ? random.below(60) : undefined
      await world.build(configOf(model), { retry: random.chance(0.3), ...(killAfter === undefined ? {} : { killAfter }) })
      if (step < 3) model = editOf(model, random)
    }
    const other = editOf(model, random)
    const named = random.chance(0.4) ? [model, other] : [model]
    const before = await Promise.all(named.map((one) => choices(world, one)))
    const wasSettled = before[0]?.counted.every(({ asked }) => asked === 0) ?? false
    collected += await gc(world, named)
    expect(await Promise.all(named.map((one) => choices(world, one))), `seed ${seed}`).toEqual(before)
    expect(await gc(world, named), `seed ${seed}`).toBe(0)
    if (!wasSettled) continue
    settled++
    const rows = bytesOf(world)
    expect((await world.build(configOf(model))).calls, `seed ${seed}`).toEqual([])
    expect(bytesOf(world), `seed ${seed}`).toEqual(rows)
  }
  expect(collected).toBeGreaterThan(HISTORIES)
  expect(settled).toBeGreaterThan(HISTORIES / 4)
})
