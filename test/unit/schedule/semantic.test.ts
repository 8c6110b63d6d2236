/** Rows that mean the same in other words: vectors are bought once each, kept, and compared in cell order. */
import { describe, expect, it } from 'vitest'
import type { Config, SemanticDuplicatesCheck, SpreadCheck } from '../../../schema/config.ts'
import type { JsonObject } from '../../../schema/json.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

const config = (check: Partial<SemanticDuplicatesCheck> | null = {}, over: Partial<Config> = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' }, v: { use: 'openai:v', extra: { dimensions: 3 } } },
  dimensions: { t: ['a', 'b', 'c', 'd'] },
  recipe: {
    steps: { user: { ask: 'm', prompt: 'about {{ cell.t }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: 'so {{ cell.t }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks: check === null ? [] : [{ check: 'semantic-duplicates', model: 'v', ...check }],
  ...over,
})
/** a and c mean the same, d nearly. */
const VECTORS: { readonly [t: string]: readonly number[] } = { a: [1, 0, 0], b: [0, 1, 0], c: [2, 0, 0], d: [1, 0, 0.25] }
const topic = (text: string) => text.at(-1) as string
const speaking = (over: object = {}) =>
  new ScriptedProvider({
    content: (_, { body }) => `what is ${JSON.stringify(body).match(/about (\w)/)?.[1]}`,
    vector: (text) => VECTORS[topic(text)] as number[],
    ...over,
  })
const asked = ({ calls }: Built) => calls.flatMap(({ body }) => (body['input'] === undefined ? [] : [String(body['input'])])).sort()
const cells = (at: World) => at.rows()?.map(({ meta }) => meta.cell['t'])

describe('semantic duplicates', () => {
  it('turns down the later of two rows that mean nearly the same, and asks for each text once', async () => {
    using at = new World(speaking({ delay: (n: number) => 20 - n }))
    const built = await at.build(config())
    expect(asked(built)).toEqual(['what is a', 'what is b', 'what is c', 'what is d'])
    const vector = built.calls.find(({ body }) => body['input'] !== undefined)?.body as JsonObject
    expect(Object.keys(vector).sort()).toEqual(['dimensions', 'encoding_format', 'input', 'model'])
    expect(built.result?.end.problems).toEqual([
      { code: 'semantic-duplicates', message: 'nearly the same meaning of the user text as in a row before it', count: 1 },
    ])
    expect(cells(at)).toEqual(['a', 'b', 'd'])
    expect([(await at.build(config())).calls, cells(at)]).toEqual([[], ['a', 'b', 'd']])
  })

  it('asks nothing for another limit, for an undo, and when it only warns', async () => {
    using at = new World(speaking())
    await at.build(config())
    // cos(a, d) = 1 / √(1 + 1/16) = 0.9701…
    for (const [similarity, kept] of [
      [0.971, 'a b d'],
      [0.97, 'a b'],
      [1, 'a b d'],
      [0.98, 'a b d'],
    ] as const)
      expect([similarity, (await at.build(config({ similarity }))).calls, cells(at)?.join(' ')]).toEqual([similarity, [], kept])
    const warned = await at.build(config({ severity: 'warn', similarity: 0.97 }))
    expect([warned.calls, cells(at)]).toEqual([[], ['a', 'b', 'c', 'd']])
    expect(warned.events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic.headline] : []))).toEqual([
      '2 rows: semantic-duplicates: nearly the same meaning of the user text as in a row before it',
    ])
  })

  it('asks for vectors alone when it is added, shares those of equal texts, and plans exactly that', async () => {
    using at = new World(speaking({ content: () => 'what is a' }))
    expect((await at.build(config(null))).calls).toHaveLength(4)
    const added = await at.build(config())
    expect([added.calls.length, asked(added), cells(at)]).toEqual([1, ['what is a'], ['a']])
    expect(added.plan.calls.map(({ model, calls, followUps, outputTokens }) => [model.name, calls, followUps, outputTokens])).toEqual([
      ['v', 1, 0, 0],
    ])
  })

  it('compares new rows with those of builds before, whose vectors are read again', async () => {
    using at = new World(speaking())
    const of = (...t: string[]) => config({}, { dimensions: { t } })
    await at.build(of('b', 'c'))
    expect(cells(at)).toEqual(['b', 'c'])
    const grown = await at.build(of('a', 'b', 'c'))
    expect([asked(grown), cells(at), at.recalled > 0]).toEqual([['what is a'], ['a', 'b'], true])
    expect([(await at.build(of('a', 'b', 'c'))).calls, cells(at)]).toEqual([[], ['a', 'b']])
  })

  it('takes no answer of another kind for a vector, and no vector for an answer', async () => {
    using at = new World(speaking({ vector: () => [] }))
    const built = await at.build(config())
    expect(built.result?.end.counts).toMatchObject({ accepted: 0, failed: 4 })
    expect(built.result?.end.problems.map(({ code }) => code)).toEqual(['no-choices'])
    at.provider.script = { ...at.provider.script, vector: (text: string) => VECTORS[topic(text)] as number[] }
    expect((await at.build(config())).calls).toHaveLength(4)
    expect(cells(at)).toEqual(['a', 'b', 'd'])
  })

  it('costs what vectors cost', async () => {
    using at = new World(speaking())
    await at.build(config(null), { price: { input: 1, output: 1 } })
    const { result } = await at.build(config(), { price: { input: 1, output: 1 } })
    expect(result?.end.usage).toMatchObject({ inputTokens: 28, outputTokens: 0, usd: 28e-6, estimated: false })
  })

  it.each([5, 9, 13, 17, 21, 25, 29])('comes to the same after a death at operation %i, with no vector bought twice', async (killAfter) => {
    using at = new World(speaking())
    const first = await at.build(config(), { killAfter, concurrency: 1 })
    const rest = await at.build(config(), { concurrency: 1 })
    expect(cells(at)).toEqual(['a', 'b', 'd'])
    expect(first.calls.length + rest.calls.length).toBeLessThanOrEqual(9)
  })
})

