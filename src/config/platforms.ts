/** Which formats each platform takes; a test holds this to the platforms' rules, which stand further up. */
import type { OutputFormat, PlatformName } from '../../schema/config.ts'

export const READERS: { readonly [F in OutputFormat]: readonly PlatformName[] } = {
  'openai-chat': ['openai', 'azure', 'together', 'fireworks', 'trl', 'axolotl'],
  'openai-preference': ['openai-preference', 'azure', 'together', 'fireworks'],
  'trl-messages': ['trl'],
  'trl-prompt-completion': ['trl'],
  'trl-prompt-only': ['trl'],
  'trl-preference': ['trl'],
  'trl-kto': ['trl'],
  sharegpt: ['llama-factory', 'axolotl'],
  'sharegpt-preference': ['llama-factory'],
  alpaca: ['llama-factory', 'axolotl'],
  'alpaca-preference': ['llama-factory'],
  mistral: ['mistral'],
  gemini: ['gemini'],
  'gemini-preference': ['gemini-preference'],
  'bedrock-nova': ['bedrock-nova'],
}

/** Those that a platform takes, in the order above. */
export function formatsFor(platform: PlatformName): OutputFormat[] {
  return (Object.keys(READERS) as OutputFormat[]).filter((format) => READERS[format].includes(platform))
}
