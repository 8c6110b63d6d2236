/** Judges that compare: each pair in both orders, what the two verdicts come to, and what a pair that loses is told. */
import { expect, it } from 'vitest'
import type { Config, JudgeCheck, Rubric } from '../../schema/config.ts'
import type { Recorded } from '../rig/scripted-provider.ts'
import { Speaker } from '../rig/speaker.ts'
import { type Built, World } from '../rig/world.ts'

const levels = ['no', 'yes'].map((id) => ({ id, guide: `It is ${id}.` }))
const rubric: Rubric = {
  criteria: [
    { id: 'truth', guide: 'Is it true?', pass: 'yes', levels },
    { id: 'kindness', guide: 'Is it kind?', pass: 'yes', levels },
  ],
}

const compare = (more: Partial<JudgeCheck> = {}): JudgeCheck => ({ check: 'judge', by: 'judge', compare: true, rubric, ...more })
const config = (check: JudgeCheck, topics = ['apples', 'bread']): Config => ({
  name: 'pairs',
  models: { tutor: 'openai:tutor', worse: 'openai:worse', judge: 'openai:judge' },
  dimensions: { topic: topics },
  recipe: {
    attempts: 3,
    steps: {
      good: { ask: 'tutor', prompt: 'about {{ cell.topic }}' },
      bad: { ask: 'worse', prompt: 'badly about {{ cell.topic }}' },
    },
    example: {
      messages: [
        { role: 'user', content: 'Tell me about {{ cell.topic }}' },
        { role: 'assistant', content: '{{ steps.good }}' },
      ],
      rejected: [{ role: 'assistant', content: '{{ steps.bad }}' }],
    },
  },
  outputs: { train: { format: 'trl-preference' } },
  checks: [check],
})

type Better = 'A' | 'B' | 'tie'
type Verdict = (a: string, b: string, attempt: number) => Better

/** Says of both criteria, and of the whole, what `better` says of the two texts. */
function comparing(
  better: Verdict,
  say: (model: string, message: string, attempt: number) => string | undefined = () => undefined,
): Speaker {
  return new Speaker((model, message, { attempt }) => {
    if (model !== 'judge') return say(model, message, attempt) ?? (model === 'worse' ? `poor ${message}` : `fine ${message}`)
    const [, a = '', b = ''] = /Answer A:\nassistant:\n\| (.*)\nAnswer B:\nassistant:\n\| (.*)\n=== /.exec(message) ?? []
    return verdict(better(a, b, attempt))
  })
}
function verdict(better: Better, whole: Better = better, decisive = 'truth', reasoning = 'Because.'): string {
  const said = { reasoning, better }
  return JSON.stringify({ truth: said, kindness: said, decisive, overall: { reasoning: 'So.', better: whole } })
}
const fineOne: Verdict = (a) => (a.startsWith('fine') ? 'A' : 'B')

const judged = (calls: readonly Recorded[]) =>
  calls
    .filter(({ body }) => body['model'] === 'judge')
    .map(({ body, draw }) => {
      const text = (body['messages'] as { content: string }[]).at(-1)?.content ?? ''
      return `${/Answer A:\nassistant:\n\| (.*)/.exec(text)?.[1]} @${draw.ordinal}.${draw.attempt}`
    })
    .sort()
const problems = ({ events }: Built) =>
  events.flatMap((event) =>
    event.type === 'cell-end' && event.state === 'rejected' ? [`${event.cell}: ${event.code}: ${event.message}`] : [],
  )
const scores = (world: World) =>
  world.rows()?.map(({ meta }) => (meta as unknown as { scores: { judge: Record<string, unknown> } }).scores.judge)

it('a pair is asked about twice, each answer first once, and is accepted when the chosen one wins both times', async () => {
  using world = new World(comparing(fineOne))
  const built = await world.build(config(compare()))
  expect(judged(built.calls)).toEqual([
    'fine about apples @0.0',
    'fine about bread @0.0',
    'poor badly about apples @0.0',
    'poor badly about bread @0.0',
  ])
  expect(world.rows()).toHaveLength(2)
  const wins = { level: 'wins', score: 1 }
  expect(scores(world)).toEqual([
    { truth: wins, kindness: wins, overall: wins },
    { truth: wins, kindness: wins, overall: wins },
  ])
})

