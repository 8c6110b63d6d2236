/** From an answer's text to a value: strict, synchronous, and the same for the same text every time. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { compileSchema } from '../util/json-schema.ts'
import { shortText } from './short-text.ts'

export type Parsed =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'rejected'; readonly code: 'not-json' | 'schema' | 'empty' | 'control-characters'; readonly message: string }

// Deeper than any schema a person writes, and safe for every walk that recurses over the value.
const MAX_DEPTH = 100

/**
 * Without a schema the value is the trimmed text. With one, the answer must be one JSON value (a single
 * ``` fence around all of it is taken off) that the schema accepts. Texts with terminal escapes, other
 * control characters or half surrogate pairs are rejected in both; `\r\n` becomes `\n`.
 */
export function parseAnswer(content: string, schema?: JsonObject): Parsed {
  const answer = content.replaceAll('\r\n', '\n').trim()
  if (answer === '') return rejected('empty', 'the answer is empty')
  const bad = badCharacter(answer)
  if (bad) return rejected('control-characters', `the answer contains ${bad}`)
  if (!schema) return { kind: 'value', value: answer }
  return parseJson(unfence(answer), schema)
}

function parseJson(text: string, schema: JsonObject): Parsed {
  if (depth(text) > MAX_DEPTH) return rejected('not-json', `the answer is nested deeper than ${MAX_DEPTH} levels`)
  let problem: Parsed | undefined
  let value: Json
  try {
    value = JSON.parse(text, (name, item: unknown) => {
      const [clean, why] = cleanScalar(item)
      const badName = badCharacter(name)
      if (why || badName)
        problem ??=
          why === 'number'
            ? rejected('not-json', 'the answer has a number that is too large')
            : rejected('control-characters', `the answer contains ${why ?? badName}`)
      return clean
    }) as Json
  } catch {
    return rejected('not-json', 'the answer is not one JSON value')
  }
  if (problem) return problem
  try {
    const wrong = compileSchema(schema)(value)
    return wrong === undefined ? { kind: 'value', value } : rejected('schema', shortText(`the answer does not match the schema: ${wrong}`))
  } catch (error) {
    // A recursive schema over a hostile value; a schema that does not compile was refused with the config.
    if (error instanceof RangeError) return rejected('schema', 'the answer is too deep for the schema')
    throw error
  }
}

/** `\r\n` in texts becomes `\n`, as outside JSON; -0 becomes 0; 1e400 would be Infinity. */
function cleanScalar(item: unknown): [clean: unknown, why?: string] {
  if (typeof item === 'number') return Number.isFinite(item) ? [item === 0 ? 0 : item] : [null, 'number']
  if (typeof item !== 'string') return [item]
  const clean = item.replaceAll('\r\n', '\n')
  const bad = badCharacter(clean)
  return bad ? [clean, bad] : [clean]
}

/** Names the first character that may not reach a row, if there is one. */
function badCharacter(text: string): string | undefined {
  const found = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(text)?.[0]
  if (found === '\u001b' || found === '\u009b') return 'terminal escapes'
  if (found) return `the control character U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
  return text.isWellFormed() ? undefined : 'half of a surrogate pair'
}

/** Models like to wrap JSON; only a fence that encloses the whole answer is unambiguous. */
function unfence(answer: string): string {
  const inner = /^```(?:json)?[ \t]*\n([\s\S]*?)\n?```$/i.exec(answer)?.[1]
  return inner === undefined ? answer : inner.trim()
}

/** The deepest nesting of brackets outside texts, found without recursion. */
function depth(text: string): number {
  let deepest = 0
  let level = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (inText) {
      if (char === '\\') i++
      else if (char === '"') inText = false
    } else if (char === '"') inText = true
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++level)
    else if (char === ']' || char === '}') level--
  }
  return deepest
}

function rejected(code: 'not-json' | 'schema' | 'empty' | 'control-characters', message: string): Parsed {
  return { kind: 'rejected', code, message }
}
