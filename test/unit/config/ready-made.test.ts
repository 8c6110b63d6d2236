/** The ready-made recipes: what they send, word for word, and what they make of the answers. */
import { expect, test } from 'vitest'
import type { Config, StepContext } from '../../../schema/config.ts'
import type { Json } from '../../../schema/json.ts'
import { chooseFor } from '../../../src/config/choose.ts'
import { datasetOf, wrong } from './dataset.ts'

const dimensions: NonNullable<Config['dimensions']> = {
  scenario: ['reset a password'],
  expertise: [{ id: 'beginner', guide: 'new to all of this' }],
  complexity: [{ id: 'brief', guide: 'one sentence' }],
}
const passage = [{ id: 'guide.md#hours', guide: '# Hours\n\nWe open at nine. We close at six.' }]
const cell = { scenario: 'reset a password', expertise: 'beginner', complexity: 'brief', passage: 'guide.md#hours' }
const guide = {
  ...cell,
  expertise: 'new to all of this',
  complexity: 'one sentence',
  passage: '# Hours\n\nWe open at nine. We close at six.',
}
const tool = (name: string) => ({
  type: 'function' as const,
  function: {
    name,
    description: `What ${name} does.`,
    parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
})

async function shown(recipe: Config['recipe'], steps: Record<string, Json>, more: Partial<Config> = {}): Promise<string> {
  const { dataset } = await datasetOf({ dimensions, recipe, ...more })
  const context: StepContext = { cell, guide, steps, sample: 0, covered: [], remarks: [] }
  const parts = dataset.recipe.steps.flatMap((step) => {
    if (step.when && !step.when(context)) return [`## ${step.name}: skipped`]
    if (step.kind !== 'ask') return [`## ${step.name}: ${step.kind}`]
    const settings = Object.entries({ version: step.version, shared: step.shared, toolChoice: step.toolChoice })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `, ${name} ${value}`)
    const messages = step.messages(context).map(({ role, content, ...rest }) => {
      const others = Object.keys(rest).length > 0 ? `${JSON.stringify(rest)}\n` : ''
      return `[${role}]\n${others}${content}`
    })
    const schema = step.schema ? `\n\n(schema) ${JSON.stringify(step.schema)}` : ''
    const offered = step.tools ? `\n\n(tools) ${step.tools.map(({ function: { name } }) => name).join(', ')}` : ''
    return [`## ${step.name}, asked of ${step.model.name}${settings.join('')}\n\n${messages.join('\n\n')}${schema}${offered}`]
  })
  const end = { example: dataset.recipe.example(context), details: dataset.recipe.details?.(context) ?? null }
  return `${[...parts, `## example\n\n${JSON.stringify(end, null, 2)}`].join('\n\n')}\n`
}

const golden = (name: string) => `../../golden/prompts/${name}.txt`

test('the prompts of fromDocuments stand in a golden file', async () => {
  const steps = { user: 'When can I come?', assistant: { evidence: ['We open at nine.'], answer: 'From nine on.' } }
  const recipe = { preset: 'fromDocuments', passage: 'passage', system: 'You are kind.', instructions: 'Mention the weather.' } as const
  await expect(await shown(recipe, steps, { dimensions: { ...dimensions, passage } })).toMatchFileSnapshot(golden('from-documents'))
})

test('a passage can be shown in the row, before the question or in the system prompt', async () => {
  const steps = { user: 'When can I come?', assistant: 'From nine on.' }
  const row = async (context: 'user' | 'system') => {
    const text = await shown({ preset: 'fromDocuments', passage: 'passage', evidence: false, context }, steps, { dimensions: { passage } })
    return (JSON.parse(text.slice(text.lastIndexOf('## example\n') + 11)) as { example: { messages: object[] } }).example.messages
  }
  const whole = '<passage>\n# Hours\n\nWe open at nine. We close at six.\n</passage>'
  expect(await row('user')).toEqual([
    { role: 'user', content: `${whole}\n\nWhen can I come?` },
    { role: 'assistant', content: 'From nine on.' },
  ])
  expect(await row('system')).toEqual([
    { role: 'system', content: whole },
    { role: 'user', content: 'When can I come?' },
    { role: 'assistant', content: 'From nine on.' },
  ])
})

test('the prompts of preference, best of three, stand in a golden file', async () => {
  const verdict = (score: number) => ({ reasoning: 'So.', score })
  const steps = {
    user: 'How?',
    'candidate-1': 'One.',
    'candidate-2': 'Two.',
    'candidate-3': 'Three.',
    judge: { candidate_1: verdict(3), candidate_2: verdict(5), candidate_3: verdict(1) },
  }
  const recipe = { preset: 'preference', candidates: 3, system: 'You are kind.' } as const
  await expect(await shown(recipe, steps)).toMatchFileSnapshot(golden('preference-best-of'))
})

