/** The well-known servers by their short names: where they are and which variable usually holds their key. */

export interface KnownProvider {
  /** Left out where everybody has an address of their own. */
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  /** An example of such an address. */
  readonly like?: string
  /** Runs on one's own machine and sends no bill. */
  readonly local?: true
}

/** All speak OpenAI's chat completions protocol; URLs as documented by each. */
export const PROVIDERS: { readonly [name: string]: KnownProvider } = {
  openai: { baseUrl: 'https://api.openai.com/v1', apiKeyEnv: 'OPENAI_API_KEY' },
  azure: { like: 'https://my-resource.openai.azure.com/openai/v1', apiKeyEnv: 'AZURE_OPENAI_API_KEY' },
  anthropic: { baseUrl: 'https://api.anthropic.com/v1', apiKeyEnv: 'ANTHROPIC_API_KEY' },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai', apiKeyEnv: 'GEMINI_API_KEY' },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', apiKeyEnv: 'OPENROUTER_API_KEY' },
  together: { baseUrl: 'https://api.together.xyz/v1', apiKeyEnv: 'TOGETHER_API_KEY' },
  groq: { baseUrl: 'https://api.groq.com/openai/v1', apiKeyEnv: 'GROQ_API_KEY' },
  fireworks: { baseUrl: 'https://api.fireworks.ai/inference/v1', apiKeyEnv: 'FIREWORKS_API_KEY' },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', apiKeyEnv: 'MISTRAL_API_KEY' },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', apiKeyEnv: 'DEEPSEEK_API_KEY' },
  ollama: { baseUrl: 'http://127.0.0.1:11434/v1', local: true },
  lmstudio: { baseUrl: 'http://127.0.0.1:1234/v1', local: true },
  vllm: { baseUrl: 'http://127.0.0.1:8000/v1', local: true },
  sglang: { baseUrl: 'http://127.0.0.1:30000/v1', local: true },
  llamacpp: { baseUrl: 'http://127.0.0.1:8080/v1', local: true },
}

export const SIMULATED = 'simulated'
