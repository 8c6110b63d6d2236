/** Cells of several steps: a step is asked for exactly when its own request is another. */
import { expect, it } from 'vitest'
import type { Config } from '../../schema/config.ts'
import { Speaker, said } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const config = (more: { question?: string; system?: string; topic?: string } = {}): Config => ({
  name: 'story',
  models: { writer: 'openai:writer', tutor: 'openai:tutor' },
  dimensions: {
    topic: [
      { id: 'a', guide: more.topic ?? 'apples' },
      { id: 'b', guide: 'bread' },
    ],
  },
  recipe: {
    steps: {
      user: { ask: 'writer', prompt: `${more.question ?? 'ask'} about {{ guide.topic }}` },
      answer: { ask: 'tutor', system: more.system ?? 'be kind', prompt: '{{ steps.user }}' },
    },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.user }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
})

const echo = () => new Speaker((model, message) => (model === 'writer' ? `Q: ${message.split(' ').at(-1)}` : `A: ${message}`))

it('a cell whose first step is clean and whose second is dirty buys only the second', async () => {
  using world = new World(echo())
  await world.build(config())
  expect(said((await world.build(config({ system: 'be strict' }))).calls)).toEqual(['tutor: Q: apples @0.0.0', 'tutor: Q: bread @0.0.0'])
})

it('an edited guide asks for the first step of its cell, and for the second because its words follow', async () => {
  using world = new World(echo())
  await world.build(config())
  expect(said((await world.build(config({ topic: 'pears' }))).calls)).toEqual(['tutor: Q: pears @0.0.0', 'writer: ask about pears @0.0.0'])
})

it('a first step that is asked anew and says the same leaves the rest as it is, to the byte', async () => {
  using world = new World(echo())
  await world.build(config())
  const before = { rows: world.bytes('train.jsonl'), stamps: world.stamps()['train.jsonl'] }
  // Every first request is another; the answers come out the same.
  expect(said((await world.build(config({ question: 'please ask' }))).calls)).toEqual([
    'writer: please ask about apples @0.0.0',
    'writer: please ask about bread @0.0.0',
  ])
  expect({ rows: world.bytes('train.jsonl'), stamps: world.stamps()['train.jsonl'] }).toEqual(before)
})
