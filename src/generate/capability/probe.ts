/** Questions of their own about what a server honours: for what a build's answers cannot show, or before there are any. */
import type { StepContext, Tool } from '../../../schema/config.ts'
import type { JsonObject } from '../../../schema/json.ts'
import type { AskSpec } from '../../config/dataset.ts'
import { askRequest } from '../../plan/render.ts'
import { keeps, readEnvelope } from '../envelope.ts'
import type { Finding } from './finding.ts'
import { observe } from './observe.ts'
import { type Use, wireUse } from './use.ts'

/** Names the questions in their keys: raised when they become others. */
export const PROBE_VERSION = 'datagen-probe-1'

export interface Probe {
  readonly what: 'answer' | 'again' | 'cut'
  readonly body: JsonObject
  /** Which draw of its request it is. */
  readonly ordinal: number
}

const SCHEMA: JsonObject = {
  type: 'object',
  properties: { sentence: { type: 'string' }, number: { type: 'integer' } },
  required: ['sentence', 'number'],
  additionalProperties: false,
}
const TOOL: Tool = {
  type: 'function',
  function: {
    name: 'note',
    description: 'Keeps a note.',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
  },
}
// Words that a model would hardly choose twice, so that equal answers mean an equal seed.
const QUESTION = 'Write one short sentence with three unusual words in it, and a number between 1 and 1000.'
const LONG_QUESTION = 'Write the numbers from one to two hundred as words, one after the other.'
/** The least that every server takes. */
const CUT_TOKENS = 16
const LIMITS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens']

/** What is asked of a use: once, again where a seed should give the same, and with too few tokens where there is a limit. */
export function probesOf({ step }: Use): Probe[] {
  const { model, schema, tools } = step
  const first = bodyOf({
    ...step,
    messages: () => [{ role: 'user', content: schema ? `${QUESTION} Answer with JSON: {"sentence": …, "number": …}.` : QUESTION }],
    ...(schema ? { schema: SCHEMA } : {}),
    ...(tools && tools.length > 0 ? { tools: [TOOL] } : {}),
  })
  const limit = LIMITS.find((name) => typeof model.params[name] === 'number')
  const cut = (name: string): AskSpec => {
    const params = { ...model.params, [name]: CUT_TOKENS }
    return { kind: 'ask', name: 'probe', model: { ...model, params }, messages: () => [{ role: 'user', content: LONG_QUESTION }] }
  }
  return [
    { what: 'answer', body: first, ordinal: 0 },
    ...(canShowSeed(step) ? [{ what: 'again', body: first, ordinal: 1 } as const] : []),
    ...(limit === undefined ? [] : [{ what: 'cut', body: bodyOf(cut(limit)), ordinal: 0 } as const]),
  ]
}

/** As a step of a recipe is asked, by whatever protocol. */
function bodyOf(step: AskSpec): JsonObject {
  return askRequest(step, NO_CONTEXT).body
}

/** Its questions are about nothing. */
const NO_CONTEXT: StepContext = { cell: {}, guide: {}, steps: {}, sample: 0 } as unknown as StepContext

/** At temperature 0 equal answers show nothing. */
function canShowSeed({ model: { params } }: AskSpec): boolean {
  return params['seed'] !== undefined && params['temperature'] !== 0
}

/** What the answers to a use's probes show together; those that did not come show nothing. */
export function findingsOf(use: Use, answers: ReadonlyMap<Probe['what'], Uint8Array>): Finding[] {
  const [first, again, cut] = (['answer', 'again', 'cut'] as const).map((what) => answers.get(what))
  const asked = wireUse({ ...use.step, ...(use.step.schema ? { schema: SCHEMA } : {}) })
  const seen = first ? observe(asked, first) : []
  return seen.map((finding) => {
    if (finding.field === 'seed' && first && again) return seedFinding(first, again)
    return LIMITS.includes(finding.field) && cut ? limitFinding(finding.field, cut) : finding
  })
}

function seedFinding(first: Uint8Array, again: Uint8Array): Finding {
  const [one, two] = [first, again].map((raw) => readEnvelope(raw))
  if (one?.kind !== 'completion' || two?.kind !== 'completion') return { field: 'seed', verdict: 'accepted' }
  return one.content === two.content
    ? { field: 'seed', verdict: 'honoured', because: 'asked twice, it answered the same' }
    : { field: 'seed', verdict: 'ignored', because: 'asked twice, it answered differently' }
}

function limitFinding(field: string, raw: Uint8Array): Finding {
  const answer = readEnvelope(raw)
  if (!keeps(answer)) return { field, verdict: 'accepted' }
  const output = answer.usage?.output
  if (output !== undefined && output > CUT_TOKENS)
    return { field, verdict: 'ignored', because: `an answer took ${output} tokens of ${CUT_TOKENS}` }
  const cut = answer.kind === 'rejected' && answer.code === 'cut-off'
  return cut ? { field, verdict: 'honoured', because: 'an answer was cut off there' } : { field, verdict: 'accepted' }
}
