/** The steps of a recipe and the example they make, as a config writes them. */
import type {
  AskStep,
  DeriveStep,
  Example,
  ExampleFunction,
  ExampleTemplate,
  MessagesFunction,
  MessageTemplate,
  Recipe,
  Role,
  StepContext,
} from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import { checkSchema } from '../util/json-schema.ts'
import type { Blame } from './authored.ts'
import { didYouMean } from './complaints.ts'
import { conditionOf } from './conditions.ts'
import type { AskSpec, DeriveSpec, ModelSpec, RecipeSpec, Render, StepSpec } from './dataset.ts'
import { TextProblem } from './guard.ts'
import type { ConfigPath } from './locate.ts'
import { checkName } from './names.ts'
import { runSpec } from './run-step.ts'
import { spreadSpec } from './spread.ts'
import type { Scope } from './template.ts'
import { compileText, type TextTools } from './texts.ts'
import { checkTools } from './tools.ts'

export const DEFAULT_ATTEMPTS = 2

/** What recipes are made from. */
export interface RecipeTools extends TextTools {
  readonly root: string
  readonly models: ReadonlyMap<string, ModelSpec>
  readonly dimensions: readonly string[]
  /** The value ids of each. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Those whose values are passages of documents. */
  readonly documents: readonly string[]
  readonly method?: RecipeMethod
}

/** What the dataset's domain and format say to whoever takes part. */
export interface RecipeMethod {
  /** Paragraphs for the prompt of whoever writes the user's side. */
  readonly user: readonly string[]
  /** Paragraphs for the prompt of whoever answers. */
  readonly assistant: readonly string[]
  /** Dimensions that they bring and that shape the answer. */
  readonly answer: readonly string[]
}

export function recipeSpec(recipe: Recipe, tools: RecipeTools): RecipeSpec {
  const names = Object.keys(recipe.steps)
  const { complaints } = tools
  if (names.length === 0) complaints.add('empty', ['recipe', 'steps'], 'the recipe has no steps', { at: 'key' })
  const steps = names.flatMap((name, i): StepSpec | StepSpec[] => {
    const path = ['recipe', 'steps', name]
    const step = recipe.steps[name] as Recipe['steps'][string]
    const scope = { dimensions: tools.dimensions, steps: names.slice(0, i), laterSteps: names.slice(i) }
    checkName('step', name, path, complaints)
    if ('ask' in step) return askSpec(name, step, scope, path, tools) ?? []
    if ('spread' in step) return spreadSpec(name, step, scope, path, tools)
    if ('derive' in step) return deriveSpec(name, step, scope, path, tools)
    return { ...runSpec(name, step, path, tools), ...conditionOf(step, name, scope, path, tools) }
  })
  const scope = { dimensions: tools.dimensions, steps: names }
  return {
    steps,
    example: exampleSpec(recipe.example, scope, tools),
    attempts: recipe.attempts ?? DEFAULT_ATTEMPTS,
    ...makesOf(recipe.example),
  }
}

/** A function may make anything. */
function makesOf(example: ExampleTemplate | ExampleFunction): Pick<RecipeSpec, 'makes'> {
  if (typeof example === 'function') return {}
  const of = (role: string) => example.messages.filter((message) => message.role === role).length
  return {
    makes: { rejected: example.rejected !== undefined, tools: false, turns: of('user') === 1 && of('assistant') === 1 ? 'one' : 'many' },
  }
}

