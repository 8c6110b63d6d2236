/** The recipe `evolve`: a first message is made deeper, narrower or wider by named operations, one step each, and then answered. */
import type { Evolve, StepContext, ValueDetail } from '../../../schema/config.ts'
import { chooseFor } from '../choose.ts'
import type { AskSpec, RecipeSpec } from '../dataset.ts'
import { asked, exchangeOf, NO_RECIPE, opening, paragraphs, textOf } from '../exchange.ts'
import { presetDimension } from '../presets.ts'
import { modelFor, type RecipeTools } from '../steps.ts'
import { namedValues } from './named-values.ts'

const OPERATION = 'operation'
const DEFAULT_ROUNDS = 2

const SYSTEM = `You rewrite messages from people to an AI assistant, so that they ask for more than they did.
The result is still one message that one real person could send: it stands by itself, can be answered, and sounds like them.`
const END = `It grows by a sentence or so, not by a page. Nothing is left of the old message that the new one does not need.
Write only the new message: no quotation marks around it, no comment before or after it.`

export function evolveSpec(recipe: Evolve, tools: RecipeTools): RecipeSpec {
  const exchange = exchangeOf(recipe, tools)
  const operations = namedValues(recipe.operations, ['recipe', 'operations'], presetDimension(OPERATION), 'operation', tools.complaints)
  const model = recipe.evolver === undefined ? exchange?.userModel : modelFor(recipe.evolver, ['recipe', 'evolver'], tools)
  if (!exchange || !model || operations.length === 0) return NO_RECIPE
  const rounds = recipe.rounds ?? DEFAULT_ROUNDS

  const evolutions = Array.from({ length: rounds }, (_, i): AskSpec => {
    const before = i === 0 ? 'user' : `evolve-${i}`
    return {
      kind: 'ask',
      name: `evolve-${i + 1}`,
      model,
      messages: (context) => {
        const { id, guide = id } = operationsFor(operations, context, i + 1)[i] as ValueDetail
        const situation = exchange.situation(context)
        return [
          { role: 'system', content: SYSTEM },
          {
            role: 'user',
            content: paragraphs(
              `Rewrite the message below.\n- ${guide === id ? id : `${id} — ${guide}`}`,
              `<message>\n${textOf(context.steps[before])}\n</message>`,
              situation === '' ? undefined : `What was true of it stays true:\n${situation}`,
              END,
            ),
          },
        ]
      },
    }
  })
  const last = `evolve-${rounds}`
  const evolved = { ...exchange, said: ({ steps }: StepContext) => textOf(steps[last]) }
  return {
    steps: [
      exchange.user,
      ...evolutions,
      { kind: 'ask', name: 'assistant', model: exchange.assistantModel, messages: (context) => asked(evolved, context) },
    ],
    attempts: exchange.attempts,
    makes: { rejected: false, tools: false, turns: 'one' },
    example: (context) => ({
      messages: [...opening(evolved, context), { role: 'assistant', content: textOf(context.steps['assistant']) }],
    }),
    details: (context) => ({ operations: operationsFor(operations, context, rounds).map(({ id }) => id) }),
  }
}

/** The operation of each round: none twice before all were there, and none of them another because a round was added. */
function operationsFor(operations: readonly ValueDetail[], context: StepContext, rounds: number): readonly ValueDetail[] {
  const chosen: ValueDetail[] = []
  for (let round = 0; round < rounds; round++) {
    const fresh = operations.filter((one) => !chosen.slice(-(operations.length - 1) || chosen.length).includes(one))
    chosen.push(chooseFor(fresh.length > 0 ? fresh : operations, context, `${OPERATION}-${round + 1}`))
  }
  return chosen
}
