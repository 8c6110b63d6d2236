/**
 * The built-in provider: offline, seeded, free. The same call always gets the same answer, shaped as a server's would be;
 * its texts follow the cell's guides so that checks, splits and screens have something real to work on. Not for training.
 */
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../config/dataset.ts'
import { canonicalText } from '../../key/canonical.ts'
import type { Clock } from '../../util/clock.ts'
import { compileSchema } from '../../util/json-schema.ts'
import type { Call, Failure, Provider, Reply } from '../provider.ts'
import { estimateTokens } from '../tokens.ts'
import { stretch, writeAnswer } from './simulated/assistant-message.ts'
import { type Brief, readBrief } from './simulated/brief.ts'
import { drawFault, failureOf, spoil, TRANSIENT } from './simulated/faults.ts'
import { writeNextAnswer, writeReply } from './simulated/next-turn.ts'
import { type Random, seededRandom } from './simulated/random.ts'
import { schemaValue } from './simulated/schema-value.ts'
import { writeUserMessage } from './simulated/user-message.ts'
import { simulatedVector } from './simulated/vector.ts'
import { comparisonOf, isComparison, isVerdict, verdictOf } from './simulated/verdict.ts'

const DEFAULT_LATENCY_MS = 20

export function createSimulated(spec: ModelSpec, { clock }: { readonly clock: Clock }): Provider {
  const { latencyMs = DEFAULT_LATENCY_MS, tokens, seed: simulateSeed = 0, faults } = spec.simulate ?? {}
  // Calls that failed in transit once; their next try gets through.
  const troubled = new Set<string>()

  async function ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const { ordinal, attempt, epoch } = call.draw
    const digest = createHash('sha256')
      .update(
        `${simulateSeed}\n${ordinal}.${attempt}.${epoch}\n${canonicalText(call.body)}${call.version === undefined ? '' : `\n${call.version}`}`,
      )
      .digest()
    // The second half of the digest, so that turning faults on changes no answer.
    const luck = seededRandom(digest.subarray(16))
    if (latencyMs > 0) await clock.sleep(latencyMs * (0.5 + luck.next()), signal)
    if (signal.aborted) return { kind: 'failure', failure: ABORTED }

    const fault = passing(drawFault(faults, luck.next()), digest.toString('hex'))
    const failure = fault && failureOf(fault, latencyMs)
    if (failure) return { kind: 'failure', failure }
    if (call.endpoint === 'embeddings') return { kind: 'response', raw: Buffer.from(JSON.stringify(simulatedVector(call.body))) }
    return { kind: 'response', raw: Buffer.from(spoil(fault, simulatedCompletion(call.body, digest, tokens))) }
  }

  /** A transient fault passes: it strikes a call once. */
  function passing(fault: ReturnType<typeof drawFault>, id: string): ReturnType<typeof drawFault> {
    if (!fault || !TRANSIENT.has(fault)) return fault
    if (troubled.delete(id)) return undefined
    troubled.add(id)
    return fault
  }

  return { simulated: true, ask, close: async () => {} }
}

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }

/** The body of a good answer to a chat completion request; the digest decides about it. */
export function simulatedCompletion(body: JsonObject, digest: Buffer, tokens: number | undefined) {
  const brief = readBrief(body)
  const random = seededRandom(digest)
  const calls = callsOf(brief, body['parallel_tool_calls'] !== false, random)
  const whole = calls.length > 0 ? JSON.stringify(calls) : contentOf(brief, random, tokens, lastText(body))
  const input = (Array.isArray(body['messages']) ? body['messages'] : []).reduce(
    (sum: number, message) => sum + 4 + estimateTokens(JSON.stringify(message)),
    3,
  )
  const limit = body['max_completion_tokens'] ?? body['max_tokens']
  const most = typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY
  const output = estimateTokens(whole)
  const cut = output > most
  return {
    id: `simulated-${digest.toString('hex', 0, 12)}`,
    object: 'chat.completion',
    created: 0,
    model: 'simulated',
    choices: [
      {
        index: 0,
        message:
          calls.length > 0
            ? { role: 'assistant', content: null as unknown as string, refusal: null, tool_calls: calls }
            : { role: 'assistant', content: cut ? whole.slice(0, most * 3).toWellFormed() : whole, refusal: null },
        finish_reason: cut ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
      },
    ],
    usage: { prompt_tokens: input, completion_tokens: Math.min(output, most), total_tokens: input + Math.min(output, most) },
  } as const
}

