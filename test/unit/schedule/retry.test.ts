/** A row that a check turns down goes back with the finding, where the check says so. */
import { describe, expect, it } from 'vitest'
import type { Check, Config } from '../../../schema/config.ts'
import { ScriptedProvider } from '../../rig/scripted-provider.ts'
import { type Built, World } from '../../rig/world.ts'

const config = (checks: Check[], attempts = 3): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: ['a', 'b', 'c'] },
  recipe: {
    attempts,
    steps: { question: { ask: 'm', prompt: 'ask about {{ cell.t }}' }, answer: { ask: 'm', prompt: 'answer: {{ steps.question }}' } },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.question }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks,
})
type Message = { readonly role: string; readonly content: string }
const messages = ({ calls }: Built) => calls.map(({ body }) => body['messages'] as unknown as Message[])
const FINDING =
  'This was turned down by a check: an answer begins with a refusal: "i can\'t help with". Write it again, in the same form, so that this no longer holds.'
/** Refuses to answer about b so many times. */
const refusing = (times: number) =>
  new ScriptedProvider({
    content: (_, { body }) => {
      const said = body['messages'] as unknown as Message[]
      const first = said[0]?.content as string
      if (!first.startsWith('answer')) return `what is ${first.at(-1)}?`
      const turn = (said.length - 1) / 2
      return first.includes('what is b') && turn < times ? "I can't help with that." : `it is this, after ${turn}`
    },
  })
const retry: Check = { check: 'refusal', retry: true }

describe('a check that sends rows back', () => {
  it('has the last step asked again with its answer and the finding, and the row is kept', async () => {
    using world = new World(refusing(1))
    const built = await world.build(config([retry]))
    expect(built.calls).toHaveLength(7)
    expect(messages(built).filter((said) => said.length > 1)).toEqual([
      [
        { role: 'user', content: 'answer: what is b?' },
        { role: 'assistant', content: "I can't help with that." },
        { role: 'user', content: FINDING },
      ],
    ])
    expect(built.result?.end.counts).toMatchObject({ accepted: 3, rejected: 0 })
    expect(world.rows()?.map(({ row }) => row.messages[1]?.content)).toEqual([
      'it is this, after 0',
      'it is this, after 1',
      'it is this, after 0',
    ])
    expect(built.events.flatMap((event) => (event.type === 'step-start' && event.reason !== 'new' ? [event.reason] : []))).toEqual([
      'attempt 2 of step "answer" after refusal',
    ])
    const again = await world.build(config([retry]))
    expect([again.calls, again.result?.exitCode]).toEqual([[], 0])
  })

  it('gives up after as many attempts as the recipe has, and remembers it', async () => {
    using world = new World(refusing(9))
    const built = await world.build(config([retry]))
    expect(
      messages(built)
        .map((said) => said.length)
        .filter((length) => length > 1),
    ).toEqual([3, 5])
    expect(built.result?.end.problems.map(({ code, count }) => [code, count])).toEqual([['refusal', 1]])
    expect((await world.build(config([retry]))).calls).toEqual([])
  })

  it('asks nothing where it is off, picks up kept answers when it is turned on, and leaves them when it is turned off again', async () => {
    using world = new World(refusing(1))
    expect((await world.build(config([{ check: 'refusal' }]))).calls).toHaveLength(6)
    expect(world.rows()).toHaveLength(2)
    const on = await world.build(config([retry]))
    expect(messages(on).map((said) => said.length)).toEqual([3])
    expect(on.plan.items).toBe(1)
    expect(world.rows()).toHaveLength(3)
    expect((await world.build(config([{ check: 'refusal' }]))).calls).toEqual([])
    expect(world.rows()).toHaveLength(2)
    expect((await world.build(config([retry]))).calls).toEqual([])
    expect(world.rows()).toHaveLength(3)
  })

  it('goes back to the question when the user is to blame, and the answer is asked for the new one', async () => {
    using world = new World(
      new ScriptedProvider({
        content: (_, { body }) => {
          const said = body['messages'] as unknown as Message[]
          const first = said[0]?.content as string
          return first.startsWith('answer') ? 'it is this' : said.length > 1 ? 'a much longer question than before' : 'short?'
        },
      }),
    )
    const built = await world.build({ ...config([{ check: 'length', of: 'user', min: 20, retry: true }]), dimensions: { t: ['a'] } })
    expect(messages(built).map((said) => [said.length, said[0]?.content])).toEqual([
      [1, 'ask about a'],
      [1, 'answer: short?'],
      [3, 'ask about a'],
      [1, 'answer: a much longer question than before'],
    ])
    expect(world.rows()?.[0]?.row.messages.map(({ content }) => content)).toEqual(['a much longer question than before', 'it is this'])
  })

  it.each([5, 9, 13, 17, 21, 25, 29])('comes to the same after a death at operation %i', async (killAfter) => {
    using whole = new World(refusing(1))
    await whole.build(config([retry]))
    using world = new World(refusing(1))
    await world.build(config([retry]), { killAfter })
    const rest = await world.build(config([retry]))
    expect(rest.result?.end.counts).toMatchObject({ accepted: 3 })
    expect(world.rows()?.map(({ row }) => row)).toEqual(whole.rows()?.map(({ row }) => row))
  })
})
