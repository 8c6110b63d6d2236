/** The ready-made recipe `conversation`: a user simulator and the assistant take turns along a pattern, or one model writes both. */
import type { Conversation, StepContext } from '../../../schema/config.ts'
import type { JsonObject } from '../../../schema/json.ts'
import { alreadySeen } from '../batch-memory.ts'
import type { AskSpec, ModelSpec, RecipeSpec, Render } from '../dataset.ts'
import { answerDimensions, block, guideLines, MESSAGE_ONLY, NO_RECIPE, paragraphs, roleModel, sorted } from '../exchange.ts'
import { type PatternSpec, patternSpec, type TurnSpec } from '../patterns.ts'
import { DEFAULT_ATTEMPTS, modelFor, type RecipeTools } from '../steps.ts'
import { compileText } from '../texts.ts'
import { refusalOf, type Said, saidIn, transcriptText, wholeRefusal } from './transcript.ts'

const USER_SYSTEM = `You play one person who is talking to an AI assistant, and write what that person says next.
They know only what such a person would know and what has been said so far, and they never speak of their goal as a goal.
Stay in one voice from message to message: concrete names, values and details instead of placeholders, and no more explanation than such a person would give.
React to what was just said: take up its words, answer the questions it asked, and add something new each time.
Let background and mood show in the choice of words; never announce them.`
const WHO = 'The person:'
const SITUATION = 'Their situation:'
const GOAL = 'What they want to have in the end, without saying so:'
const HOPES = 'They hope for answers like this, so they ask for what such answers can settle, without describing them:'
const SO_FAR = 'The conversation so far:'
const FIRST_TURN = 'They have not written anything yet. In their first message they do this:'
const NEXT_TURN = 'In their next message they do this:'

const ANSWER = 'For every answer in this conversation:'
const REPLY = 'For this reply, without mentioning these instructions:'

const WHOLE_SYSTEM = `You write whole conversations between one person and an AI assistant, as they could have happened.
The person knows only what such a person would know, keeps one voice, and never speaks of their goal as a goal; the assistant knows only what was said.
Every turn takes up what was just said and adds something new: concrete names, values and details instead of placeholders.`
const WHOLE_SYSTEM_PROMPT = 'The assistant was told:'
const WHOLE_TURNS = 'Write these turns, in this order, each as its own text:'
const WHOLE_END = 'Write only what is said: no names of speakers in front of it, no stage directions.'

const JUDGE_SYSTEM = `You read conversations between a person and an AI assistant, and decide whether the person has what they came for.
It is resolved only if nothing they asked is left open and a sensible person would see no reason to write again.`
const JUDGE_GOAL = 'What the person came for:'
const JUDGE_TASK = 'Reason first, in one or two sentences; then give the verdict: "resolved", or "open" if anything is missing.'
const JUDGE_SCHEMA: JsonObject = {
  type: 'object',
  properties: { reasoning: { type: 'string' }, verdict: { type: 'string', enum: ['resolved', 'open'] } },
  required: ['reasoning', 'verdict'],
  additionalProperties: false,
}

/** What both ways of writing a conversation need. */
interface Scene {
  readonly pattern: PatternSpec
  readonly user: ModelSpec
  readonly assistant: ModelSpec
  readonly system: Render | undefined
  /** Who the person is and where they stand; empty lines for what there is not. */
  readonly person: Render
  readonly goal: Render
  readonly instructions: Render | undefined
  readonly manner: Render
  /** Which answers the person hopes for; undefined where every answer is alike. It also keeps apart cells that differ only in that. */
  readonly hopes: (context: StepContext) => string | undefined
}

