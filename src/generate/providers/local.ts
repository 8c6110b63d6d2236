/** A model file run in this process by node-llama-cpp: no key, no server, no bill. Answers are kept in the shape of OpenAI's, so one reader reads all. */
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../schema/json.ts'
import type { ModelSpec } from '../../config/dataset.ts'
import type { Clock } from '../../util/clock.ts'
import type { Call, Failure, Provider, Reply } from '../provider.ts'
import { shortText } from '../short-text.ts'
import { functionsOf, historyOf } from './local/history.ts'
import type { HistoryItem, Llama, LlamaChat, LlamaFunctions, LlamaModel, LlamaModule, LlamaOptions } from './local/llama.ts'
import { Seats } from './local/seats.ts'

export interface LocalOptions {
  readonly llama: LlamaModule
  readonly clock: Clock
  /** The most calls at once. */
  readonly connections: number
  /** Told before a file is downloaded. */
  readonly onDownload?: ((file: string, bytes: number) => void) | undefined
}

const DEFAULT_CONTEXT = 8192 // what fits beside a 7B model in 8 GB; many models are made for 100,000 and more
const DEFAULT_PARALLEL = 4
/** What llama.cpp takes itself where nothing is said; greedy answers would make all samples of a cell the same. */
const SAMPLING = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 }
const KNOWN: ReadonlySet<string> = new Set(
  'model messages temperature top_p max_tokens seed stop frequency_penalty presence_penalty top_k min_p response_format tools tool_choice parallel_tool_calls'.split(
    ' ',
  ),
)

interface Loaded {
  readonly llama: Llama
  readonly model: LlamaModel
  readonly contextSize: number
  readonly seats: Seats<LlamaChat>
}