function askSpec(name: string, step: AskStep, scope: Scope, path: ConfigPath, tools: RecipeTools): AskSpec | undefined {
  const { complaints } = tools
  const model = modelFor(step.ask, [...path, 'ask'], tools)
  if (step.messages === undefined && step.prompt === undefined)
    complaints.add('missing-key', path, `step "${name}" asks nothing`, { at: 'key', hint: 'give it a `prompt` or `messages`' })
  for (const key of ['prompt', 'system'] as const)
    if (step.messages !== undefined && step[key] !== undefined)
      complaints.add('exclusive', [...path, key], `step "${name}" has both "messages" and "${key}"`, {
        at: 'key',
        hint: 'put everything into `messages`, or leave it out',
      })
  if (step.tools) checkTools(step.tools, [...path, 'tools'], complaints)
  // Before a single answer is bought that could match nothing.
  const wrong = step.schema && checkSchema(step.schema)
  if (wrong !== undefined) complaints.add('bad-schema', [...path, 'schema'], `the schema of step "${name}" is none: ${wrong}`)
  if (step.tools && step.schema)
    complaints.add('exclusive', [...path, 'schema'], `step "${name}" has both "tools" and "schema"`, {
      at: 'key',
      hint: 'let one step call tools, and another give its answer a shape',
    })
  const written: readonly (MessageTemplate & { readonly path: ConfigPath })[] = Array.isArray(step.messages)
    ? step.messages.map((message, i) => ({ ...message, path: [...path, 'messages', i, 'content'] }))
    : (['system', 'prompt'] as const).flatMap((key) => {
        const content = step[key]
        return content === undefined
          ? []
          : [{ role: key === 'system' ? ('system' as const) : ('user' as const), content, path: [...path, key] }]
      })
  // What an earlier answer makes of a prompt is that item's affair; a wrong name is wrong for all.
  const blame = scope.steps.length > 0 ? 'names' : 'all'
  const messages = written.map((message) => ({
    role: message.role,
    content: compileText(message.content, scope, message.path, `the prompt of step "${name}"`, tools, blame),
  }))
  const all =
    typeof step.messages === 'function' ? messagesFrom(step.messages, name, [...path, 'messages'], tools, blame) : filledIn(messages)
  const condition = conditionOf(step, name, scope, path, tools)
  if (model === undefined) return undefined
  return {
    kind: 'ask',
    name,
    model,
    messages: all,
    ...condition,
    ...(step.shared ? { shared: true } : {}),
    ...(step.schema ? { schema: step.schema } : {}),
    ...(step.tools ? { tools: step.tools } : {}),
    ...versionOf(step),
  }
}

/** Messages that a function makes: plain ones, and at least one. */
function messagesFrom(make: MessagesFunction, name: string, path: ConfigPath, tools: RecipeTools, blame: Blame): AskSpec['messages'] {
  const what = `the messages of step "${name}"`
  return tools.wrap(
    (context: StepContext) => {
      const made: unknown = make(context)
      if (!Array.isArray(made) || made.length === 0) throw new TextProblem(`${what} must be a list with at least one message`)
      return made as unknown as readonly JsonObject[]
    },
    what,
    () => tools.complaints.locate(path),
    blame,
  )
}

/** A fixed list of messages, each with its text to fill in. */
export function filledIn(
  messages: readonly { readonly role: Role; readonly content: Render }[],
): (context: StepContext) => readonly JsonObject[] {
  return (context) => messages.map(({ role, content }) => ({ role, content: content(context) }))
}

export function versionOf({ version }: { readonly version?: string | number }): { readonly version?: string } {
  return version === undefined ? {} : { version: String(version) }
}

/** The model a step asks; complains when there is none of that name. */
export function modelFor(
  name: string,
  path: ConfigPath,
  { models, complaints }: Pick<RecipeTools, 'models' | 'complaints'>,
): ModelSpec | undefined {
  const model = models.get(name)
  if (model === undefined) {
    const known = [...models.keys()]
    complaints.add('unknown-model', path, `there is no model "${name}"`, {
      facts: [['models', known.join(', ') || '(none)']],
      hint: didYouMean(name, known) ?? 'name it in `models`',
    })
  }
  return model
}

function deriveSpec(name: string, step: DeriveStep, scope: Scope, path: ConfigPath, tools: RecipeTools): DeriveSpec {
  const { derive } = step
  const what = `step "${name}"`
  const at = [...path, 'derive']
  const condition = conditionOf(step, name, scope, path, tools)
  if (typeof derive === 'string')
    return { kind: 'derive', name, derive: compileText(derive, scope, at, what, tools, 'names'), ...condition }
  const run = derive as (context: StepContext) => Json
  return { kind: 'derive', name, derive: tools.wrap(run, what, () => tools.complaints.locate(at), 'names'), ...condition }
}

function exampleSpec(example: ExampleTemplate | ExampleFunction, scope: Scope, tools: RecipeTools): (context: StepContext) => Example {
  if (typeof example === 'function')
    return tools.wrap(example, 'the example', () => tools.complaints.locate(['recipe', 'example']), 'names')
  const compiled = (list: 'messages' | 'rejected') => {
    const parts = (example[list] ?? []).map(({ role, content }, i) => {
      const what = `message ${i + 1} of ${list === 'messages' ? 'the example' : '"rejected"'}`
      return { role, render: compileText(content, scope, ['recipe', 'example', list, i, 'content'], what, tools, 'names') }
    })
    return (context: StepContext) => parts.map(({ role, render }) => ({ role, content: render(context) }))
  }
  const [messages, rejected] = [compiled('messages'), example.rejected && compiled('rejected')]
  return (context) => ({ messages: messages(context), ...(rejected ? { rejected: rejected(context) } : {}) })
}