// After results another round is the exception, as it is with models.
const AGAIN = 0.25
const TWICE = 0.3

/** Calls of tools that are offered, with arguments that their schemas accept. */
function callsOf(brief: Brief, several: boolean, random: Random) {
  const { tools, mustCall } = brief
  if (tools.length === 0 || !(mustCall || random.chance(AGAIN))) return []
  return random.some(tools, several && random.chance(TWICE) ? 2 : 1).map(({ name, parameters }, i) => ({
    id: `call_${random.int(1, 999_999)}_${i}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(parameters ? matching(brief, parameters, random) : {}) },
  }))
}

/** The last message as it was sent. */
function lastText(body: JsonObject): string {
  const last = Array.isArray(body['messages']) ? (body['messages'].at(-1) as JsonObject | undefined) : undefined
  return typeof last?.['content'] === 'string' ? last['content'] : ''
}

function contentOf(brief: Brief, random: Random, tokens: number | undefined, asked: string): string {
  const reason = () => writeAnswer({ ...brief, complexity: 'brief' }, random)
  if (brief.schema && isVerdict(brief.schema)) return JSON.stringify(verdictOf(brief.schema, random, reason))
  if (brief.schema && isComparison(brief.schema)) return JSON.stringify(comparisonOf(brief.schema, random, asked, reason))
  if (brief.schema) return JSON.stringify(matching(brief, brief.schema, random))
  if (brief.anyJson) return JSON.stringify({ answer: writeAnswer(brief, random) })
  const { intent } = brief
  if (brief.task === 'write') return intent ? writeReply(brief, intent, random) : writeUserMessage(brief, random)
  const answer = intent ? writeNextAnswer(brief, intent, random) : writeAnswer(brief, random)
  return tokens === undefined ? answer : stretch(answer, brief, random, tokens)
}

const CANDIDATES = 20 // enough for branches and patterns that suit only some of the time

/** A value that the schema accepts, or the last candidate when the schema is beyond the generator. */
function matching(brief: Brief, schema: NonNullable<Brief['schema']>, random: Random): Json {
  let value: Json = null
  for (let i = 0; i < CANDIDATES; i++) {
    try {
      value = schemaValue(schema, random, (property) => textFor(property, brief, random))
      if (compileSchema(schema)(value) === undefined) return value
    } catch {
      // a schema that refers to nothing or never ends: the parser will say so
    }
  }
  return value
}

/** A text that suits a property's name: a user's message, a name, a reason, an answer. */
function textFor(property: string, brief: Brief, random: Random): string {
  const turn = brief.turns.find(({ id }) => id === property)
  if (turn?.by === 'assistant') return writeNextAnswer(brief, turn.intent, random)
  if (turn) return turn === brief.turns[0] ? writeUserMessage(brief, random) : writeReply(brief, turn.intent, random)
  if (/evidence|quote/i.test(property) && brief.passage !== '') return random.pick(sentencesOf(brief.passage))
  if (/user|question|query|prompt|request|instruction|message/i.test(property)) return writeUserMessage(brief, random)
  if (/name|title|label|topic|subject|id$/i.test(property))
    return writeUserMessage({ ...brief, phrasing: 'statement', context: 'minimal' }, random)
      .slice(0, 40)
      .trim()
  return writeAnswer(
    {
      ...brief,
      complexity: /answer|response|assistant|explanation|solution|content/i.test(property) ? (brief.complexity ?? 'standard') : 'brief',
    },
    random,
  )
}

/** Word for word, headings and code aside where there is anything else. */
function sentencesOf(passage: string): readonly string[] {
  const prose = passage.split(/\n+|(?<=[.!?])\s+/).filter((sentence) => /\p{L}/u.test(sentence) && !/^\s*(#|```)/.test(sentence))
  return prose.length > 0 ? prose.map((sentence) => sentence.trim()) : [passage]
}
