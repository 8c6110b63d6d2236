/** Checks are free to edit: what they judge is kept, so adding one, moving its threshold and taking it away asks nothing. */
import { expect, it } from 'vitest'
import type { Check, Config } from '../../../schema/config.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { World } from '../../rig/world.ts'
import { asking } from '../plan/plans.ts'

const config = (...checks: Check[]): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: ['a', 'b', 'c'] },
  recipe: asking('about {{ cell.t }}'),
  outputs: { train: { path: 'data/train.jsonl' } },
  checks,
})

it('asks nothing when row checks are added, moved and taken away, and judges by what is there', async () => {
  using world = new World(new ScriptedProvider())
  expect((await world.build(config())).calls).toHaveLength(3)
  const rejected = async (...checks: Check[]) => {
    const { calls, result } = await world.build(config(...checks))
    expect(calls).toEqual([])
    return result?.end.problems.map(({ code, count }) => [code, count])
  }
  expect(await rejected({ check: 'refusal' }, { check: 'repetition' }, { check: 'code' })).toEqual([])
  expect(await rejected({ check: 'json' })).toEqual([['json', 3]])
  expect(await rejected({ check: 'length', of: 'user', by: 't', bounds: { b: { min: 1000 } } })).toEqual([['length', 1]])
  expect(await rejected({ check: 'length', of: 'user', by: 't', bounds: { b: { min: 1 } } })).toEqual([])
  expect(world.rows()).toHaveLength(3)
})
