/** The recipe `preference`: a chosen answer and a rejected one, as the best and worst of several or as a good one and a weakened one. */
import type { Preference, StepContext, ValueDetail } from '../../../schema/config.ts'
import type { Json, JsonObject } from '../../../schema/json.ts'
import { BadExample } from '../bad-example.ts'
import { chooseFor } from '../choose.ts'
import type { AskSpec, RecipeSpec } from '../dataset.ts'
import { asked, type Exchange, exchangeOf, NO_RECIPE, opening, paragraphs, roleModel, textOf } from '../exchange.ts'
import { presetDimension } from '../presets.ts'
import { modelFor, type RecipeTools } from '../steps.ts'
import { compileText } from '../texts.ts'
import { namedValues } from './named-values.ts'

const DEFAULT_CANDIDATES = 4
/** The dimension that decides the kind of weakness where there is one, and the preset with those there are. */
const WEAKNESS = 'weakness'

export function preferenceSpec(recipe: Preference, tools: RecipeTools): RecipeSpec {
  const from = recipe.from ?? 'best-of'
  const foreign = from === 'best-of' ? (['weakener', 'kinds'] as const) : (['candidates', 'judge', 'rubric'] as const)
  for (const key of foreign)
    if (recipe[key] !== undefined)
      tools.complaints.add('exclusive', ['recipe', key], `"${key}" has no meaning with \`from: ${from}\``, { at: 'key' })
  const own = from === 'weakened' && tools.dimensions.includes(WEAKNESS) ? [WEAKNESS] : []
  const exchange = exchangeOf(recipe, tools, { ownDimensions: own })
  if (!exchange) return NO_RECIPE
  return from === 'best-of' ? bestOf(recipe, exchange, tools) : weakened(recipe, exchange, tools)
}

const JUDGE_SYSTEM = `You judge answers of an assistant to one message, each on its own merits against these points:`
const DEFAULT_RUBRIC = `- right: what it says is true, and nothing needed is missing
- useful: this person, in this situation, is helped by it as it stands
- fitting: it keeps to what it was told about the answer, in length, tone and form`
const LEVELS = `Scores: 5 could stand in a textbook; 4 good, with something small to mend; 3 of some use, with a gap or an error; 2 mostly wrong or beside the point; 1 useless or harmful.
Length is no merit, and neither is the place in which an answer stands. Use the whole scale.`
const JUDGE_TASK =
  'Judge every answer: first, in two or three sentences, what is right and what is wrong with it (`reasoning`), then its score (`score`).'

function bestOf(recipe: Preference, exchange: Exchange, tools: RecipeTools): RecipeSpec {
  const { dimensions } = tools
  const names = Array.from({ length: recipe.candidates ?? DEFAULT_CANDIDATES }, (_, i) => `candidate-${i + 1}`)
  const judgeModel = recipe.judge === undefined ? roleModel('judge', undefined, tools) : modelFor(recipe.judge, ['recipe', 'judge'], tools)
  const rubric =
    recipe.rubric === undefined
      ? () => DEFAULT_RUBRIC
      : compileText(recipe.rubric, { dimensions, steps: ['user', ...names] }, ['recipe', 'rubric'], 'the rubric', tools)
  if (!judgeModel) return NO_RECIPE
  // The same question, told apart by its version, so that one more asks for nothing that is there.
  const candidates = names.map(
    (name, i): AskSpec => ({
      kind: 'ask',
      name,
      model: exchange.assistantModel,
      messages: (context) => asked(exchange, context),
      ...(i === 0 ? {} : { version: name }),
    }),
  )
  const fields = names.map((name) => name.replace('-', '_'))
  const judge: AskSpec = {
    kind: 'ask',
    name: 'judge',
    model: judgeModel,
    schema: scoresOf(fields),
    messages: (context) => {
      const told = exchange.briefing(context)
      return [
        { role: 'system', content: paragraphs(JUDGE_SYSTEM, rubric(context), LEVELS) },
        {
          role: 'user',
          content: paragraphs(
            told === '' ? undefined : `What the assistant was told:\n<system>\n${told}\n</system>`,
            `The message:\n<message>\n${exchange.said(context)}\n</message>`,
            ...names.map((name, i) => `<${fields[i]}>\n${textOf(context.steps[name])}\n</${fields[i]}>`),
            JUDGE_TASK,
          ),
        },
      ]
    },
  }
  const rank = ({ steps }: StepContext) => rankOf(steps['judge'], fields)
  return {
    steps: [exchange.user, ...candidates, judge],
    attempts: exchange.attempts,
    makes: { rejected: true, tools: false, turns: 'one' },
    example: (context) => {
      const { best, worst, scores } = rank(context)
      if (scores[best] === scores[worst])
        throw new BadExample(`all ${names.length} answers have the score ${scores[best]}`, 'no-preference')
      return pairOf(exchange, context, context.steps[names[best] as string], context.steps[names[worst] as string])
    },
    details: (context) => {
      const { best, worst, scores } = rank(context)
      return { rejected: 'worst-of', chosen: names[best] as string, worst: names[worst] as string, scores: [...scores] }
    },
  }
}

