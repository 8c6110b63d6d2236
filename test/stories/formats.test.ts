/** One dataset in several formats, and a row that one of them cannot hold. */
import { expect, it } from 'vitest'
import type { Config, StepContext } from '../../schema/config.ts'
import { Speaker } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const pairs = (outputs: NonNullable<Config['outputs']>): Config => ({
  name: 'story',
  models: { writer: 'openai:writer' },
  dimensions: { topic: ['apples', 'bread'] },
  recipe: {
    steps: { good: { ask: 'writer', prompt: 'well: {{ cell.topic }}' }, bad: { ask: 'writer', prompt: 'badly: {{ cell.topic }}' } },
    example: {
      messages: [
        { role: 'user', content: 'About {{ cell.topic }}?' },
        { role: 'assistant', content: '{{ steps.good }}' },
      ],
      rejected: [{ role: 'assistant', content: '{{ steps.bad }}' }],
    },
  },
  outputs,
})

it('another format of the same rows costs nothing and is written from the kept answers', async () => {
  using world = new World(new Speaker((_, message) => `A ${message}`))
  await world.build(pairs({ train: {} }))
  const again = await world.build(pairs({ train: {}, dpo: { format: 'trl-preference' }, kto: { format: 'trl-kto' } }))
  expect(again.calls).toEqual([])
  expect(world.rows('train')?.map(({ line }) => line)[0]).toBe(
    '{"messages":[{"role":"user","content":"About apples?"},{"role":"assistant","content":"A well: apples"}]}',
  )
  expect(world.rows('dpo')?.map(({ line }) => line)[1]).toBe(
    '{"prompt":[{"role":"user","content":"About bread?"}],"chosen":[{"role":"assistant","content":"A well: bread"}],"rejected":[{"role":"assistant","content":"A badly: bread"}]}',
  )
  // Two rows for a pair, each with its own sidecar line.
  expect(world.rows('kto')?.map(({ meta }) => meta.cell['topic'])).toEqual(['apples', 'apples', 'bread', 'bread'])
})

it('a pair of equal answers is rejected under a name of its own', async () => {
  using world = new World(new Speaker((_, message) => (message.includes('apples') ? 'the same' : `A ${message}`)))
  const { result } = await world.build(pairs({ train: { format: 'openai-preference' } }))
  expect(result?.end.counts).toMatchObject({ accepted: 1, rejected: 1 })
  expect(world.rows()?.map(({ meta }) => meta.cell['topic'])).toEqual(['bread'])
})

it('a row that a format cannot hold is rejected and says which', async () => {
  using world = new World(new Speaker((_, message) => `A ${message}`))
  const config = pairs({ train: { format: 'alpaca' } })
  const again = { role: 'user', content: 'And?' } as const
  const example = ({ cell, steps }: StepContext) => ({
    messages: [
      ...(cell['topic'] === 'bread' ? [again, { role: 'assistant' as const, content: 'So.' }] : []),
      { role: 'user' as const, content: 'x' },
      { role: 'assistant' as const, content: String(steps['good']) },
    ],
  })
  const { result, events } = await world.build({ ...config, recipe: { ...config.recipe, example } as Config['recipe'] })
  expect(result?.end.counts).toMatchObject({ accepted: 1, rejected: 1 })
  expect(JSON.stringify(events)).toContain('the output \\"train\\" is \\"alpaca\\", and it is not one question and one answer')
})