it.each<[string, Verdict, string]>([
  ['loses', (a) => (a.startsWith('fine') ? 'B' : 'A'), 'the judge prefers the rejected answer, whichever stands first'],
  ['unclear', () => 'A', 'which answer the judge prefers depends on which stands first'],
  ['unclear', (a) => (a.startsWith('fine') ? 'A' : 'tie'), 'which answer the judge prefers depends on which stands first'],
  ['tie', () => 'tie', 'the judge prefers neither answer'],
])('a pair that %s is no clear one; what passes can be moved without asking', async (level, better, why) => {
  using world = new World(comparing(better))
  const built = await world.build(config(compare(), ['apples']))
  expect(problems(built)).toEqual([`apples: judge: ${why}`])
  const below = await world.build(config(compare({ min: level }), ['apples']))
  expect(below.calls).toEqual([])
  expect(scores(world)?.map(({ overall }) => (overall as { level: string }).level)).toEqual([level])
  // A criterion counts where it is named.
  const named = await world.build(config(compare({ min: { overall: level, truth: 'wins' } }), ['apples']))
  expect([named.calls, named.result?.end.problems]).toEqual([[], [{ code: 'judge', message: `by truth, ${why}`, count: 1 }]])
})

it.each([
  ['no reasons', verdict('A', 'A', 'truth', ' '), 'it gives no reasons for "truth"'],
  ['a whole against all its parts', verdict('A', 'B'), 'it prefers A by every criterion and B on the whole'],
  [
    'a decisive criterion that says otherwise',
    JSON.stringify({
      truth: { reasoning: 'x', better: 'A' },
      kindness: { reasoning: 'x', better: 'B' },
      decisive: 'truth',
      overall: { reasoning: 'x', better: 'B' },
    }),
    'it calls "truth" decisive, by which it prefers A, and prefers B on the whole',
  ],
])('a comparison with %s is asked for again, and then an error of the judge and no lost pair', async (_, words, why) => {
  using world = new World(new Speaker((model, message, { attempt }) => (model !== 'judge' ? message : attempt < 2 ? words : verdict('A'))))
  await world.build(config(compare({ min: 'loses' }), ['apples']))
  expect(world.rows()).toHaveLength(1)
  using stubborn = new World(new Speaker((model, message) => (model === 'judge' ? words : message)))
  const built = await stubborn.build(config(compare({ min: 'loses', severity: 'warn' }), ['apples']))
  expect(problems(built)).toEqual([`apples: unusable-verdict: the judge of "judge": ${why}`])
  expect(judged(built.calls)).toHaveLength(3)
})

it('with `retry`, a pair that loses goes back to the answer that should be worse, with the reasons, and both orders are asked anew', async () => {
  const better: Verdict = (a, b) => (a.includes('badly') ? 'A' : b.includes('badly') ? 'B' : fineOne(a, b, 0))
  const told: string[] = []
  const speaker = comparing(better, (model, message) => {
    if (model === 'worse' && message.startsWith('This was turned down')) {
      told.push(message)
      return 'poor indeed'
    }
    return undefined
  })
  using world = new World(speaker)
  const built = await world.build(config(compare({ retry: true }), ['apples']))
  expect(judged(built.calls)).toEqual([
    'fine about apples @0.0',
    'fine about apples @0.0',
    'poor badly about apples @0.0',
    'poor indeed @0.0',
  ])
  expect(told).toEqual([
    'This was turned down by a check: the judge prefers the rejected answer, whichever stands first. Its reasons:\noverall: So.\n Write it again, in the same form, so that this no longer holds.',
  ])
  expect((world.rows()?.[0]?.row as unknown as { rejected: { content: string }[] } | undefined)?.rejected[0]?.content).toBe('poor indeed')
  expect((await world.build(config(compare({ retry: true }), ['apples']))).calls).toEqual([])
  // Without it, the pair is what it was, and nothing is asked for that.
  const without = await world.build(config(compare(), ['apples']))
  expect([without.calls, world.rows()?.length ?? 0]).toEqual([[], 0])
})

it('a pointwise judge with `retry` tells the writer its reasons, and judges what comes back', async () => {
  const speaker = new Speaker((model, message) => {
    if (model !== 'judge') return message.startsWith('This was turned down') ? 'better' : message.startsWith('badly') ? 'poor' : 'weak'
    const good = message.includes('| better')
    return JSON.stringify({
      truth: { reasoning: good ? 'True.' : 'The moon is no cheese.', level: good ? 'yes' : 'no' },
      kindness: { reasoning: 'Kind.', level: 'yes' },
      weakest: 'truth',
    })
  })
  using world = new World(speaker)
  const pointwise = config({ check: 'judge', by: 'judge', rubric, retry: true }, ['apples'])
  const built = await world.build(pointwise)
  expect(
    built.calls.map(({ body }) => (body['messages'] as { content: string }[]).at(-1)?.content).find((text) => text?.startsWith('This was')),
  ).toBe(
    'This was turned down by a check: truth is "no", below "yes". Its reasons:\ntruth: The moon is no cheese.\n Write it again, in the same form, so that this no longer holds.',
  )
  expect(world.rows()).toHaveLength(1)
})