/** Fixed fields rather than a list: every provider can be held to them. */
function scoresOf(fields: readonly string[]): JsonObject {
  const verdict: JsonObject = {
    type: 'object',
    properties: { reasoning: { type: 'string' }, score: { type: 'integer', enum: [1, 2, 3, 4, 5] } },
    required: ['reasoning', 'score'],
    additionalProperties: false,
  }
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, verdict])),
    required: [...fields],
    additionalProperties: false,
  }
}

/** Of equals the first is the best and the last is the worst. */
function rankOf(judged: Json | undefined, fields: readonly string[]): { best: number; worst: number; scores: readonly number[] } {
  const scores = fields.map((field) => ((judged as JsonObject)[field] as JsonObject)['score'] as number)
  return { best: scores.indexOf(Math.max(...scores)), worst: scores.lastIndexOf(Math.min(...scores)), scores }
}

const WEAKENER_SYSTEM = `You write answers that are good but for one fault, so that others can learn to tell good answers from bad ones.
You get a message, a good answer to it, and a fault. You write the answer as somebody would have written it who made exactly this fault and no other.`
const WEAKENER_END = `Everything else stays as it is: language, tone, form and, as far as the fault allows, length.
The fault is neither announced nor exaggerated: a hasty reader could miss it. Write only the answer.`

function weakened(recipe: Preference, exchange: Exchange, tools: RecipeTools): RecipeSpec {
  const model = recipe.weakener === undefined ? exchange.assistantModel : modelFor(recipe.weakener, ['recipe', 'weakener'], tools)
  const byDimension = tools.dimensions.includes(WEAKNESS)
  if (byDimension && recipe.kinds !== undefined)
    tools.complaints.add('exclusive', ['recipe', 'kinds'], `the dimension "${WEAKNESS}" says which kinds there are`, { at: 'key' })
  const kinds = namedValues(recipe.kinds, ['recipe', 'kinds'], presetDimension(WEAKNESS), 'weakness', tools.complaints)
  const kindOf = (context: StepContext): ValueDetail =>
    byDimension
      ? { id: context.cell[WEAKNESS] as string, guide: context.guide[WEAKNESS] as string }
      : (chooseFor(kinds, context, WEAKNESS) as ValueDetail)
  if (!model) return NO_RECIPE
  const assistant: AskSpec = {
    kind: 'ask',
    name: 'assistant',
    model: exchange.assistantModel,
    messages: (context) => asked(exchange, context),
  }
  const worse: AskSpec = {
    kind: 'ask',
    name: 'weakened',
    model,
    messages: (context) => {
      const { id, guide = id } = kindOf(context)
      return [
        { role: 'system', content: WEAKENER_SYSTEM },
        {
          role: 'user',
          content: paragraphs(
            `The message:\n<message>\n${exchange.said(context)}\n</message>`,
            `The good answer:\n<answer>\n${textOf(context.steps['assistant'])}\n</answer>`,
            `The fault:\n- ${guide === id ? id : `${id} — ${guide}`}`,
            WEAKENER_END,
          ),
        },
      ]
    },
  }
  return {
    steps: [exchange.user, assistant, worse],
    attempts: exchange.attempts,
    makes: { rejected: true, tools: false, turns: 'one' },
    example: (context) => pairOf(exchange, context, context.steps['assistant'], context.steps['weakened']),
    details: (context) => ({ rejected: 'weakened', kind: kindOf(context).id }),
  }
}

function pairOf(exchange: Exchange, context: StepContext, chosen: Json | undefined, rejected: Json | undefined) {
  return {
    messages: [...opening(exchange, context), { role: 'assistant' as const, content: textOf(chosen) }],
    rejected: [{ role: 'assistant' as const, content: textOf(rejected) }],
  }
}
