/** Controls of judges: a judge that tells nothing apart turns no row down, and what is asked to find that out is asked once. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Config, Controls, JudgeCheck, Rubric } from '../../schema/config.ts'
import type { Recorded } from '../rig/scripted-provider.ts'
import { Speaker } from '../rig/speaker.ts'
import { type Built, World } from '../rig/world.ts'

const levels = ['no', 'yes'].map((id) => ({ id, guide: `It is ${id}.` }))
const rubric = (guide = 'Is it sound?'): Rubric => ({ criteria: [{ id: 'sound', guide, pass: 'yes', levels }] })
const judge = (more: Partial<JudgeCheck> = {}): JudgeCheck => ({ check: 'judge', by: 'judge', rubric: rubric(), ...more })
const topics = (n: number) => Array.from({ length: n }, (_, i) => `topic${i}`)

const config = (check: JudgeCheck, more: Partial<Config> = {}): Config => ({
  name: 'controlled',
  models: { tutor: 'openai:tutor', judge: 'openai:judge' },
  dimensions: { topic: topics(10) },
  recipe: {
    steps: { answer: { ask: 'tutor', prompt: 'about {{ cell.topic }}' } },
    example: {
      messages: [
        { role: 'user', content: 'Tell me of {{ cell.topic }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  checks: [check],
  ...more,
})

const ANSWER = 'Here is what anybody should know of'
/** Knows an answer that is whole and about what was asked. */
const able = (message: string) => {
  const [, topic] = /^\| Tell me of (\S+)$/m.exec(message) ?? []
  return message.includes(`| ${ANSWER} ${topic} in a few plain words.`)
}
function speaker(isGood: (message: string) => boolean = able): Speaker {
  return new Speaker((model, message) => {
    if (model !== 'judge') return `${ANSWER} ${message.split(' ').at(-1)} in a few plain words.`
    return JSON.stringify({ sound: { reasoning: 'Because.', level: isGood(message) ? 'yes' : 'no' } })
  })
}

const asked = (calls: readonly Recorded[]) => calls.filter(({ body }) => body['model'] === 'judge').map(({ name }) => name)
const controls = ({ events }: Built) =>
  events.flatMap((event) => (event.type === 'step-start' && event.reason.startsWith('a control') ? [event.reason] : [])).sort()
const notices = ({ events }: Built, code: string) =>
  events.flatMap((event) => (event.type === 'notice' && event.diagnostic.code === code ? [event.diagnostic] : []))

const MADE = [
  'a control of the judge: cut-off',
  'a control of the judge: cut-off',
  'a control of the judge: exchanged',
  'a control of the judge: shuffled',
]

it('of an able judge, four rows are spoiled and asked about, the rows themselves at no cost; then never again', async () => {
  using world = new World(speaker())
  const first = await world.build(config(judge()))
  expect(first.plan.calls.map(({ model, calls, followUps }) => [model.name, calls, followUps])).toEqual([
    ['tutor', 10, 0],
    ['judge', 0, 14],
  ])
  expect(controls(first)).toEqual(MADE)
  expect([asked(first.calls).length, new Set(asked(first.calls)).size, first.result?.exitCode]).toEqual([14, 14, 0])
  expect(notices(first, 'judge/controls')).toEqual([])
  expect(world.rows()).toHaveLength(10)
  const again = await world.build(config(judge()))
  expect([again.calls, again.plan.controls, again.result?.settled]).toEqual([[], 0, true])
})

it('a moved threshold, another least and a renamed model ask nothing', async () => {
  using world = new World(speaker())
  await world.build(config(judge()))
  expect((await world.build(config(judge({ min: 'no' })))).calls).toEqual([])
  expect((await world.build(config(judge({ controls: { least: 1 } })))).calls).toEqual([])
  expect((await world.build(config(judge({ controls: false })))).calls).toEqual([])
  expect((await world.build(config(judge({ controls: { made: 2 } })))).calls).toEqual([])
})

