/** A node-llama-cpp that runs no model: it says what it is told to, remembers what it was asked, and counts a token a word. */
import type { HistoryItem, LlamaChat, LlamaModule, LlamaOptions } from '../../src/generate/providers/local/llama.ts'

export interface FakeLlama {
  readonly module: LlamaModule
  readonly asked: { readonly history: readonly HistoryItem[]; readonly options: LlamaOptions }[]
  readonly loaded: string[]
  readonly fetched: string[]
  /** Answers under way now, and the most there were. */
  busy: { now: number; most: number }
  disposed: number
}

export interface Answering {
  readonly say?: (
    history: readonly HistoryItem[],
    options: LlamaOptions,
  ) => Promise<Partial<Awaited<ReturnType<LlamaChat['generateResponse']>>>>
  readonly trainContextSize?: number
  readonly here?: boolean
  readonly loadError?: string
  readonly badSchema?: boolean
}

export function fakeLlama({
  say = async () => ({}),
  trainContextSize = 4096,
  here = false,
  loadError,
  badSchema,
}: Answering = {}): FakeLlama {
  const words = (history: readonly HistoryItem[]) => JSON.stringify(history).split(/\s+/).length
  const fake: FakeLlama = { module: undefined as never, asked: [], loaded: [], fetched: [], busy: { now: 0, most: 0 }, disposed: 0 }
  class LlamaChat {
    chatWrapper = {
      generateContextState: ({ chatHistory }: { chatHistory: readonly HistoryItem[] }) => ({
        contextText: { tokenize: () => Array.from({ length: words(chatHistory) }, (_, at) => at) },
      }),
    }
    async generateResponse(history: readonly HistoryItem[], options: LlamaOptions) {
      fake.asked.push({ history, options })
      fake.busy.most = Math.max(fake.busy.most, ++fake.busy.now)
      try {
        options.onResponseChunk({ tokens: [1, 2] })
        options.onResponseChunk({ type: 'segment', tokens: [3] })
        const said = await say(history, options)
        return { response: 'hello', metadata: { stopReason: 'eogToken' }, ...said }
      } finally {
        fake.busy.now--
      }
    }
  }
  const module: LlamaModule = {
    LlamaChat: LlamaChat as unknown as LlamaModule['LlamaChat'],
    async getLlama() {
      return {
        async loadModel({ modelPath }) {
          if (loadError !== undefined) throw new Error(loadError)
          fake.loaded.push(modelPath)
          return {
            trainContextSize,
            tokenizer: {},
            async createContext({ contextSize }) {
              return { contextSize, getSequence: () => ({ clearHistory: async () => {} }) }
            },
          }
        },
        async createGrammarForJsonSchema(schema) {
          if (badSchema) throw new Error('no such keyword')
          return { grammarOf: schema }
        },
        async dispose() {
          fake.disposed++
        },
      }
    },
    async resolveModelFile(uri) {
      if (!here) throw new Error('not here')
      return `/models/${uri}`
    },
    async createModelDownloader({ modelUri }) {
      return {
        totalSize: 4_100_000_000,
        async download() {
          fake.fetched.push(modelUri)
          return `/models/${modelUri}`
        },
      }
    },
  }
  return Object.assign(fake, { module })
}
