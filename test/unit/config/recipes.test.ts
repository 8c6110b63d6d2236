/** The recipe `singleTurn`: the prompts it sends, word for word, and who answers. */
import { expect, test } from 'vitest'
import type { Config, StepContext } from '../../../schema/config.ts'
import { datasetOf } from './dataset.ts'

const dimensions: NonNullable<Config['dimensions']> = {
  scenario: ['reset a password'],
  expertise: [{ id: 'beginner', guide: 'new to all of this' }],
  complexity: [{ id: 'brief', guide: 'one sentence' }],
}
const context: StepContext = {
  cell: { scenario: 'reset a password', expertise: 'beginner', complexity: 'brief' },
  guide: { scenario: 'reset a password', expertise: 'new to all of this', complexity: 'one sentence' },
  steps: { user: 'How {{ cell.x }}?', assistant: 'So.' },
  sample: 0,
  covered: [],
  remarks: [],
}

async function shown(recipe: Config['recipe'], more: Partial<Config> = {}): Promise<string> {
  const { dataset } = await datasetOf({ dimensions, recipe, ...more })
  const steps = dataset.recipe.steps.map((step) =>
    step.kind === 'ask'
      ? `## ${step.name}, asked of ${step.model.name}\n\n${step
          .messages(context)
          .map(({ role, content }) => `[${role}]\n${content}`)
          .join('\n\n')}`
      : step.name,
  )
  return [...steps, `## example\n\n${JSON.stringify(dataset.recipe.example(context), null, 2)}`].join('\n\n')
}

test('the prompts stand in a golden file', async () => {
  const recipe = {
    preset: 'singleTurn',
    system: 'You are the help desk of {{ cell.scenario }}.',
    instructions: 'Mention the weather.',
  } as const
  await expect(`${await shown(recipe)}\n`).toMatchFileSnapshot('../../golden/prompts/single-turn.txt')
})

test('without system prompt and answer dimensions the answering model gets the message alone', async () => {
  const text = await shown({ preset: 'singleTurn', answer: [] })
  expect(text).toContain('## assistant, asked of default\n\n[user]\nHow {{ cell.x }}?\n\n## example')
  expect(text).not.toContain('"role": "system"')
  expect(text).toContain('- complexity: brief — one sentence\n- expertise')
})

test('the order of dimensions in the config changes no prompt', async () => {
  const reversed = Object.fromEntries(Object.entries(dimensions).reverse())
  const recipe = { preset: 'singleTurn', answer: ['expertise', 'complexity'] } as const
  const turned = { preset: 'singleTurn', answer: ['complexity', 'expertise'] } as const
  expect(await shown({ ...turned, answer: [...turned.answer] }, { dimensions: reversed })).toBe(
    await shown({ ...recipe, answer: [...recipe.answer] }),
  )
})

test('each role asks its own model, else `default`, else the only one', async () => {
  const asked = async (models: Config['models'], recipe: { user?: string; assistant?: string }) => {
    const { dataset } = await datasetOf({ models, recipe: { preset: 'singleTurn', ...recipe } } as Partial<Config>)
    return dataset.recipe.steps.map((step) => (step.kind === 'ask' ? step.model.name : ''))
  }
  expect(await asked({ a: 'vllm:a', b: 'vllm:b' }, { user: 'a', assistant: 'b' })).toEqual(['a', 'b'])
  expect(await asked({ a: 'vllm:a', default: 'vllm:b' }, { user: 'a' })).toEqual(['a', 'default'])
  expect(await asked({ only: 'vllm:a' }, {})).toEqual(['only', 'only'])
})

test('the prompts of a conversation stand in a golden file, both ways of writing it', async () => {
  const dimensions: Config['dimensions'] = {
    scenario: [{ id: 'late-parcel', guide: 'the parcel is a week late' }],
    expertise: [{ id: 'beginner', guide: 'new to all of this' }],
    complexity: [{ id: 'brief', guide: 'one sentence' }],
    persona: [{ id: 'nurse', guide: 'a night nurse with ten minutes to spare' }],
  }
  const recipe = {
    preset: 'conversation',
    pattern: 'support',
    system: 'You are the help desk of a parcel service.',
    instructions: 'The person writes on a phone.',
    persona: 'persona',
    goal: 'to know the day on which it comes',
    resolved: { by: 'default', after: 2 },
  } as const
  const { resolved: _, ...oneCall } = { ...recipe, mode: 'one-call' } as const
  const conversation = {
    cell: { scenario: 'late-parcel', expertise: 'beginner', complexity: 'brief', persona: 'nurse' },
    guide: Object.fromEntries(Object.entries(dimensions).map(([name, values]) => [name, (values as { guide: string }[])[0]?.guide ?? ''])),
    steps: {
      problem: 'Where is my parcel?',
      opening: 'Which number does it have?',
      reply: 'GX-51.',
      refinement: 'It comes on Friday.',
      outcome: 'Good.',
      resolution: 'You are welcome.',
      conversation: {},
    },
    sample: 0,
    covered: ['a parcel at the wrong door'],
    remarks: [],
  }
  const texts: string[] = []
  for (const one of [recipe, oneCall]) {
    const { dataset } = await datasetOf({ dimensions, recipe: one })
    for (const step of dataset.recipe.steps) {
      if (step.kind !== 'ask') throw new Error('a conversation asks')
      const before = Object.fromEntries(
        Object.entries(conversation.steps).slice(
          0,
          Object.keys(conversation.steps).indexOf(step.name.replace('resolved:', '')) + (step.name.startsWith('resolved:') ? 1 : 0),
        ),
      )
      const messages = step.messages({ ...conversation, steps: before })
      texts.push(`## ${step.name}\n\n${messages.map(({ role, content }) => `[${role}]\n${content}`).join('\n\n')}`)
    }
  }
  await expect(`${texts.join('\n\n')}\n`).toMatchFileSnapshot('../../golden/prompts/conversation.txt')
})
