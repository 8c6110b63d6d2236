/** What a server says an answer took; numbers that cannot be true count as missing, so that they are estimated and never booked as $0. */

/** Tokens as billed. */
export interface TokenUsage {
  readonly input: number
  readonly output: number
  /** Part of `input` that the provider had cached. */
  readonly cachedInput: number
  /** Part of `input` that the provider put into its cache, where it says so; none of it was cached before. */
  readonly cacheWrite?: number
  /** Part of `output` that was thought and not said, where the server tells it. */
  readonly reasoning?: number
}

// More than any model's window; a larger number is a fault of the server.
const MAX_TOKENS = 100_000_000

/** Reads a `usage` object of chat completions or of the Responses API. `hasContent`: an answer that says something took tokens. */
export function readUsage(usage: unknown, hasContent: boolean): TokenUsage | undefined {
  if (!isObject(usage)) return undefined
  const input = tokens(usage, 'prompt_tokens') ?? tokens(usage, 'input_tokens')
  const said = tokens(usage, 'completion_tokens') ?? tokens(usage, 'output_tokens')
  if (!input || said === undefined) return undefined
  const output = said + hidden(usage, input + said)
  if (output === 0 && hasContent) return undefined
  const ofInput = own(usage, 'prompt_tokens_details') ?? own(usage, 'input_tokens_details')
  const ofOutput = own(usage, 'completion_tokens_details') ?? own(usage, 'output_tokens_details')
  const cachedInput = Math.min(tokens(ofInput, 'cached_tokens') ?? 0, input)
  const cacheWrite = Math.min(tokens(ofInput, 'cache_write_tokens') ?? 0, input - cachedInput)
  const reasoning = Math.min(Math.max(tokens(ofOutput, 'reasoning_tokens') ?? 0, output - said), output)
  return { input, output, cachedInput, ...(cacheWrite > 0 ? { cacheWrite } : {}), ...(reasoning > 0 ? { reasoning } : {}) }
}

/** Gemini and xAI leave what was thought out of the answer's tokens, and count and bill it in the total. */
function hidden(usage: Own, counted: number): number {
  return Math.max(0, (tokens(usage, 'total_tokens') ?? 0) - counted)
}

/** The `usage` of a JSON object whose end, or middle, is missing; undefined when it has none that is whole. */
export function usageInBroken(text: string): TokenUsage | undefined {
  const from = memberAt(text, 'usage')
  if (from === undefined) return undefined
  const end = endOfObject(text, from)
  if (end === undefined) return undefined
  try {
    return readUsage(JSON.parse(text.slice(from, end)), false)
  } catch {
    return undefined
  }
}

/** Where the value of a member of the outermost object begins. A model may well write about `"usage"`: texts are passed over. */
function memberAt(text: string, name: string): number | undefined {
  const member = `"${name}"`
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const letter = text[at]
    if (letter === '"') {
      const end = endOfString(text, at)
      if (end === undefined) return undefined
      if (depth === 1 && text.slice(at, end) === member) {
        const colon = /^\s*:\s*/.exec(text.slice(end, end + 20))
        if (colon) return end + colon[0].length
      }
      at = end
      continue
    }
    if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    at++
  }
  return undefined
}

function endOfObject(text: string, from: number): number | undefined {
  if (text[from] !== '{') return undefined
  let depth = 0
  for (let at = from; at < text.length; ) {
    const letter = text[at]
    if (letter === '"') {
      const end = endOfString(text, at)
      if (end === undefined) return undefined
      at = end
      continue
    }
    if (letter === '{') depth++
    else if (letter === '}' && --depth === 0) return at + 1
    at++
  }
  return undefined
}

/** Behind the closing quote of a string that begins at `from`. */
function endOfString(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return undefined
}

type Own = { readonly [name: string]: unknown }

/** Undefined for what is no number of tokens. */
function tokens(object: unknown, name: string): number | undefined {
  const value = isObject(object) ? own(object, name) : undefined
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : undefined
}

function isObject(value: unknown): value is Own {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own property: a body with a `__proto__` key lends us nothing. */
function own(object: Own, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
