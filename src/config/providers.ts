/** The well-known servers by their short names: where they are, which variable usually holds their key, and what they do not honour. */

export interface KnownProvider {
  /** Left out where everybody has an address of their own. */
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  /** An example of such an address. */
  readonly like?: string
  /** Runs on one's own machine and sends no bill. */
  readonly local?: true
  /** Fields of a request that it takes no notice of, or refuses. What is not named here is honoured, or not known. */
  readonly quirks?: readonly Quirk[]
}

export interface Quirk {
  /** Fields as they are called on the wire. */
  readonly fields: readonly string[]
  readonly does: 'ignores' | 'refuses'
  /** Only with these values. */
  readonly values?: readonly (string | number)[]
  /** Only above this number. */
  readonly above?: number
  /** What one may do instead, where it is not what one would do anywhere. */
  readonly instead?: string
}

const IGNORED_LOG = ['logprobs', 'top_logprobs', 'logit_bias']

/**
 * All speak OpenAI's chat completions protocol; URLs and quirks as documented by each (2026-11), Ollama's also from its source.
 * A quirk that a server has lost meanwhile costs a warning until an answer shows otherwise.
 */
export const PROVIDERS: { readonly [name: string]: KnownProvider } = {
  openai: { baseUrl: 'https://api.openai.com/v1', apiKeyEnv: 'OPENAI_API_KEY' },
  azure: { like: 'https://my-resource.openai.azure.com/openai/v1', apiKeyEnv: 'AZURE_OPENAI_API_KEY' },
  anthropic: {
    baseUrl: 'https://api.anthropic.com/v1',
    apiKeyEnv: 'ANTHROPIC_API_KEY',
    quirks: [
      { fields: ['response_format'], does: 'ignores', instead: "write `structured: 'prompt'`" },
      {
        fields: ['seed', 'frequency_penalty', 'presence_penalty', 'reasoning_effort', 'metadata', 'store', ...IGNORED_LOG],
        does: 'ignores',
      },
      { fields: ['temperature'], does: 'ignores', above: 1, instead: 'its highest temperature is 1: write that' },
    ],
  },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai', apiKeyEnv: 'GEMINI_API_KEY' },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', apiKeyEnv: 'OPENROUTER_API_KEY' },
  together: { baseUrl: 'https://api.together.xyz/v1', apiKeyEnv: 'TOGETHER_API_KEY' },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    apiKeyEnv: 'GROQ_API_KEY',
    quirks: [
      { fields: IGNORED_LOG, does: 'refuses' },
      { fields: ['frequency_penalty', 'presence_penalty'], does: 'ignores' },
    ],
  },
  fireworks: { baseUrl: 'https://api.fireworks.ai/inference/v1', apiKeyEnv: 'FIREWORKS_API_KEY' },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    apiKeyEnv: 'MISTRAL_API_KEY',
    quirks: [
      { fields: ['seed'], does: 'refuses', instead: 'write `extra: { random_seed: … }` in place of `seed`' },
      { fields: ['max_completion_tokens'], does: 'refuses', instead: 'write `maxTokens`, which is sent as `max_tokens`' },
    ],
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    apiKeyEnv: 'DEEPSEEK_API_KEY',
    quirks: [{ fields: ['response_format'], values: ['json_schema'], does: 'refuses', instead: "write `structured: 'json_object'`" }],
  },
  ollama: {
    baseUrl: 'http://127.0.0.1:11434/v1',
    local: true,
    quirks: [
      { fields: ['max_completion_tokens'], does: 'ignores', instead: 'write `maxTokens`, which is sent as `max_tokens`' },
      {
        fields: ['num_ctx', 'num_predict', 'options', 'keep_alive'],
        does: 'ignores',
        instead: 'only its native API knows it: set it in a Modelfile (`PARAMETER num_ctx …`)',
      },
      { fields: ['logit_bias', 'user'], does: 'ignores' },
    ],
  },
  lmstudio: {
    baseUrl: 'http://127.0.0.1:1234/v1',
    local: true,
    quirks: [{ fields: ['response_format'], values: ['json_object'], does: 'refuses', instead: "leave out `structured: 'json_object'`" }],
  },
  vllm: {
    baseUrl: 'http://127.0.0.1:8000/v1',
    local: true,
    quirks: [
      {
        fields: ['guided_json', 'guided_regex', 'guided_choice', 'guided_grammar', 'guided_decoding_backend'],
        does: 'ignores',
        instead: 'vLLM dropped it: give the step a schema, or use `structured_outputs`',
      },
    ],
  },
  sglang: { baseUrl: 'http://127.0.0.1:30000/v1', local: true },
  llamacpp: { baseUrl: 'http://127.0.0.1:8080/v1', local: true },
}

export const SIMULATED = 'simulated'

/** A model file that is run in this very process. */
export const LOCAL = 'local'
