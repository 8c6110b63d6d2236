/** Every output format by its name. */
import type { OutputFormat } from '../../schema/config.ts'
import { alpaca, alpacaPreference } from './alpaca.ts'
import { bedrockNova } from './bedrock-nova.ts'
import type { Format } from './format.ts'
import { gemini, geminiPreference } from './gemini.ts'
import { mistral } from './mistral.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiPreference } from './openai-preference.ts'
import { sharegpt, sharegptPreference } from './sharegpt.ts'
import { trlKto, trlMessages, trlPreference, trlPromptCompletion, trlPromptOnly } from './trl.ts'

export const FORMATS: { readonly [F in OutputFormat]: Format } = {
  'openai-chat': openaiChat,
  'openai-preference': openaiPreference,
  'trl-messages': trlMessages,
  'trl-prompt-completion': trlPromptCompletion,
  'trl-prompt-only': trlPromptOnly,
  'trl-preference': trlPreference,
  'trl-kto': trlKto,
  sharegpt,
  'sharegpt-preference': sharegptPreference,
  alpaca,
  'alpaca-preference': alpacaPreference,
  mistral,
  gemini,
  'gemini-preference': geminiPreference,
  'bedrock-nova': bedrockNova,
}
