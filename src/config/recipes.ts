/** The ready-made recipes by name, and the simplest of them, `singleTurn`: one model writes what a user would say, another answers it. */
import type { Config, Recipe, SingleTurn } from '../../schema/config.ts'
import type { RecipeSpec } from './dataset.ts'
import { asked, exchangeOf, NO_RECIPE, opening, textOf } from './exchange.ts'
import { conversationSpec } from './recipes/conversation.ts'
import { evolveSpec } from './recipes/evolve.ts'
import { fromDocumentsSpec } from './recipes/from-documents.ts'
import { preferenceSpec } from './recipes/preference.ts'
import { toolUseSpec } from './recipes/tool-use.ts'
import type { RecipeTools } from './steps.ts'

export function isReadyMade(recipe: Config['recipe']): recipe is Exclude<Config['recipe'], Recipe> {
  return 'preset' in recipe
}

export function readyMadeSpec(recipe: Exclude<Config['recipe'], Recipe>, tools: RecipeTools): RecipeSpec {
  switch (recipe.preset) {
    case 'singleTurn':
      return singleTurnSpec(recipe, tools)
    case 'fromDocuments':
      return fromDocumentsSpec(recipe, tools)
    case 'preference':
      return preferenceSpec(recipe, tools)
    case 'toolUse':
      return toolUseSpec(recipe, tools)
    case 'conversation':
      return conversationSpec(recipe, tools)
    case 'evolve':
      return evolveSpec(recipe, tools)
  }
}

function singleTurnSpec(recipe: SingleTurn, tools: RecipeTools): RecipeSpec {
  const exchange = exchangeOf(recipe, tools)
  if (!exchange) return NO_RECIPE
  return {
    steps: [
      exchange.user,
      { kind: 'ask', name: 'assistant', model: exchange.assistantModel, messages: (context) => asked(exchange, context) },
    ],
    attempts: exchange.attempts,
    makes: { rejected: false, tools: false, turns: 'one' },
    example: (context) => ({
      messages: [...opening(exchange, context), { role: 'assistant', content: textOf(context.steps['assistant']) }],
    }),
  }
}
