/**
 * The recipe `toolUse`: the assistant may call tools in some rounds, each call is answered by a function, a command or a model that
 * stands in for the tool, and a text ends the conversation.
 */
import type { Example, Message, SimulatedResult, StepContext, Tool, ToolCall, ToolResultFunction, ToolUse } from '../../../schema/config.ts'
import type { Json, JsonObject } from '../../../schema/json.ts'
import type { AskSpec, DeriveSpec, ModelSpec, RecipeSpec, RunSpec, StepSpec } from '../dataset.ts'
import { asked, type Exchange, exchangeOf, NO_RECIPE, opening, paragraphs, textOf } from '../exchange.ts'
import type { ConfigPath } from '../locate.ts'
import { runSpec } from '../run-step.ts'
import { modelFor, type RecipeTools } from '../steps.ts'
import { compileText } from '../texts.ts'
import { checkTools } from '../tools.ts'

const DEFAULT_ROUNDS = 3
const DEFAULT_CALLS = 2

export function toolUseSpec(recipe: ToolUse, tools: RecipeTools): RecipeSpec {
  checkTools(recipe.tools, ['recipe', 'tools'], tools.complaints)
  const names = recipe.tools.map((tool) => tool.function.name)
  for (const name of Object.keys(recipe.results ?? {}))
    if (!names.includes(name))
      tools.complaints.unknown('unknown-tool', ['recipe', 'results', name], `there is no tool "${name}"`, name, names, 'tools', 'key')
  const exchange = exchangeOf(recipe, tools, { also: () => toolsInWords(recipe.tools) })
  if (!exchange) return NO_RECIPE
  const rounds = recipe.rounds ?? DEFAULT_ROUNDS
  const most = recipe.calls ?? DEFAULT_CALLS
  const steps: StepSpec[] = [exchange.user]
  for (let round = 1; round <= rounds; round++) {
    steps.push(callStep(recipe, exchange, round, most))
    for (let slot = 1; slot <= most; slot++)
      for (const tool of recipe.tools) {
        const step = resultStep(recipe, exchange, { tool, round, slot }, tools)
        if (step) steps.push(step)
      }
  }
  steps.push({
    kind: 'ask',
    name: 'answer',
    model: exchange.assistantModel,
    tools: recipe.tools,
    toolChoice: 'none',
    when: ({ steps: done }) => callsIn(done, rounds).length > 0,
    messages: (context) => [...asked(exchange, context), ...wire(transcript(context, rounds))],
  })
  return {
    steps,
    attempts: exchange.attempts,
    makes: { rejected: false, tools: true, turns: 'many' },
    example: (context): Example => ({
      messages: [...opening(exchange, context), ...transcript(context, rounds), { role: 'assistant', content: finalText(context, rounds) }],
      tools: recipe.tools,
    }),
    details: ({ steps: done }) => ({
      calls: Array.from({ length: rounds }, (_, i) => callsIn(done, i + 1).map((call) => call.function.name)).filter(
        (list) => list.length > 0,
      ),
    }),
  }
}

const TOOLS_INTRO = 'The assistant can use these tools, of which the person knows nothing:'
const TOOLS_END =
  'Ask for something that cannot be answered well without them, and give the particulars that they need as such a person would: names, numbers, dates.'

function toolsInWords(tools: readonly Tool[]): string {
  const lines = tools.map(({ function: { name, description } }) => (description === undefined ? `- ${name}` : `- ${name} — ${description}`))
  return `${TOOLS_INTRO}\n${lines.join('\n')}\n${TOOLS_END}`
}

/** Rounds come as long as the one before them called something. */
function callStep(recipe: ToolUse, exchange: Exchange, round: number, most: number): AskSpec {
  const mustCall = recipe.mustCall === true && round === 1
  return {
    kind: 'ask',
    name: `call-${round}`,
    model: exchange.assistantModel,
    tools: recipe.tools,
    ...(mustCall ? { toolChoice: 'required' } : {}),
    ...(most === 1 ? { parallelCalls: false } : {}),
    ...(round === 1 ? {} : { when: ({ steps }) => callsIn(steps, round - 1).length > 0 }),
    messages: (context) => [...asked(exchange, context), ...wire(transcript(context, round - 1))],
    accept: (value) => {
      const { length } = callsOf(value)
      if (length > most) return { code: 'too-many-calls', message: `${length} calls at once, and at most ${most} are wanted` }
      if (mustCall && length === 0) return { code: 'no-call', message: 'the model answered without calling a tool' }
      return undefined
    },
  }
}

interface Place {
  readonly tool: Tool
  readonly round: number
  readonly slot: number
}