/** Loads nothing before the first `ask`. */
export function createLocal(spec: ModelSpec, options: LocalOptions): Provider {
  const grammars = new Map<string, Promise<unknown>>()
  const closing = new AbortController()
  let opened: Promise<Loaded> | undefined

  async function ask({ body, draw }: Call, signal: AbortSignal): Promise<Reply> {
    if (signal.aborted) return failed(ABORTED)
    const strange = Object.keys(body).find((field) => !KNOWN.has(field))
    if (strange !== undefined)
      return failed({
        kind: 'fatal',
        code: 'unsupported-parameter',
        message: `a local model does not know "${strange}"`,
        parameter: strange,
      })
    opened ??= open(spec, options, closing.signal)
    let loaded: Loaded
    try {
      loaded = await opened
    } catch (error) {
      return failed(
        error instanceof NotHere
          ? error.failure
          : { kind: 'fatal', code: 'local-model', message: messageOf('the model cannot be loaded', error) },
      )
    }
    const seat = await loaded.seats.take(signal)
    if (!seat) return failed(ABORTED)
    try {
      return await answer(loaded, seat, body, seedOf(body, draw), signal)
    } finally {
      loaded.seats.give(seat)
    }
  }

  async function answer(loaded: Loaded, chat: LlamaChat, body: JsonObject, seed: number | undefined, signal: AbortSignal): Promise<Reply> {
    const history = historyOf(body['messages'] as JsonObject[])
    const functions = body['tool_choice'] === 'none' ? undefined : functionsOf(body['tools'])
    const prompt = promptTokens(loaded, chat, history, functions)
    const room = loaded.contextSize - prompt - 1
    if (room < 1) return failed(tooLong(prompt, loaded.contextSize))
    // One controller for each answer: it is also cut off when it is late, or when the context would lose its beginning.
    const attempt = new AbortController()
    const abort = () => attempt.abort()
    signal.addEventListener('abort', abort, { once: true })
    let [late, full, output, reasoning] = [false, false, 0, 0]
    const deadline = setTimeout(
      () => {
        late = true
        abort()
      },
      Math.min(spec.timeoutMs, 2 ** 31 - 1),
    )
    try {
      const grammar = await grammarFor(loaded.llama, body)
      const said = await chat.generateResponse(history, {
        ...sampling(body, seed),
        ...(functions
          ? { functions, documentFunctionParams: true, ...(body['parallel_tool_calls'] === false ? { maxParallelFunctionCalls: 1 } : {}) }
          : {}),
        ...(grammar === undefined ? {} : { grammar }),
        signal: attempt.signal,
        maxTokens: Math.min(typeof body['max_tokens'] === 'number' ? body['max_tokens'] : room, room),
        onResponseChunk: ({ type, tokens }) => {
          output += tokens.length
          if (type === 'segment') reasoning += tokens.length
        },
        contextShift: {
          strategy: ({ chatHistory }) => {
            full = true
            abort()
            return { chatHistory, metadata: null }
          },
        },
      })
      if (full) return failed(tooLong(prompt, loaded.contextSize))
      const calls = said.functionCalls ?? []
      const message = {
        role: 'assistant',
        content: calls.length > 0 && said.response === '' ? null : said.response,
        refusal: null,
        ...(calls.length > 0
          ? {
              tool_calls: calls.map(({ functionName, params }, at) => ({
                id: `call_${at}`,
                type: 'function',
                function: { name: functionName, arguments: JSON.stringify(params ?? {}) },
              })),
            }
          : {}),
      }
      const finish = said.metadata.stopReason === 'maxTokens' ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop'
      const raw = {
        id: `local-${randomUUID()}`,
        object: 'chat.completion',
        created: Math.floor(options.clock.date().getTime() / 1000),
        model: spec.model,
        choices: [{ index: 0, message, finish_reason: finish }],
        usage: {
          prompt_tokens: prompt,
          completion_tokens: Math.max(1, output),
          total_tokens: prompt + Math.max(1, output),
          completion_tokens_details: { reasoning_tokens: reasoning },
        },
      }
      return { kind: 'response', raw: new TextEncoder().encode(JSON.stringify(raw)) }
    } catch (error) {
      if (signal.aborted) return failed(ABORTED)
      if (full) return failed(tooLong(prompt, loaded.contextSize))
      if (late) return failed({ kind: 'transient', code: 'timeout', message: `the model did not finish within ${spec.timeoutMs / 1000} s` })
      if (error instanceof BadSchema)
        return failed({ kind: 'refused', code: 'bad-request', message: error.message, parameter: 'response_format' })
      return failed({ kind: 'transient', code: 'local-error', message: messageOf('the model failed', error) })
    } finally {
      clearTimeout(deadline)
      signal.removeEventListener('abort', abort)
    }
  }

  /** Made once for each schema; undefined where any text will do. */
  async function grammarFor(llama: Llama, { response_format: format }: JsonObject): Promise<unknown> {
    const { type, json_schema } = (format ?? {}) as { type?: string; json_schema?: { schema?: JsonObject } }
    const schema = type === 'json_schema' ? json_schema?.schema : type === 'json_object' ? { type: 'object' } : undefined
    if (!schema) return undefined
    const name = JSON.stringify(schema)
    const made = grammars.get(name) ?? llama.createGrammarForJsonSchema(schema)
    grammars.set(name, made)
    try {
      return await made
    } catch (error) {
      throw new BadSchema(messageOf('llama.cpp has no grammar for the schema', error))
    }
  }

  return {
    simulated: false,
    ask,
    async close() {
      closing.abort()
      await (await opened?.catch(() => undefined))?.llama.dispose()
    },
  }
}

class BadSchema extends Error {}

/** The file is not on this machine, and may not or cannot be fetched. */
class NotHere extends Error {
  readonly failure: Failure
  constructor(message: string) {
    super(message)
    this.failure = { kind: 'fatal', code: 'local-model', message }
  }
}

async function open(
  { name, local }: ModelSpec,
  { llama: module, connections, onDownload }: LocalOptions,
  signal: AbortSignal,
): Promise<Loaded> {
  const { file, parallel = DEFAULT_PARALLEL, contextSize: wanted, threads, gpu = true, download = false } = local ?? { file: '' }
  const modelPath = file.startsWith('hf:') ? await fromHub(module, { name, file, download, onDownload, signal }) : file
  const llama = await module.getLlama({
    gpu: gpu ? 'auto' : false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'disabled',
    logger: () => {},
  })
  const model = await llama.loadModel({ modelPath })
  const sequences = Math.max(1, Math.min(parallel, connections))
  const context = await model.createContext({
    contextSize: Math.min(wanted ?? DEFAULT_CONTEXT, model.trainContextSize),
    sequences,
    ...(threads === undefined ? {} : { threads }),
  })
  const seats = new Seats(Array.from({ length: sequences }, () => new module.LlamaChat({ contextSequence: context.getSequence() })))
  return { llama, model, contextSize: context.contextSize, seats }
}