it('edits of the dataset keep the controls: only what is new is judged', async () => {
  using world = new World(speaker())
  await world.build(config(judge()))
  const grown = await world.build(config(judge(), { dimensions: { topic: topics(14) } }))
  expect([asked(grown.calls).length, controls(grown)]).toEqual([4, []])
  const reworded = config(judge())
  const recipe = reworded.recipe as Extract<Config['recipe'], { steps: unknown }>
  const edited = await world.build({
    ...reworded,
    recipe: { ...recipe, steps: { answer: { ask: 'tutor', prompt: 'on {{ cell.topic }}' } } },
  })
  expect(controls(edited)).toEqual([])
})

it('a reworded rubric asks the judge alone: every row, and four spoiled ones; undone, nothing', async () => {
  using world = new World(speaker())
  await world.build(config(judge()))
  const edited = await world.build(config(judge({ rubric: rubric('Is every word of it sound?') })))
  expect([edited.calls.length, asked(edited.calls).length, controls(edited)]).toEqual([14, 14, MADE])
  expect((await world.build(config(judge()))).calls).toEqual([])
})

it('one control more asks about that one only, and one that is given needs no row', async () => {
  using world = new World(speaker())
  await world.build(config(judge()))
  const more = await world.build(config(judge({ controls: { made: 5 } })))
  expect([more.calls.length, controls(more)]).toEqual([1, ['a control of the judge: shuffled']])
  const example = {
    messages: [
      { role: 'user' as const, content: 'Tell me of x' },
      { role: 'assistant' as const, content: 'No.' },
    ],
  }
  const given = await world.build(config(judge({ controls: { made: 5, bad: [example] } })))
  expect([given.calls.length, controls(given)]).toEqual([1, ['a control of the judge']])
})

it.each<[string, (message: string) => boolean, number]>([
  ['that finds everything good', () => true, 10],
  ['that finds everything bad', () => false, 10],
])('a judge %s is reported as failing, and turns no row down', async (_, isGood, rows) => {
  using world = new World(speaker(isGood))
  const built = await world.build(config(judge()))
  const [notice, ...others] = notices(built, 'judge/controls')
  expect(others).toEqual([])
  expect(notice?.headline).toBe('the judge of "judge" does not tell good from bad: told apart 50 %, at least 80 % wanted')
  expect([notice?.severity, built.result?.exitCode, world.rows()?.length]).toEqual(['error', 1, rows])
  expect(built.result?.end.counts).toMatchObject({ accepted: rows, rejected: 0 })
  const again = await world.build(config(judge()))
  expect([again.calls, again.result?.exitCode, again.result?.end.counts.accepted, notices(again, 'judge/controls').length]).toEqual([
    [],
    1,
    rows,
    1,
  ])
  // Trusted all the same, its word counts.
  const trusted = await world.build(config(judge({ controls: false })))
  expect([trusted.calls, trusted.result?.end.counts.accepted]).toEqual([[], isGood('') ? 10 : 0])
  // With severity `warn` it is said, and is no failure.
  const warned = await world.build(config(judge({ severity: 'warn' })))
  expect([warned.calls, warned.result?.exitCode, notices(warned, 'judge/controls')[0]?.severity]).toEqual([[], 0, 'warning'])
})

it('a failing judge is found out by what the config gives before anything else is asked of it, and rows do not go back on its word', async () => {
  const example = (answer: string) => ({
    messages: [
      { role: 'user' as const, content: 'Tell me of x' },
      { role: 'assistant' as const, content: answer },
    ],
  })
  using world = new World(speaker(() => false))
  writeFileSync(join(world.root, 'good.jsonl'), `${JSON.stringify(example(`${ANSWER} x in a few plain words.`))}\n`)
  const given: Controls = { made: 0, good: ['good.jsonl'], bad: [example('No.')] }
  const built = await world.build(config(judge({ controls: given, retry: true })))
  expect(built.calls.slice(0, 2).map(({ body }) => body['model'])).toEqual(['judge', 'judge'])
  expect(controls(built)).toEqual(['a control of the judge', 'a control of the judge'])
  expect([built.calls.length, world.rows()?.length, built.result?.exitCode]).toEqual([22, 10, 1])
})

