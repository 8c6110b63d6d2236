/** Preference sets: which edits ask for what, and how pairs that are none are told. */
import { expect, it } from 'vitest'
import type { Config, Preference } from '../../schema/config.ts'
import { Speaker, said } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const config = (recipe: Omit<Preference, 'preset'>): Config => ({
  name: 'story',
  models: { writer: 'openai:writer', tutor: 'openai:tutor', judge: 'openai:judge' },
  dimensions: { topic: ['apples', 'bread'] },
  recipe: {
    preset: 'preference',
    user: 'writer',
    assistant: 'tutor',
    ...((recipe.from ?? 'best-of') === 'best-of' ? { judge: 'judge' } : { weakener: 'judge' }),
    ...recipe,
  },
  outputs: { train: { format: 'trl-preference' } },
})

const topicIn = (text: string) => (text.includes('apples') ? 'apples' : 'bread')

/** The n-th candidate gets the n-th score. */
const judging = (scores: readonly number[], answer = (name: string, topic: string) => `${name} on ${topic}`) =>
  new Speaker((model, message, _, { version }) => {
    const topic = topicIn(message)
    if (model === 'writer') return `Q ${topic}`
    if (model === 'tutor') return answer(version ?? 'candidate-1', topic)
    const fields = [...message.matchAll(/<(candidate_\d+)>/g)].map((match) => match[1] as string)
    return JSON.stringify(Object.fromEntries(fields.map((field, i) => [field, { reasoning: 'So.', score: scores[i] }])))
  })

const short = (message: string) => (message.length < 40 ? message : topicIn(message))
const rows = (world: World) =>
  (world.rows() ?? []).map(({ line }) => JSON.parse(line) as { chosen: { content: string }[]; rejected: { content: string }[] })

it('the best is chosen and the worst rejected; one candidate more asks for itself and for the judge', async () => {
  using world = new World(judging([2, 4, 5]))
  expect(said((await world.build(config({ candidates: 2 }))).calls, short)).toEqual([
    'judge: apples @0.0.0',
    'judge: bread @0.0.0',
    'tutor: Q apples @0.0.0',
    'tutor: Q apples @0.0.0',
    'tutor: Q bread @0.0.0',
    'tutor: Q bread @0.0.0',
    'writer: apples @0.0.0',
    'writer: bread @0.0.0',
  ])
  expect(rows(world).map(({ chosen, rejected }) => [chosen[0]?.content, rejected[0]?.content])).toEqual([
    ['candidate-2 on apples', 'candidate-1 on apples'],
    ['candidate-2 on bread', 'candidate-1 on bread'],
  ])
  const more = await world.build(config({ candidates: 3 }))
  expect(more.calls.map(({ body, name }) => `${body['model']} ${/candidate-\d$/.exec(name)?.[0] ?? ''}`).sort()).toEqual([
    'judge ',
    'judge ',
    'tutor candidate-3',
    'tutor candidate-3',
  ])
  expect(rows(world)[0]?.chosen[0]?.content).toBe('candidate-3 on apples')
  expect(JSON.parse(world.bytes('train.meta.jsonl').split('\n')[0] as string)).toMatchObject({
    details: { rejected: 'worst-of', chosen: 'candidate-3', worst: 'candidate-1', scores: [2, 4, 5] },
  })
  // Back to two: everything is there.
  expect((await world.build(config({ candidates: 2 }))).calls).toEqual([])
})

it('another rubric asks the judge and nobody else', async () => {
  using world = new World(judging([1, 5]))
  await world.build(config({ candidates: 2 }))
  expect(said((await world.build(config({ candidates: 2, rubric: '- kind to {{ cell.topic }}' }))).calls, short)).toEqual([
    'judge: apples @0.0.0',
    'judge: bread @0.0.0',
  ])
})

it('equal scores and equal answers are rejected under names of their own', async () => {
  using same = new World(judging([3, 3]))
  const { result } = await same.build(config({ candidates: 2 }))
  expect(result?.end.problems).toEqual([{ code: 'no-preference', message: 'all 2 answers have the score 3', count: 2 }])

  using equal = new World(judging([1, 5], (name, topic) => (topic === 'apples' ? 'the same' : name)))
  expect((await equal.build(config({ candidates: 2 }))).result?.end).toMatchObject({
    counts: { accepted: 1, rejected: 1 },
    problems: [{ code: 'equal-pair', count: 1 }],
  })
})

it('a weakened answer has one fault by the hash of its cell; a fault more moves only the cells that it wins', async () => {
  const topics = Array.from({ length: 12 }, (_, i) => `topic ${i}`)
  const weakened = (kinds: NonNullable<Preference['kinds']>): Config => ({
    ...config({ from: 'weakened', kinds }),
    dimensions: { topic: topics },
  })
  using world = new World(
    new Speaker(
      (model, message) => (model === 'judge' ? `worse ${/- (.*)/.exec(message)?.[1]}` : model === 'tutor' ? `A ${message}` : undefined),
      { fresh: false },
    ),
  )
  const kindOf = () => (world.rows() ?? []).map(({ meta }) => (meta as unknown as { details: { kind: string } }).details.kind)
  const first = await world.build(weakened(['wrong-fact', 'too-terse']))
  expect(first.calls).toHaveLength(36)
  const before = kindOf()
  const again = await world.build(weakened(['missing-step', 'wrong-fact', 'too-terse']))
  const moved = kindOf().flatMap((kind, i) => (kind === before[i] ? [] : [kind]))
  expect(moved.length).toBeGreaterThan(0)
  expect(new Set(moved)).toEqual(new Set(['missing-step']))
  expect(again.calls.map(({ body }) => body['model'])).toEqual(moved.map(() => 'judge'))
})
