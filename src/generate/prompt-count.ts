/** Whether a server read the whole prompt: some cut what is longer than their context, say nothing, and answer to the rest. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { countTokens, estimateTokens } from './tokens.ts'
import type { TokenUsage } from './usage.ts'

/** What a server says it read, and what it was sent by our own count. */
export interface Shortfall {
  readonly read: number
  readonly sent: number
}

// Below this a server's template, or its way to count, weighs as much as the texts do.
const LEAST_TOKENS = 1_000
// No tokenizer needs so few of o200k's tokens: those made for one language come to a half.
const LEAST_SHARE = 0.4
// Counting takes milliseconds: only where the length alone makes it likely.
const SUSPICIOUS_SHARE = 0.6

/** Undefined where nothing speaks for a cut, mostly at once. `body`: of the request, as it was sent. */
export function shortfall(body: JsonObject, usage: TokenUsage): undefined | Promise<Shortfall | undefined> {
  // Servers that take what they had cached off their count say how much it was.
  const read = usage.input + usage.cachedInput
  const text = textsOf(body['messages'] ?? [body['instructions'] ?? null, body['input'] ?? null])
  const about = estimateTokens(text)
  return about < LEAST_TOKENS || read >= about * SUSPICIOUS_SHARE ? undefined : counted(text, read)
}

async function counted(text: string, read: number): Promise<Shortfall | undefined> {
  const sent = await countTokens(text)
  return sent >= LEAST_TOKENS && read <= sent * LEAST_SHARE ? { read, sent } : undefined
}

/** What is said in a conversation; names of fields, roles and what is no text are left out. */
function textsOf(messages: Json): string {
  const texts: string[] = []
  const gather = (value: Json | undefined): void => {
    if (typeof value === 'string') texts.push(value)
    else if (Array.isArray(value)) for (const part of value) gather(part)
    else if (typeof value === 'object' && value !== null) gather((value as JsonObject)['content'] ?? (value as JsonObject)['text'])
  }
  gather(messages)
  return texts.join('\n')
}