export function conversationSpec(recipe: Conversation, tools: RecipeTools): RecipeSpec {
  const { complaints } = tools
  const scene = sceneOf(recipe, tools)
  const { mode = 'turns', resolved, attempts = DEFAULT_ATTEMPTS } = recipe
  const judge = resolved && modelFor(resolved.by, ['recipe', 'resolved', 'by'], tools)
  if (mode === 'one-call' && resolved)
    complaints.add('exclusive', ['recipe', 'resolved'], 'a conversation that is written in one call cannot end early', {
      at: 'key',
      hint: 'leave out `resolved`, or `mode: one-call`',
    })
  if (!scene) return NO_RECIPE
  const { turns, branches } = scene.pattern
  const steps = mode === 'one-call' ? [wholeStep(scene)] : turnSteps(scene, judge && { model: judge, after: resolved?.after ?? 1 })
  return {
    steps,
    attempts,
    branches,
    makes: { rejected: false, tools: false, turns: 'many' },
    ...(branches.length === 0
      ? {}
      : { details: ({ cell }: StepContext) => ({ branches: Object.fromEntries(branches.map(({ name, of }) => [name, of(cell)])) }) }),
    example: (context) => ({
      messages: [
        ...(scene.system ? [{ role: 'system' as const, content: scene.system(context) }] : []),
        ...(mode === 'one-call' ? wholeSaid(turns, context) : saidIn(turns, context)).map(({ by, text }) => ({ role: by, content: text })),
      ],
    }),
  }
}

/** Undefined after a complaint. */
function sceneOf(recipe: Conversation, tools: RecipeTools): Scene | undefined {
  const { dimensions, complaints, method } = tools
  const scope = { dimensions, steps: [] }
  const text = (key: 'system' | 'instructions' | 'goal', what: string) => {
    const given = recipe[key]
    return given === undefined ? undefined : compileText(given, scope, ['recipe', key], what, tools)
  }
  const persona = [recipe.persona ?? []].flat()
  persona.forEach((name, i) => {
    if (!dimensions.includes(name))
      complaints.unknown(
        'unknown-dimension',
        typeof recipe.persona === 'string' ? ['recipe', 'persona'] : ['recipe', 'persona', i],
        `there is no dimension "${name}"`,
        name,
        dimensions,
        'dimensions',
      )
  })
  const answer = answerDimensions(recipe, tools)
  const situation = sorted(dimensions.filter((name) => !answer.includes(name) && !persona.includes(name)))
  const pattern = patternSpec(recipe.pattern, ['recipe', 'pattern'], complaints)
  const user = roleModel('user', recipe.user, tools)
  const assistant = roleModel('assistant', recipe.assistant, tools)
  const [system, instructions, goal] = [
    text('system', 'the system prompt'),
    text('instructions', 'the instructions'),
    text('goal', 'the goal'),
  ]
  if (!pattern || !user || !assistant) return undefined
  const subject = dimensions.includes('scenario') ? 'scenario' : situation[0]
  return {
    pattern,
    user,
    assistant,
    system,
    person: (context) => paragraphs(block(WHO, sorted(persona), context), block(SITUATION, situation, context), ...(method?.user ?? [])),
    goal: goal ?? (({ guide }) => (subject === undefined ? 'what the conversation is about, settled' : `this, settled: ${guide[subject]}`)),
    instructions,
    hopes: (context) => block(HOPES, answer, context),
    manner: (context) =>
      paragraphs(...(method?.assistant ?? []), answer.length === 0 ? undefined : `${ANSWER}\n${guideLines(answer, context)}`),
  }
}

