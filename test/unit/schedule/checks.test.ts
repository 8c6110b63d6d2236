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

const TEXTS: { readonly [t: string]: string } = {
  a: 'how do I read a large file line by line without filling the memory of my machine',
  b: 'how do I read a large file line by line without filling the memory of my laptop',
  c: 'what is the difference between a list and a tuple, and when should I use which',
}
const speaking = () =>
  new ScriptedProvider({
    content: (_, { body }) => TEXTS[(JSON.stringify(body).match(/about (\w)/) as RegExpMatchArray)[1] as string] as string,
  })
const near = (over: Partial<Check> = {}) => ({ check: 'near-duplicates', of: 'assistant', ...over }) as Check

it('keeps the first of near duplicates in cell order, whatever arrives first; a looser limit and an undo ask nothing', async () => {
  using world = new World(speaking())
  const first = await world.build(config(near()), { concurrency: 1, random: () => 0 })
  expect(first.result?.end.problems).toEqual([
    { code: 'near-duplicates', message: 'nearly the same assistant text as a row before it', count: 1 },
  ])
  const cells = () => world.rows()?.map(({ meta }) => meta.cell['t'])
  expect(cells()).toEqual(['a', 'c'])
  const loose = await world.build(config(near({ similarity: 0.95 } as Partial<Check>)))
  expect([loose.calls, cells()]).toEqual([[], ['a', 'b', 'c']])
  const back = await world.build(config(near()))
  expect([back.calls, cells()]).toEqual([[], ['a', 'c']])
})

it('compares new rows with those of builds before, which are read again, and finds the twin that an edit brings to the front', async () => {
  using world = new World(speaking())
  const of = (...t: string[]): Config => ({ ...config(near()), dimensions: { t } })
  expect((await world.build(of('b', 'c'))).calls).toHaveLength(2)
  expect(world.rows()?.map(({ meta }) => meta.cell['t'])).toEqual(['b', 'c'])
  const grown = await world.build(of('a', 'b', 'c'))
  expect(grown.calls).toHaveLength(1)
  expect(world.recalled).toBeGreaterThan(0)
  expect(world.rows()?.map(({ meta }) => meta.cell['t'])).toEqual(['a', 'c'])
  const again = await world.build(of('a', 'b', 'c'))
  expect([again.calls, again.result?.end.counts.rejected]).toEqual([[], 1])
})
