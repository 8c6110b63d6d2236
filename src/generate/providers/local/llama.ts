/** As much of node-llama-cpp as is used. It is an optional package: nothing of it is needed to compile or to run anything else. */
import type { Json, JsonObject } from '../../../../schema/json.ts'

export interface LlamaModule {
  getLlama(options: {
    gpu: 'auto' | false
    build: 'never'
    skipDownload: true
    progressLogs: false
    logLevel: 'disabled'
    logger?: (level: string, message: string) => void
  }): Promise<Llama>
  readonly LlamaChat: new (options: { contextSequence: LlamaSequence }) => LlamaChat
  resolveModelFile(uri: string, options: { download: false; cli: false }): Promise<string>
  createModelDownloader(options: { modelUri: string; showCliProgress: false }): Promise<LlamaDownload>
}

export interface LlamaDownload {
  readonly totalSize: number
  download(options: { signal: AbortSignal }): Promise<string>
}

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>
  createGrammarForJsonSchema(schema: JsonObject): Promise<unknown>
  dispose(): Promise<void>
}

export interface LlamaModel {
  readonly trainContextSize: number
  readonly tokenizer: unknown
  createContext(options: { contextSize: number; sequences: number; threads?: number }): Promise<LlamaContext>
}

export interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaSequence
}

export interface LlamaSequence {
  clearHistory(): Promise<void>
}

export type HistoryItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: (string | HistoryCall)[] }

export interface HistoryCall {
  readonly type: 'functionCall'
  readonly name: string
  readonly params: Json
  result: Json
}

export type LlamaFunctions = { readonly [name: string]: { readonly description?: string; readonly params?: JsonObject } }

export interface LlamaChat {
  readonly chatWrapper: {
    generateContextState(of: { chatHistory: readonly HistoryItem[]; availableFunctions?: LlamaFunctions; documentFunctionParams?: true }): {
      readonly contextText: { tokenize(tokenizer: unknown): readonly number[] }
    }
  }
  generateResponse(history: readonly HistoryItem[], options: LlamaOptions): Promise<LlamaAnswer>
}

export interface LlamaOptions {
  readonly signal: AbortSignal
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly minP: number
  readonly seed?: number
  readonly repeatPenalty: false | { penalty: 1; frequencyPenalty?: number; presencePenalty?: number }
  readonly customStopTriggers?: readonly string[]
  readonly grammar?: unknown
  readonly functions?: LlamaFunctions
  readonly documentFunctionParams?: true
  readonly maxParallelFunctionCalls?: number
  readonly onResponseChunk: (chunk: { readonly type?: string | undefined; readonly tokens: readonly unknown[] }) => void
  readonly contextShift: {
    readonly strategy: (of: { readonly chatHistory: readonly HistoryItem[] }) => { chatHistory: readonly HistoryItem[]; metadata: null }
  }
}

export interface LlamaAnswer {
  readonly response: string
  readonly functionCalls?: readonly { readonly functionName: string; readonly params: Json }[]
  readonly metadata: { readonly stopReason: string }
}