it('a gate stops the build behind a batch whose judge is failing', async () => {
  using world = new World(speaker(() => false))
  const batches: Config['batches'] = { first: { size: 8, gate: { measures: ['judge'] } }, second: { after: ['first'] } }
  const built = await world.build(config(judge(), { batches }))
  expect(built.result?.end.counts).toEqual({ items: 10, accepted: 8, rejected: 0, failed: 0, pending: 2 })
  expect(built.calls).toHaveLength(8 + 8 + 4)
  expect(notices(built, 'build/gate')[0]?.facts?.[0]).toEqual([
    'judge',
    'does not tell good from bad: told apart 50 %, at least 80 % wanted',
  ])
  const named = built.events.flatMap((event) =>
    event.type === 'batch-start' || event.type === 'batch-end' ? [`${event.type} ${event.batch}`] : [],
  )
  expect(named).toEqual(['batch-start first', 'batch-end first', 'batch-start second', 'batch-end second'])
  // The judge is mended, the gate opens.
  world.provider.script = {}
  const mended = new World(speaker())
  using _ = mended
  expect((await mended.build(config(judge(), { batches }))).result?.end.counts.accepted).toBe(10)
})

it('a judge that compares is asked about pairs whose worse answer is a spoiled one; one that prefers what stands first is failing', async () => {
  const pairs = (better: (a: string, b: string) => string) =>
    new Speaker((model, message) => {
      if (model !== 'judge') return `${ANSWER} ${message.split(' ').at(-1)} in a few plain words.`
      const [, a = '', b = ''] = /Answer A:\nassistant:\n\| (.*)\nAnswer B:\nassistant:\n\| (.*)\n=== /.exec(message) ?? []
      return JSON.stringify({ sound: { reasoning: 'Because.', better: better(a, b) } })
    })
  const compared = (): Config => {
    const plain = config(judge({ compare: true }))
    const recipe = plain.recipe as Extract<Config['recipe'], { steps: unknown }>
    return {
      ...plain,
      recipe: {
        ...recipe,
        example: { ...(recipe.example as object), rejected: [{ role: 'assistant', content: 'Poor: {{ cell.topic }}' }] } as never,
      },
      outputs: { train: { format: 'trl-preference' } },
    }
  }
  const whole = (text: string) => (text.startsWith(ANSWER) && text.endsWith('plain words.') ? 1 : 0)
  using world = new World(pairs((a, b) => (whole(a) === whole(b) ? 'A' : whole(a) > whole(b) ? 'A' : 'B')))
  const built = await world.build(compared())
  expect([controls(built).length, built.result?.exitCode, world.rows()?.length]).toEqual([8, 0, 10])
  using biased = new World(pairs(() => 'A'))
  const failing = await biased.build(compared())
  expect(notices(failing, 'judge/controls')[0]?.headline).toContain('does not tell good from bad: told apart 50 %')
})

it('a rubric about dimensions is tried with rows that are presented as another cell’s', async () => {
  const told = (message: string) => {
    const [, wanted] = /What was asked for is "(\S+)"/.exec(message) ?? []
    return message.includes(`| Tell me of ${wanted}`)
  }
  using world = new World(
    new Speaker((model, message) => {
      if (model !== 'judge') return `${ANSWER} ${message.split(' ').at(-1)} in a few plain words.`
      return JSON.stringify({ topic: { reasoning: 'Because.', level: told(message) ? 'yes' : 'no' } })
    }),
  )
  const built = await world.build(config({ check: 'judge', by: 'judge', rubric: 'adherence' }))
  expect(controls(built)).toEqual(Array(4).fill('a control of the judge: other-cell'))
  expect([built.calls.length, built.result?.exitCode, world.rows()?.length]).toEqual([24, 0, 10])
})

it('fewer than eight rows are no ground to spoil any', async () => {
  using world = new World(speaker(() => false))
  const built = await world.build(config(judge(), { dimensions: { topic: topics(7) } }))
  expect([built.calls.length, controls(built), built.plan.controls]).toEqual([14, [], 0])
})

it('an unusable verdict about a control is an error of the judge and no low score', async () => {
  const babbling = new Speaker((model, message) => {
    if (model !== 'judge') return `${ANSWER} ${message.split(' ').at(-1)} in a few plain words.`
    return able(message) ? JSON.stringify({ sound: { reasoning: 'Because.', level: 'yes' } }) : 'hm'
  })
  using world = new World(babbling)
  const built = await world.build(config(judge()))
  expect(controls(built)).toHaveLength(8)
  expect([built.result?.exitCode, notices(built, 'judge/controls').map(({ headline }) => headline)]).toEqual([0, []])
})
