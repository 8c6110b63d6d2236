/** The ready-made recipe `singleTurn`: one model writes what a user would say, another answers it. */
import type { SingleTurn, StepContext } from '../../schema/config.ts'
import type { AskSpec, ModelSpec, RecipeSpec, Render } from './dataset.ts'
import { DEFAULT_ATTEMPTS, filledIn, modelFor, type RecipeTools } from './steps.ts'
import { compileText } from './texts.ts'

const WRITER_SYSTEM = `You write realistic messages from people to an AI assistant.
Write as one particular person with a real task in front of them: concrete names, values and details instead of placeholders, and no more explanation than such a person would give.
Let background and mood show in the choice of words and in what is asked; never announce them.`

const WRITER_TASK = 'Write exactly one message that a person could send to the assistant in this situation:'
const WRITER_ANSWER =
  'The person hopes for an answer like this, so ask for something that such an answer can fully settle, without describing the answer:'
const WRITER_END = `Every point above holds at once. Keep to the wording a real person would choose here rather than to a stock opening.
Write only the message itself: no quotation marks around it, no heading, no comment before or after it.`
const ANSWER_INTRO = 'For this answer:'

export function singleTurnSpec(recipe: SingleTurn, tools: RecipeTools): RecipeSpec {
  const { dimensions, method } = tools
  const answer = answerDimensions(recipe, tools)
  const situation = sorted(dimensions.filter((name) => !answer.includes(name)))
  const before = { dimensions, steps: [] }
  const instructions =
    recipe.instructions === undefined
      ? undefined
      : compileText(recipe.instructions, before, ['recipe', 'instructions'], 'the instructions', tools)
  const system =
    recipe.system === undefined
      ? undefined
      : compileText(recipe.system, { dimensions, steps: ['user'] }, ['recipe', 'system'], 'the system prompt', tools)
  const userModel = roleModel('user', recipe.user, tools)
  const assistantModel = roleModel('assistant', recipe.assistant, tools)
  if (userModel === undefined || assistantModel === undefined)
    return { steps: [], example: () => ({ messages: [] }), attempts: DEFAULT_ATTEMPTS }

  const user: AskSpec = {
    kind: 'ask',
    name: 'user',
    model: userModel,
    messages: filledIn([
      { role: 'system', content: () => WRITER_SYSTEM },
      {
        role: 'user',
        content: (context) =>
          paragraphs(
            block(WRITER_TASK, situation, context),
            block(WRITER_ANSWER, answer, context),
            ...(method?.user ?? []),
            instructions?.(context),
            WRITER_END,
          ),
      },
    ]),
  }
  const told = method?.assistant ?? []
  const assistantSystem: Render = (context) => paragraphs(system?.(context), ...told, block(ANSWER_INTRO, answer, context))
  const said: Render = ({ steps }) => String(steps['user'])
  const assistant: AskSpec = {
    kind: 'ask',
    name: 'assistant',
    model: assistantModel,
    messages: filledIn([
      ...(system || answer.length + told.length > 0 ? [{ role: 'system' as const, content: assistantSystem }] : []),
      { role: 'user', content: said },
    ]),
  }
  return {
    steps: [user, assistant],
    attempts: recipe.attempts ?? DEFAULT_ATTEMPTS,
    makes: { rejected: false, tools: false, turns: 'one' },
    example: (context) => ({
      messages: [
        ...(system ? [{ role: 'system' as const, content: system(context) }] : []),
        { role: 'user' as const, content: said(context) },
        { role: 'assistant' as const, content: String(context.steps['assistant']) },
      ],
    }),
  }
}

/** `- expertise: beginner — what the model is told about it`: one stable line for each dimension. */
export function guideLines(dimensions: readonly string[], { cell, guide }: StepContext): string {
  return dimensions
    .map((name) => (guide[name] === cell[name] ? `- ${name}: ${cell[name]}` : `- ${name}: ${cell[name]} — ${guide[name]}`))
    .join('\n')
}

function block(intro: string, dimensions: readonly string[], context: StepContext): string | undefined {
  return dimensions.length === 0 ? undefined : `${intro}\n${guideLines(dimensions, context)}`
}

function paragraphs(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

function answerDimensions({ answer }: SingleTurn, { dimensions, complaints, method }: RecipeTools): readonly string[] {
  if (answer === undefined) return sorted(dimensions.filter((name) => name === 'complexity' || method?.answer.includes(name)))
  answer.forEach((name, i) => {
    const path = ['recipe', 'answer', i]
    if (!dimensions.includes(name))
      complaints.unknown('unknown-dimension', path, `there is no dimension "${name}"`, name, dimensions, 'dimensions')
    if (answer.indexOf(name) < i) complaints.add('duplicate-name', path, `"answer" names the dimension "${name}" twice`)
  })
  return sorted(dimensions.filter((name) => answer.includes(name)))
}

/** The model named, else `default`, else the only one there is. */
function roleModel(role: 'user' | 'assistant', given: string | undefined, tools: RecipeTools): ModelSpec | undefined {
  const { models, complaints } = tools
  if (given !== undefined) return modelFor(given, ['recipe', role], tools)
  const [only] = models.values()
  const model = models.get('default') ?? (models.size === 1 ? only : undefined)
  if (model === undefined)
    complaints.add('unknown-model', ['recipe'], `the recipe does not say which model is the ${role}`, {
      at: 'key',
      facts: [['models', [...models.keys()].join(', ') || '(none)']],
      hint: `name it in the recipe, \`${role}: '…'\`, or call one model "default"`,
    })
  return model
}

/** Lines stand in order of name, so that reordering the dimensions of a config changes no request. */
function sorted(names: readonly string[]): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