test('the prompts of preference, weakened, stand in a golden file', async () => {
  const steps = { user: 'How?', assistant: 'Like this.', weakened: 'Like that.' }
  const recipe = { preset: 'preference', from: 'weakened', kinds: ['wrong-fact'] } as const
  await expect(await shown({ ...recipe, kinds: [...recipe.kinds] }, steps)).toMatchFileSnapshot(golden('preference-weakened'))
})

test('a dimension `weakness` says how answers are weakened, and is no part of the question', async () => {
  const weakness = [{ id: 'too long', guide: 'Three times as long as it need be.' }]
  const { dataset } = await datasetOf({ dimensions: { scenario: ['x'], weakness }, recipe: { preset: 'preference', from: 'weakened' } })
  const context: StepContext = {
    cell: { scenario: 'x', weakness: 'too long' },
    guide: { scenario: 'x', weakness: 'Three times as long as it need be.' },
    steps: { user: 'How?', assistant: 'So.', weakened: 'So, so, so.' },
    sample: 0,
    covered: [],
    remarks: [],
  }
  const texts = dataset.recipe.steps.map((step) => (step.kind === 'ask' ? JSON.stringify(step.messages(context)) : ''))
  expect(texts.map((text) => text.includes('too long — Three times'))).toEqual([false, false, true])
  expect(dataset.recipe.details?.(context)).toEqual({ rejected: 'weakened', kind: 'too long' })
})

test('the prompts of toolUse stand in a golden file', async () => {
  const call = (name: string, id: string) => ({ id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify({ id }) } })
  const steps = {
    user: 'Where is A1?',
    'call-1': { content: null, tool_calls: [call('find', 'A1'), call('route', 'A1')] },
    'result-1-1-find': { place: 'Oslo' },
    'result-1-2-route': { result: 'by ship' },
    'call-2': { content: 'One more thing.', tool_calls: [call('route', 'B2')] },
    'result-2-1-route': { result: 'no such parcel' },
    answer: 'In Oslo, and comes by ship.',
  }
  const recipe: Config['recipe'] = {
    preset: 'toolUse',
    system: 'You track parcels.',
    rounds: 2,
    tools: [tool('find'), tool('route')],
    results: { find: { run: ['find.sh'] }, route: { simulate: 'default', guide: 'Ships are slow.' } },
  }
  await expect(await shown(recipe, steps)).toMatchFileSnapshot(golden('tool-use'))
})

test('the prompts of evolve stand in a golden file', async () => {
  const steps = { user: 'How?', 'evolve-1': 'How, and why?', 'evolve-2': 'How, and why, on a boat?', assistant: 'Slowly.' }
  await expect(
    await shown({ preset: 'evolve', operations: ['deepen', { id: 'afloat', guide: 'Move it to a boat.' }] }, steps),
  ).toMatchFileSnapshot(golden('evolve'))
})

test('what a ready-made recipe cannot do is said with its place', async () => {
  expect(await wrong({ recipe: { preset: 'fromDocuments' } })).toEqual(['no dimension is made of documents'])
  expect(await wrong({ recipe: { preset: 'fromDocuments', passage: 'topics' } })).toEqual(['there is no dimension "topics"'])
  expect(await wrong({ recipe: { preset: 'preference', from: 'weakened', candidates: 3 } })).toEqual([
    '"candidates" has no meaning with `from: weakened`',
  ])
  expect(await wrong({ recipe: { preset: 'preference', from: 'weakened', kinds: ['wrong-facts'] } })).toEqual([
    'there is no ready-made weakness "wrong-facts"',
  ])
  expect(await wrong({ recipe: { preset: 'evolve', operations: ['deepen', 'deepen'] } })).toEqual(['the operation "deepen" is there twice'])
  expect(await wrong({ recipe: { preset: 'toolUse', tools: [tool('find'), tool('find')], results: { fnd: { run: ['x'] } } } })).toEqual([
    'two tools are called "find"',
    'there is no tool "fnd"',
  ])
  expect(await wrong({ recipe: { preset: 'toolUse', tools: [tool('find')] }, outputs: { train: { format: 'gemini' } } })).toEqual([
    'the output "train" is "gemini", which has no place for tool calls',
  ])
})

test('a choice by hash moves only what a new alternative wins, in proportion to the weights', () => {
  const contexts = Array.from(
    { length: 2000 },
    (_, i): StepContext => ({ cell: { n: String(i) }, guide: {}, steps: {}, sample: 0, covered: [], remarks: [] }),
  )
  const before = [{ id: 'a' }, { id: 'b', weight: 2 }]
  const of = (choices: readonly { id: string; weight?: number }[]) => contexts.map((context) => chooseFor(choices, context, 'test').id)
  const [old, now] = [of(before), of([{ id: 'c' }, ...before])]
  expect(old.filter((id) => id === 'b').length / 2000).toBeCloseTo(2 / 3, 1)
  expect(now.filter((id) => id === 'c').length / 2000).toBeCloseTo(1 / 4, 1)
  expect(now.every((id, i) => id === 'c' || id === old[i])).toBe(true)
})
