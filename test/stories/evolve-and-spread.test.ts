/** Recipes that make one thing from another: evolved questions, and candidates that one call proposes for many cells. */
import { expect, it } from 'vitest'
import type { Config, Evolve, SpreadStep } from '../../schema/config.ts'
import { Speaker, said } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const topics = Array.from({ length: 10 }, (_, i) => `topic ${i}`)

const evolving = (recipe: Omit<Evolve, 'preset'>): Config => ({
  name: 'story',
  models: { writer: 'openai:writer', evolver: 'openai:evolver', tutor: 'openai:tutor' },
  dimensions: { topic: topics },
  recipe: { preset: 'evolve', user: 'writer', assistant: 'tutor', evolver: 'evolver', ...recipe },
})

const evolver = () =>
  new Speaker((model, message) => {
    if (model === 'writer') return `Q${/topic (\d)/.exec(message)?.[1]}`
    if (model === 'tutor') return `A ${message}`
    return `${/<message>\n(.*)\n/.exec(message)?.[1]}, ${/- (.*?)(?: —|\n)/.exec(message)?.[1]}`
  })

it('one round more keeps those before it; an edited operation asks on where it was used', async () => {
  using world = new World(evolver())
  const operations = [{ id: 'deeper', guide: 'Go deeper.' }, { id: 'wider', guide: 'Go wider.' }, { id: 'colder' }]
  expect((await world.build(evolving({ operations }))).calls).toHaveLength(40)
  const questions = () => (world.rows() ?? []).map(({ row }) => row.messages[0]?.content as string)
  const before = questions()
  // Every operation is used, and none twice for one question.
  expect(new Set(before.flatMap((text) => text.split(', ').slice(1))).size).toBe(3)
  for (const text of before) expect(new Set(text.split(', ').slice(1)).size).toBe(2)

  const longer = await world.build(evolving({ operations, rounds: 3 }))
  expect(longer.calls.map(({ body }) => body['model']).sort()).toEqual([...topics.map(() => 'evolver'), ...topics.map(() => 'tutor')])
  for (const [i, text] of questions().entries()) expect(text.startsWith(`${before[i]}, `)).toBe(true)

  await world.build(evolving({ operations }))
  const edited = [{ id: 'deeper', guide: 'Go much deeper.' }, ...operations.slice(1)]
  const { calls } = await world.build(evolving({ operations: edited }))
  // The words come out the same here, so nothing behind the operation itself is asked.
  expect(calls.map(({ body }) => body['model'])).toEqual(before.filter((text) => text.includes('deeper')).map(() => 'evolver'))
})

const spreading = (
  dimensions: NonNullable<Config['dimensions']>,
  step: Partial<SpreadStep> = {},
  batches: Config['batches'] = undefined,
): Config => ({
  name: 'story',
  models: { ideas: 'openai:ideas', writer: 'openai:writer' },
  dimensions,
  recipe: {
    steps: {
      persona: { spread: 'ideas', prompt: 'People in a {{ cell.place }}', count: 3, ...step },
      question: { ask: 'writer', prompt: '{{ steps.persona }} asks in a {{ cell.place }}' },
    },
    example: {
      messages: [
        { role: 'user', content: '{{ steps.question }}' },
        { role: 'assistant', content: 'So.' },
      ],
    },
  },
  ...(batches ? { batches } : {}),
})

const ideas = (repeats = false) =>
  new Speaker((model, message, { attempt }) => {
    if (model === 'writer') return `Q: ${message}`
    const names = repeats && attempt === 0 ? ['Ann', 'ann ', 'Cleo'] : ['Ann', 'Bob', 'Cleo', 'Dora']
    const candidates = names.slice(0, 3).map((text) => ({ text: `${text} of ${message.split(' ').at(-1)}`, probability: 0.3 }))
    return JSON.stringify({ candidates })
  })

it('one call proposes for all values of a dimension, and each takes its own; a value more at the end moves none', async () => {
  using world = new World(ideas())
  const two = spreading({ who: ['first', 'second'], place: ['shop', 'school'] }, { over: 'who' })
  const { calls, plan } = await world.build(two)
  const asked = [
    'ideas: People in a school @0.0.0',
    'ideas: People in a shop @0.0.0',
    'writer: Ann of school asks in a school @0.0.0',
    'writer: Ann of shop asks in a shop @0.0.0',
    'writer: Bob of school asks in a school @0.0.0',
    'writer: Bob of shop asks in a shop @0.0.0',
  ]
  expect(said(calls)).toEqual(asked)
  expect(plan.items).toBe(4)
  const three = spreading({ who: ['first', 'second', 'third'], place: ['shop', 'school'] }, { over: 'who' })
  expect(said((await world.build(three)).calls)).toEqual([
    'writer: Cleo of school asks in a school @0.0.0',
    'writer: Cleo of shop asks in a shop @0.0.0',
  ])
})

it('without `over`, the samples of a cell take one each; candidates that repeat each other are asked for again', async () => {
  using world = new World(ideas(true))
  const config = spreading({ place: ['shop'] }, {}, { all: { samples: 3 } })
  expect(said((await world.build(config)).calls)).toEqual([
    'ideas: People in a shop @0.0.0',
    'ideas: People in a shop @0.1.0',
    'writer: Ann of shop asks in a shop @0.0.0',
    'writer: Bob of shop asks in a shop @1.0.0',
    'writer: Cleo of shop asks in a shop @2.0.0',
  ])
})

it('a spread that cannot serve all, or that reads what it is spread over, is refused', async () => {
  using world = new World(ideas())
  const wrong = async (config: Config) => {
    try {
      await world.dataset(config)
      return []
    } catch (error) {
      return (error as { diagnostics: { headline: string }[] }).diagnostics.map(({ headline }) => headline)
    }
  }
  const dimensions = { who: ['1', '2', '3', '4'], place: ['shop'] }
  expect(await wrong(spreading(dimensions, { over: 'who' }))).toEqual(['step "persona" spreads 3 candidates over the 4 values of "who"'])
  expect(await wrong(spreading(dimensions, { over: 'whom' }))).toEqual(['there is no dimension "whom"'])
  expect(await wrong(spreading(dimensions, { over: 'who', count: 4, prompt: 'For {{ cell.who }}' }))).toEqual([
    'the prompt of step "persona" reads "cell.who", and all values of "who" share its answer',
  ])
  expect(await wrong(spreading(dimensions, { prompt: 'Number {{ sample }}' }))).toEqual([
    'the prompt of step "persona" reads "sample", and all samples share its answer',
  ])
})
