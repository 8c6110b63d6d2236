/** All platforms, by the names that `--for` takes. */
import type { Platform } from './platform.ts'
import { axolotl } from './platforms/axolotl.ts'
import { bedrockClaude, bedrockNova } from './platforms/bedrock.ts'
import { fireworks } from './platforms/fireworks.ts'
import { gemini, geminiPreference } from './platforms/gemini.ts'
import { llamaFactory } from './platforms/llama-factory.ts'
import { mistral } from './platforms/mistral.ts'
import { azure, openai, openaiPreference, openaiRft } from './platforms/openai.ts'
import { together } from './platforms/together.ts'
import { trl } from './platforms/trl.ts'

export const PLATFORMS: readonly Platform[] = [
  openai,
  openaiPreference,
  openaiRft,
  azure,
  together,
  fireworks,
  mistral,
  gemini,
  geminiPreference,
  bedrockClaude,
  bedrockNova,
  trl,
  llamaFactory,
  axolotl,
]

export function platformNamed(id: string): Platform | undefined {
  return PLATFORMS.find((platform) => platform.id === id)
}