interface Hub {
  readonly name: string
  readonly file: string
  readonly download: boolean
  readonly onDownload: LocalOptions['onDownload']
  readonly signal: AbortSignal
}

/** The file as it lies on this machine; fetched only when the config says so, and never without a word. */
async function fromHub(module: LlamaModule, { name, file, download, onDownload, signal }: Hub): Promise<string> {
  try {
    return await module.resolveModelFile(file, { download: false, cli: false })
  } catch {
    if (!download) throw new NotHere(`${file} is not on this machine; models.${name}.local.download: true lets it be fetched`)
  }
  try {
    const fetching = await module.createModelDownloader({ modelUri: file, showCliProgress: false })
    onDownload?.(file, fetching.totalSize)
    return await fetching.download({ signal })
  } catch (error) {
    throw new NotHere(messageOf(`${file} cannot be fetched`, error))
  }
}

function promptTokens({ model }: Loaded, chat: LlamaChat, history: readonly HistoryItem[], functions: LlamaFunctions | undefined): number {
  const state = chat.chatWrapper.generateContextState({
    chatHistory: history,
    ...(functions ? { availableFunctions: functions, documentFunctionParams: true } : {}),
  })
  return state.contextText.tokenize(model.tokenizer).length
}

type Sampling = Pick<LlamaOptions, 'temperature' | 'topP' | 'topK' | 'minP' | 'seed' | 'repeatPenalty' | 'customStopTriggers'>

function sampling(body: JsonObject, seed: number | undefined): Sampling {
  const number = (name: string) => (typeof body[name] === 'number' ? body[name] : undefined)
  const [frequencyPenalty, presencePenalty] = [number('frequency_penalty'), number('presence_penalty')]
  const { stop } = body
  return {
    temperature: number('temperature') ?? SAMPLING.temperature,
    topP: number('top_p') ?? SAMPLING.topP,
    topK: number('top_k') ?? SAMPLING.topK,
    minP: number('min_p') ?? SAMPLING.minP,
    ...(seed === undefined ? {} : { seed }),
    repeatPenalty:
      frequencyPenalty === undefined && presencePenalty === undefined
        ? false
        : {
            penalty: 1,
            ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
            ...(presencePenalty === undefined ? {} : { presencePenalty }),
          },
    ...(stop === undefined ? {} : { customStopTriggers: (Array.isArray(stop) ? stop : [stop]) as string[] }),
  }
}

const SEEDS = 2 ** 31
/** Odd and far apart, so that neighbouring draws have seeds of their own. */
const DRAW_STEPS = [7_919, 104_729, 1_299_709] as const

/** With a seed, each draw has one of its own, always the same: the samples of a cell differ, and come again. */
function seedOf({ seed }: JsonObject, { ordinal, attempt, epoch }: Call['draw']): number | undefined {
  if (typeof seed !== 'number') return undefined
  return (Math.abs(seed) + ordinal * DRAW_STEPS[0] + attempt * DRAW_STEPS[1] + epoch * DRAW_STEPS[2]) % SEEDS
}

function tooLong(prompt: number, context: number): Failure {
  return {
    kind: 'refused',
    code: 'context-length',
    message: `the prompt has ${prompt} tokens, and the context of ${context} has no room for it and an answer`,
  }
}

function messageOf(what: string, error: unknown): string {
  return shortText(`${what}: ${error instanceof Error ? error.message : String(error)}`)
}

function failed(failure: Failure): Reply {
  return { kind: 'failure', failure }
}

const ABORTED: Failure = { kind: 'aborted', code: 'aborted', message: 'the call was aborted' }