describe('the spread of rows', () => {
  const topics = Array.from({ length: 24 }, (_, i) => `${i}`)
  /** In a plane, so many degrees apart. */
  const fan = (degrees: number) => (text: string) => {
    const angle = (Number(/\d+/.exec(text)?.[0]) * degrees * Math.PI) / 180
    return [Math.cos(angle), Math.sin(angle)]
  }
  const provider = (degrees: number) =>
    new ScriptedProvider({ content: (_, { body }) => `what is ${JSON.stringify(body).match(/about (\d+)/)?.[1]}`, vector: fan(degrees) })
  const spread = (limits: SpreadCheck['limits'], severity: SpreadCheck['severity'] = 'fail') =>
    config(null, { dimensions: { t: topics }, checks: [{ check: 'spread', model: 'v', limits, severity }] })
  const told = ({ events, result }: Built) => [
    result?.exitCode,
    events.flatMap((event) =>
      event.type === 'notice' ? [[event.diagnostic.severity, event.diagnostic.headline, event.diagnostic.facts]] : [],
    ),
  ]

  it('is told where rows lie too close, from kept vectors, and is remembered', async () => {
    using at = new World(provider(2))
    // Neighbours are 2 degrees apart: 1 - cos 2° = 0.00061.
    const built = await at.build(spread({ nearest: { warn: 0.01, fail: 0.001 }, distance: { warn: 0.0001 } }))
    const said = [
      [
        'error',
        'after batch "all": nearest: 0.00061, less than 0.001, how far a row lies from the one nearest to it, on average',
        [['found', expect.stringMatching(/^the two that are most alike, 2 rows, such as \d+$/)]],
      ],
    ]
    expect(told(built)).toEqual([1, said])
    const again = await at.build(spread({ nearest: { warn: 0.01, fail: 0.001 }, distance: { warn: 0.0001 } }))
    expect([again.calls, told(again)]).toEqual([[], [1, said]])
    const moved = await at.build(spread({ nearest: { warn: 0.01 } }))
    expect([moved.calls, told(moved)]).toEqual([[], [0, [expect.arrayContaining(['warning'])]]])
    const fine = await at.build(spread({ nearest: { fail: 0.0006 } }))
    expect([fine.calls, told(fine)]).toEqual([[], [0, []]])
  })

  it('says nothing of few rows, and shares its vectors with semantic duplicates', async () => {
    using at = new World(provider(30))
    const few = await at.build({ ...spread({ nearest: { fail: 1 } }), dimensions: { t: topics.slice(0, 10) } })
    expect(told(few)).toEqual([0, []])
    const both = spread({ nearest: { fail: 1 } })
    const built = await at.build({
      ...both,
      checks: [...(both.checks ?? []), { check: 'semantic-duplicates', model: 'v' }],
      dimensions: { t: topics.slice(0, 10) },
    })
    expect([built.calls, built.result?.exitCode]).toEqual([[], 0])
  })
})
