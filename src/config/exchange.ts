/** What ready-made recipes share: somebody writes what a user would say, and somebody answers it under the dataset's own system prompt. */
import type { Example, Message, SingleTurn, StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { alreadySeen } from './batch-memory.ts'
import type { AskSpec, ModelSpec, RecipeSpec, Render } from './dataset.ts'
import { DEFAULT_ATTEMPTS, filledIn, modelFor, type RecipeTools } from './steps.ts'
import { compileText } from './texts.ts'

const WRITER_SYSTEM = `You write realistic messages from people to an AI assistant.
Write as one particular person with a real task in front of them: concrete names, values and details instead of placeholders, and no more explanation than such a person would give.
Let background and mood show in the choice of words and in what is asked; never announce them.`

const WRITER_TASK = 'Write exactly one message that a person could send to the assistant in this situation:'
const WRITER_ANSWER =
  'The person hopes for an answer like this, so ask for something that such an answer can fully settle, without describing the answer:'
/** The end of every prompt for a person's message. */
export const MESSAGE_ONLY = `Every point above holds at once. Keep to the wording a real person would choose here rather than to a stock opening.
Write only the message itself: no quotation marks around it, no heading, no comment before or after it.`
const SITUATION = 'The message fits this situation:'
const ANSWER_INTRO = 'For this answer:'

/** What a recipe says of the two sides. */
export type ExchangeOptions = Pick<SingleTurn, 'user' | 'assistant' | 'system' | 'instructions' | 'answer' | 'attempts'>

/** What a recipe adds to the question. */
export interface ExchangeMore {
  /** Dimensions that the recipe speaks of itself. */
  readonly ownDimensions?: readonly string[]
  /** Stands before the situation, and then names the task. */
  readonly task?: Render
  /** Stands behind the situation. */
  readonly also?: Render
}

export interface Exchange {
  readonly userModel: ModelSpec
  readonly assistantModel: ModelSpec
  /** Asks for the message of the user; its step is called `user`. */
  readonly user: AskSpec
  /** The dataset's own system prompt. */
  readonly system: Render | undefined
  /** What the answering model is told before the conversation; empty when there is nothing to tell. */
  readonly briefing: Render
  /** The dimensions that shape the question, in the lines of a prompt; empty when there are none. */
  readonly situation: Render
  /** The message of the user as it was written. */
  readonly said: Render
  readonly attempts: number
}

/** Undefined after a complaint. */
export function exchangeOf(recipe: ExchangeOptions, tools: RecipeTools, more: ExchangeMore = {}): Exchange | undefined {
  const { dimensions, method } = tools
  const answer = answerDimensions(recipe, tools)
  const situation = sorted(dimensions.filter((name) => !answer.includes(name) && !more.ownDimensions?.includes(name)))
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
  if (userModel === undefined || assistantModel === undefined) return undefined
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
            more.task?.(context),
            block(more.task ? SITUATION : WRITER_TASK, situation, context),
            block(WRITER_ANSWER, answer, context),
            ...(method?.user ?? []),
            more.also?.(context),
            instructions?.(context),
            ...alreadySeen(context),
            MESSAGE_ONLY,
          ),
      },
    ]),
  }
  return {
    userModel,
    assistantModel,
    user,
    system,
    briefing: (context) => paragraphs(system?.(context), ...(method?.assistant ?? []), block(ANSWER_INTRO, answer, context)),
    situation: (context) => guideLines(situation, context),
    said: ({ steps }) => textOf(steps['user']),
    attempts: recipe.attempts ?? DEFAULT_ATTEMPTS,
  }
}

/** A recipe that cannot be, after a complaint. */
export const NO_RECIPE: RecipeSpec = { steps: [], example: () => ({ messages: [] }), attempts: DEFAULT_ATTEMPTS }

/** The messages for whoever answers: what it is told, and what the user says. */
export function asked(
  { briefing, said }: Pick<Exchange, 'briefing' | 'said'>,
  context: StepContext,
): { role: Message['role']; content: string }[] {
  const told = briefing(context)
  return [...(told === '' ? [] : [{ role: 'system' as const, content: told }]), { role: 'user' as const, content: said(context) }]
}

/** The beginning of an example: the dataset's own system prompt, and what the user says. */
export function opening({ system, said }: Pick<Exchange, 'system' | 'said'>, context: StepContext): Example['messages'] {
  return [...(system ? [{ role: 'system' as const, content: system(context) }] : []), { role: 'user' as const, content: said(context) }]
}

export function textOf(value: Json | undefined): string {
  return String(value)
}

/** `- expertise: beginner — what the model is told about it`: one stable line for each dimension. */
export function guideLines(dimensions: readonly string[], { cell, guide }: StepContext): string {
  return dimensions
    .map((name) => (guide[name] === cell[name] ? `- ${name}: ${cell[name]}` : `- ${name}: ${cell[name]} — ${guide[name]}`))
    .join('\n')
}

export function block(intro: string, dimensions: readonly string[], context: StepContext): string | undefined {
  return dimensions.length === 0 ? undefined : `${intro}\n${guideLines(dimensions, context)}`
}

export function paragraphs(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}

/** The dimensions that shape the answer, of which whoever answers is told too. */
export function answerDimensions(
  { answer }: Pick<SingleTurn, 'answer'>,
  { dimensions, complaints, method }: RecipeTools,
): readonly string[] {
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
export function roleModel(role: string, given: string | undefined, tools: RecipeTools): ModelSpec | undefined {
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
export function sorted(names: readonly string[]): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