/** A step for each turn, and behind the assistant's the question whether that was all. */
function turnSteps(scene: Scene, judge: { readonly model: ModelSpec; readonly after: number } | undefined): AskSpec[] {
  const { turns } = scene.pattern
  const judges: string[] = []
  let answers = 0
  return turns.flatMap((turn, i): AskSpec[] => {
    const before = turns.slice(0, i)
    const asked = [...judges]
    // What has been settled is not talked about any further.
    const goesOn = asked.length === 0 ? {} : { when: ({ steps }: StepContext) => !asked.some((name) => isResolved(steps[name])) }
    const step: AskSpec = {
      kind: 'ask',
      name: turn.id,
      model: scene[turn.by],
      messages: (context) => (turn.by === 'user' ? userMessages : assistantMessages)(scene, turn, saidIn(before, context), context),
      accept: (value, context) => refusalOf(String(value), turn.by, saidIn(before, context)),
      ...goesOn,
    }
    if (turn.by === 'user') return [step]
    answers++
    const isLast = i === turns.length - 1
    if (!judge || isLast || answers < judge.after) return [step]
    const name = `resolved:${turn.id}`
    judges.push(name)
    const said = turns.slice(0, i + 1)
    return [
      step,
      {
        kind: 'ask',
        name,
        model: judge.model,
        schema: JUDGE_SCHEMA,
        messages: (context) => [
          { role: 'system', content: JUDGE_SYSTEM },
          {
            role: 'user',
            content: paragraphs(
              `${JUDGE_GOAL} ${scene.goal(context)}`,
              `${SO_FAR}\n\n${transcriptText(saidIn(said, context))}`,
              JUDGE_TASK,
            ),
          },
        ],
        ...goesOn,
      },
    ]
  })
}

function isResolved(verdict: unknown): boolean {
  return typeof verdict === 'object' && verdict !== null && (verdict as { verdict?: unknown }).verdict === 'resolved'
}

/** The person sees what was said and what they are to do next, and neither the assistant's system prompt nor later turns. */
function userMessages(scene: Scene, turn: TurnSpec, said: readonly Said[], context: StepContext): JsonObject[] {
  const intent = turn.intent(context.cell)
  return [
    { role: 'system', content: USER_SYSTEM },
    {
      role: 'user',
      content: paragraphs(
        scene.person(context),
        `${GOAL} ${scene.goal(context)}`,
        scene.instructions?.(context),
        ...(said.length === 0
          ? [scene.hopes(context), ...alreadySeen(context), `${FIRST_TURN} ${intent}`]
          : [`${SO_FAR}\n\n${transcriptText(said)}`, `${NEXT_TURN} ${intent}`]),
        MESSAGE_ONLY,
      ),
    },
  ]
}

/** The assistant sees its system prompt and what was said, and nothing of the person behind it. */
function assistantMessages(scene: Scene, turn: TurnSpec, said: readonly Said[], context: StepContext): JsonObject[] {
  return [
    {
      role: 'system',
      content: paragraphs(scene.system?.(context), scene.manner(context), `${REPLY} ${turn.intent(context.cell)}`),
    },
    ...said.map(({ by, text }) => ({ role: by, content: text })),
  ]
}

const WHOLE = 'conversation'

function wholeStep(scene: Scene): AskSpec {
  const { turns } = scene.pattern
  return {
    kind: 'ask',
    name: WHOLE,
    model: scene.assistant,
    schema: {
      type: 'object',
      properties: Object.fromEntries(turns.map(({ id }) => [id, { type: 'string' }])),
      required: turns.map(({ id }) => id),
      additionalProperties: false,
    },
    messages: (context) => [
      { role: 'system', content: WHOLE_SYSTEM },
      {
        role: 'user',
        content: paragraphs(
          scene.person(context),
          `${GOAL} ${scene.goal(context)}`,
          scene.instructions?.(context),
          ...alreadySeen(context),
          scene.system ? `${WHOLE_SYSTEM_PROMPT}\n${scene.system(context)}` : undefined,
          scene.manner(context),
          `${WHOLE_TURNS}\n${turns.map(({ id, by, intent }, i) => `${i + 1}. ${id} (${by}): ${intent(context.cell)}`).join('\n')}`,
          WHOLE_END,
        ),
      },
    ],
    accept: (value) => wholeRefusal(turns, value),
  }
}

function wholeSaid(turns: readonly TurnSpec[], { steps }: StepContext): Said[] {
  const texts = steps[WHOLE] as { readonly [turn: string]: string }
  return turns.map(({ id, by }) => ({ by, text: texts[id] ?? '' }))
}
