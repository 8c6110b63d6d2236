/** The formats that are read, most particular first: where two fit a row alike, the earlier one is meant. */
import type { JsonObject } from '../../schema/json.ts'
import type { CanonicalRow, Misfit } from './canonical.ts'
import { alpaca } from './formats/alpaca.ts'
import { bedrockClaude, bedrockNova } from './formats/bedrock.ts'
import { gemini, geminiPreference } from './formats/gemini.ts'
import { openaiChat, openaiPreference } from './formats/openai.ts'
import { pairs, selfInstruct, turnLists } from './formats/pairs.ts'
import { sharegpt } from './formats/sharegpt.ts'
import { trlKto, trlMessages, trlPreference, trlPromptCompletion, trlPromptOnly, trlText } from './formats/trl.ts'

/** One way of writing a row. */
export interface RowFormat {
  /** What `--format` takes. */
  readonly id: string
  readonly title: string
  /** How well a row's shape fits, from its keys alone: 0 where it cannot be, 1 where nothing else can. */
  fit(row: JsonObject): number
  read(row: JsonObject): CanonicalRow | Misfit
}

export const FORMATS: readonly RowFormat[] = [
  openaiPreference,
  geminiPreference,
  gemini,
  bedrockNova,
  bedrockClaude,
  trlKto,
  trlPreference,
  sharegpt,
  alpaca,
  selfInstruct,
  openaiChat,
  trlMessages,
  trlPromptCompletion,
  pairs,
  turnLists,
  trlText,
  trlPromptOnly,
]

export function formatNamed(id: string): RowFormat | undefined {
  return FORMATS.find((format) => format.id === id)
}
