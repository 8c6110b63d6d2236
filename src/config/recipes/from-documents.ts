/** The recipe `fromDocuments`: a question that a passage answers, and an answer from the passage alone. */
import type { Example, FromDocuments, Message, StepContext } from '../../../schema/config.ts'
import type { Json, JsonObject } from '../../../schema/json.ts'
import type { AskSpec, RecipeSpec } from '../dataset.ts'
import { sha256 } from '../digest.ts'
import { type Exchange, exchangeOf, NO_RECIPE, paragraphs, textOf } from '../exchange.ts'
import type { RecipeTools } from '../steps.ts'

const TASK = 'Write exactly one message to the assistant that the passage below answers in full:'
const UNSEEN = `The person has a real need that leads them here and has never seen the passage: the message says by itself what it is about, and speaks of no passage, text, document or section.
Ask for something that can be answered rightly and wholly from what stands there, in words of the person's own rather than in those of the passage.`
const GROUNDED = `Answer from the passage below and from nothing else: claim nothing that it does not say, leave out nothing that it says on the matter, and do not mention it.`
const EVIDENCE =
  'First copy out, word for word, the sentences of the passage on which the answer rests (`evidence`); then write the answer itself (`answer`).'

const EVIDENCE_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    evidence: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'sentences of the passage, word for word' },
    answer: { type: 'string', minLength: 1 },
  },
  required: ['evidence', 'answer'],
  additionalProperties: false,
}

export function fromDocumentsSpec(recipe: FromDocuments, tools: RecipeTools): RecipeSpec {
  const passage = passageDimension(recipe, tools)
  if (passage === undefined) return NO_RECIPE
  const textIn = ({ guide }: StepContext) => `<passage>\n${guide[passage]}\n</passage>`
  const exchange = exchangeOf(recipe, tools, {
    ownDimensions: [passage],
    task: (context) => paragraphs(TASK, textIn(context), UNSEEN),
  })
  if (!exchange) return NO_RECIPE
  const evidence = recipe.evidence ?? true
  const assistant: AskSpec = {
    kind: 'ask',
    name: 'assistant',
    model: exchange.assistantModel,
    messages: (context) => [
      { role: 'system', content: paragraphs(exchange.briefing(context), GROUNDED, textIn(context), evidence ? EVIDENCE : undefined) },
      { role: 'user', content: exchange.said(context) },
    ],
    ...(evidence ? { schema: EVIDENCE_SCHEMA, accept: (value, { guide }) => strayQuote(value, guide[passage] as string) } : {}),
  }
  const answered = ({ steps }: StepContext) => textOf(evidence ? (steps['assistant'] as JsonObject)['answer'] : steps['assistant'])
  return {
    steps: [exchange.user, assistant],
    attempts: exchange.attempts,
    makes: { rejected: false, tools: false, turns: 'one' },
    example: (context) => ({
      messages: [...asRow(exchange, recipe.context ?? 'none', textIn(context), context), { role: 'assistant', content: answered(context) }],
    }),
    details: ({ cell, guide }) => ({ passage: cell[passage] as string, sha256: sha256(guide[passage] as string) }),
  }
}

/** The dimension named, else the only one that is made of documents. */
function passageDimension({ passage }: FromDocuments, { dimensions, documents, complaints }: RecipeTools): string | undefined {
  if (passage !== undefined) {
    if (dimensions.includes(passage)) return passage
    return complaints.unknown(
      'unknown-dimension',
      ['recipe', 'passage'],
      `there is no dimension "${passage}"`,
      passage,
      dimensions,
      'dimensions',
    )
  }
  const [only, ...others] = documents
  if (only !== undefined && others.length === 0) return only
  return complaints.add(
    'unknown-dimension',
    ['recipe'],
    only === undefined ? 'no dimension is made of documents' : 'several dimensions are made of documents',
    {
      at: 'key',
      facts: [['dimensions', (only === undefined ? dimensions : documents).join(', ')]],
      hint:
        only === undefined
          ? "declare one, `passage: documents({ files: ['docs/*.md'] })`, or name the dimension of the passages: `passage: '…'`"
          : "name the one of the passages: `passage: '…'`",
    },
  )
}

function asRow(
  { system, said }: Exchange,
  context: NonNullable<FromDocuments['context']>,
  passage: string,
  item: StepContext,
): Example['messages'] {
  const told = paragraphs(system?.(item), context === 'system' ? passage : undefined)
  const user: Message = { role: 'user', content: context === 'user' ? `${passage}\n\n${said(item)}` : said(item) }
  return told === '' ? [user] : [{ role: 'system', content: told }, user]
}

/** Code and message for evidence that the passage does not hold. */
function strayQuote(value: Json, passage: string): { code: string; message: string } | undefined {
  const { evidence } = value as { readonly evidence: readonly string[] }
  const text = bare(passage)
  const stray = evidence.findIndex((quote) => bare(quote) === '' || !text.includes(bare(quote)))
  if (stray < 0) return undefined
  return { code: 'not-in-passage', message: `evidence ${stray + 1} does not stand in the passage` }
}

/** Layout, emphasis, kinds of quotation marks, and marks around the whole or at its end, are nobody's words. */
function bare(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[“”„«»]/gu, '"')
    .replace(/[‘’‚]/gu, "'")
    .replace(/[*_`#]+/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/^["'…\s.]+|["'…\s.]+$/gu, '')
}
