/** Measures of all rows are remembered by the rows: only other rows, or other limits, have them read again. */
import { afterEach, expect, it, vi } from 'vitest'
import type { Check, Config } from '../../../schema/config.ts'
import { Measurement } from '../../../src/measure/evaluate.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

const ROWS = 30
const config = (checks: Check[], over: Partial<Config> = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: Array.from({ length: ROWS }, (_, i) => `t${i}`) },
  recipe: {
    steps: { user: { ask: 'm', prompt: 'about {{ cell.t }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: 'yes' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks,
  ...over,
})
const ALIKE: Check[] = [{ check: 'templates', severity: 'fail' }, { check: 'diversity' }, { check: 'drift' }]
const speaking = () => new ScriptedProvider({ content: (n) => `could you please tell me ${n}` })
const told = ({ events, result }: Built) => [
  result?.exitCode,
  events.flatMap((event) => (event.type === 'notice' ? [[event.diagnostic.headline, event.diagnostic.facts]] : [])),
]

afterEach(() => vi.restoreAllMocks())

it('measures once for all checks, and not again until rows or limits are others', async () => {
  using at = new World(speaking())
  const read = vi.spyOn(Measurement.prototype, 'push')
  const rowsRead = async (...given: Parameters<World['build']>) => {
    const before = read.mock.calls.length
    const built = await at.build(...given)
    return [read.mock.calls.length - before, told(built)]
  }
  const first = await at.build(config(ALIKE))
  expect(read).toHaveBeenCalledTimes(ROWS)
  const [exitCode, notices] = told(first)
  expect([exitCode, JSON.stringify(notices)]).toEqual([1, expect.stringContaining('could you please')])
  expect(await rowsRead(config(ALIKE))).toEqual([0, told(first)])
  expect(await rowsRead(config(ALIKE, { concurrency: 3 }))).toEqual([0, told(first)])
  expect((await rowsRead(config([...ALIKE, { check: 'length', of: 'user', min: 1 }])))[0]).toBe(0)
  const off: Check = { check: 'templates', limits: { opening: { warn: null, fail: null }, openings: { warn: null, fail: null } } }
  expect(await rowsRead(config([off]))).toEqual([ROWS, [0, []]])
  expect((await rowsRead(config(ALIKE, { dimensions: { t: Array.from({ length: ROWS - 1 }, (_, i) => `t${i}`) } })))[0]).toBe(ROWS - 1)
})

it('measures by themselves what two checks want other limits for', async () => {
  using at = new World(speaking())
  const read = vi.spyOn(Measurement.prototype, 'push')
  const built = await at.build(config([{ check: 'templates' }, { check: 'templates', limits: { opening: { warn: 0.01, fail: null } } }]))
  expect(read).toHaveBeenCalledTimes(2 * ROWS)
  const again = await at.build(config([{ check: 'templates' }, { check: 'templates', limits: { opening: { warn: 0.01, fail: null } } }]))
  expect([read.mock.calls.length, told(again)]).toEqual([2 * ROWS, told(built)])
})