function resultStep(
  recipe: ToolUse,
  exchange: Exchange,
  { tool, round, slot }: Place,
  tools: RecipeTools,
): DeriveSpec | RunSpec | AskSpec | undefined {
  const { name } = tool.function
  const path = ['recipe', 'results', name]
  const result = recipe.results?.[name] ?? { simulate: recipe.simulator ?? '' }
  const common = {
    name: resultName(round, slot, name),
    when: ({ steps }: StepContext) => callsIn(steps, round)[slot - 1]?.function.name === name,
  }
  const given = ({ steps }: StepContext) => JSON.parse((callsIn(steps, round)[slot - 1] as ToolCall).function.arguments) as JsonObject
  if (typeof result === 'function') {
    const run = tools.wrap(result as ToolResultFunction, `the result of "${name}"`, () => tools.complaints.locate(path), 'names')
    return { kind: 'derive', ...common, derive: (context) => run(given(context), context) }
  }
  if ('run' in result)
    return { ...runSpec(common.name, result, path, tools), ...common, input: (context) => ({ tool: name, arguments: given(context) }) }
  const model =
    result.simulate === ''
      ? exchange.userModel
      : modelFor(result.simulate, recipe.results?.[name] ? [...path, 'simulate'] : ['recipe', 'simulator'], tools)
  return model && { ...simulated(result, exchange, { tool, round, slot }, model, path, tools), ...common }
}

const STAND_IN = `You stand in for a tool while a conversation is written. Give back what the real tool would: plausible, concrete, in agreement with every result before it, and as terse as a machine.
A call that makes no sense gets the error that the real tool would give.`

/** What a simulated tool gives back when nothing else is declared. */
const TEXT_RESULT: JsonObject = {
  type: 'object',
  properties: { result: { type: 'string', description: "the tool's output, as JSON text where it gives data" } },
  required: ['result'],
  additionalProperties: false,
}

function simulated(
  { returns, guide }: SimulatedResult,
  exchange: Exchange,
  { tool, round, slot }: Place,
  model: ModelSpec,
  path: ConfigPath,
  tools: RecipeTools,
): Omit<AskSpec, 'name' | 'when'> {
  const more =
    guide === undefined
      ? undefined
      : compileText(guide, { dimensions: tools.dimensions, steps: ['user'] }, [...path, 'guide'], 'the guide', tools)
  return {
    kind: 'ask',
    model,
    schema: returns ?? TEXT_RESULT,
    messages: (context) => {
      const before = transcript(context, round - 1)
      const situation = exchange.situation(context)
      const call = callsIn(context.steps, round)[slot - 1] as ToolCall
      return [
        { role: 'system', content: STAND_IN },
        {
          role: 'user',
          content: paragraphs(
            `The tool:\n${JSON.stringify(tool.function)}`,
            situation === '' ? undefined : `The situation in which it is called:\n${situation}`,
            more?.(context),
            before.length === 0 ? undefined : `What was called before:\n${before.map(inWords).join('\n')}`,
            `The call:\n${call.function.name}(${call.function.arguments})`,
          ),
        },
      ]
    },
  }
}

function inWords({ content, tool_calls: calls }: Message): string {
  return calls?.map(({ function: { name, arguments: given } }) => `${name}(${given})`).join('\n') ?? `→ ${content}`
}

function resultName(round: number, slot: number, tool: string): string {
  return `result-${round}-${slot}-${tool}`
}

/** The calls of a round; none when it ended with a text or did not come. */
function callsIn(steps: StepContext['steps'], round: number): readonly ToolCall[] {
  return callsOf(steps[`call-${round}`])
}

function callsOf(value: Json | undefined): readonly ToolCall[] {
  if (typeof value !== 'object' || value === null) return []
  return (value as JsonObject)['tool_calls'] as unknown as readonly ToolCall[]
}

/** Calls and results of the first rounds, with ids that are unique in the conversation. */
function transcript({ steps }: StepContext, rounds: number): Message[] {
  const messages: Message[] = []
  for (let round = 1; round <= rounds; round++) {
    const calls = callsIn(steps, round)
    if (calls.length === 0) break
    const numbered = calls.map((call, i) => ({ ...call, id: `call_${round}_${i + 1}` }))
    const said = (steps[`call-${round}`] as JsonObject)['content'] as string | null
    messages.push({ role: 'assistant', content: said, tool_calls: numbered })
    for (const [i, call] of numbered.entries())
      messages.push({ role: 'tool', tool_call_id: call.id, content: resultText(steps[resultName(round, i + 1, call.function.name)]) })
  }
  return messages
}

/** A text as it is, and anything else as JSON; the wrapping of a simulated text is not the tool's. */
function resultText(value: Json | undefined): string {
  if (typeof value === 'string') return value
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  const only = keys.length === 1 ? (value as JsonObject)['result'] : undefined
  return typeof only === 'string' ? only : JSON.stringify(value ?? null)
}

function finalText({ steps }: StepContext, rounds: number): string {
  for (let round = 1; round <= rounds; round++) {
    const value = steps[`call-${round}`]
    if (typeof value === 'string') return value
  }
  return textOf(steps['answer'])
}

function wire(messages: readonly Message[]): readonly JsonObject[] {
  return messages as unknown as readonly JsonObject[]
}
