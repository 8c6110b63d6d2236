/** How a question gets its answer: limits, the time it takes, the fault that strikes it, the bill. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../schema/json.ts'
import { seededRandom } from '../generate/providers/simulated/random.ts'
import { drawLatency } from './latency.ts'
import type { Dialect, Question, Said, Voice } from './said.ts'
import { type Prepared, send } from './sending.ts'
import { type Handler, type State, sendError, type Visit } from './state.ts'
import { strike } from './strike.ts'

/** Answers questions of one API. */
export function answering(dialect: Dialect, state: State): Handler {
  return async (visit, response) => {
    const index = await admit(visit, state)
    const question = read(dialect, visit)
    if (typeof question === 'string') return sendError(response, 400, question)
    const admitted = state.limits?.admit(question, state, response)
    if (state.limits && !admitted) return
    const draw = drawOf(visit, state)
    await delay(state, draw)
    if (response.destroyed) return
    for (const [name, value] of Object.entries(admitted?.headers ?? {})) response.setHeader(name, value)
    const rule = state.personality.ruleFor(index, visit.text, draw.luck)
    const said = say(dialect.voice ?? state.voice, question, visit, state, draw)
    admitted?.settle(said)
    const prepared: Prepared = { dialect, question, said, visit, state }
    if (rule) {
      state.ledger.struck(rule.name ?? rule.fault.kind)
      return strike(rule.fault, prepared, response)
    }
    state.ledger.answered()
    send(prepared, response)
  }
}

/** What is said to a question that comes by another way, such as a line of a file; a string says why it is none. `turn`: what becomes of it on its way. */
export function sayTo(
  dialect: Dialect,
  text: string,
  state: State,
  turn: (said: Said) => Said = (said) => said,
): { readonly said: Said; readonly body: JsonObject } | string {
  const visit = { text }
  const question = read(dialect, visit)
  if (typeof question === 'string') return question
  const said = turn(say(dialect.voice ?? state.voice, question, visit, state, drawOf(visit, state)))
  return { said, body: dialect.whole(said, question) }
}

/** Counts a question, and lets a witness hold it back. */
async function admit(visit: Visit, state: State): Promise<number> {
  state.ledger.arrived()
  const index = state.personality.arrive()
  const held = state.witness.arrived?.(visit)
  if (held) await held
  return index
}

/** What decides about one answer: the seed, the body, and how often it was asked before; never the order of arrival. */
interface Draw {
  readonly digest: Buffer
  /** In [0, 1), another for every number. */
  luck(of: number): number
}

function drawOf({ text }: Pick<Visit, 'text'>, state: State): Draw {
  const name = text.length < 100 ? text : createHash('sha256').update(text).digest('base64')
  const count = state.counts.get(name) ?? 0
  state.counts.set(name, count + 1)
  const seeded = state.seed === 0 ? '' : `${state.seed}\n`
  const digest = createHash('sha256')
    .update(state.personality.script.fresh === false ? `${seeded}${text}` : `${seeded}${count}\n${text}`)
    .digest()
  const luck = (of: number) => seededRandom(createHash('sha256').update(`${seeded}${count}\n${of}\n`).update(text).digest()).next()
  return { digest, luck }
}

const FIRST_LATENCY = -1
const SECOND_LATENCY = -2

async function delay({ personality: { script }, clock }: State, { luck }: Draw): Promise<void> {
  const { latency, latencyMs = 0 } = script
  const ms = latency ? drawLatency(latency, luck(FIRST_LATENCY), luck(SECOND_LATENCY)) : latencyMs
  if (ms > 0) await clock.sleep(ms)
}

function read(dialect: Dialect, { text }: Pick<Visit, 'text'>): Question | string {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return 'We could not parse the JSON body of your request.'
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'The body of your request is not an object.'
  return dialect.read(text, body as JsonObject)
}

function say(voice: Voice, question: Question, { text }: Pick<Visit, 'text'>, state: State, { digest }: Draw): Said {
  const scripted = state.personality.answerTo(text)
  const spoken = voice(question, digest)
  return {
    ...(scripted === undefined ? spoken : { ...spoken, content: scripted, finish: 'stop' }),
    id: digest.toString('hex').slice(0, 16),
    model: question.model,
  }
}
