/** Where a text stops being JSON, and what a person most likely did: `JSON.parse` often gives no position. */

export interface JsonFault {
  /** Index in UTF-16 units of the first character that cannot stand there. */
  readonly index: number
  readonly message: string
  readonly hint?: string
}

const BLANKS = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const PLAIN = /[^"\\\u0000-\u001f]*/y
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy

const WORDS: { readonly [word: string]: string } = {
  NaN: 'NaN is no JSON; write null, or leave the key out',
  Infinity: 'Infinity is no JSON; write null, or leave the key out',
  None: 'this is Python; write null (json.dumps does)',
  True: 'this is Python; write true (json.dumps does)',
  False: 'this is Python; write false (json.dumps does)',
  undefined: 'undefined is no JSON; write null, or leave the key out',
}

/** Undefined for a text that is JSON. Without recursion, so that no depth of nesting can hurt. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = []
  let at = 0
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  const fault = (message: string, hint?: string): JsonFault => ({ index: at, message, ...(hint === undefined ? {} : { hint }) })
  const instead = (wanted: string): JsonFault =>
    at >= text.length
      ? fault(
          `the text ends where ${wanted} should follow`,
          open.length > 0 ? 'was the row cut off, or spread over several lines?' : undefined,
        )
      : fault(`${shown(text, at)} stands where ${wanted} should`, hintFor(text, at))

  const string = (): JsonFault | undefined => {
    const start = at++
    for (;;) {
      skip(PLAIN)
      const char = text[at]
      if (char === '"') {
        at++
        return undefined
      }
      if (char === undefined) {
        at = start
        return fault('this string has no closing quote', 'was the row cut off, or does a text hold a bare line break?')
      }
      if (char !== '\\') return fault(`a string holds a bare control character (U+${hex(char)})`, `write it as \\u${hex(char)}`)
      const letter = text[at + 1] ?? ''
      const digits = text.slice(at + 2, at + 6)
      if (letter === 'u' ? !/^[0-9a-fA-F]{4}$/.test(digits) : !(letter !== '' && '"\\/bfnrt'.includes(letter)))
        return fault('this escape is none of JSON', 'a backslash itself is written \\\\')
      at += letter === 'u' ? 6 : 2
    }
  }

  // 'value': one must follow; 'first': a value or the end of a new container; 'after': a value has ended.
  let state: 'value' | 'first' | 'after' = 'value'
  for (;;) {
    skip(BLANKS)
    const inside = open.at(-1)
    if (state === 'after') {
      if (inside === undefined)
        return at >= text.length ? undefined : fault(`${shown(text, at)} follows the end of the value`, followHint(text, at))
      const char = text[at]
      if (char === ',') {
        at++
        skip(BLANKS)
        if (text[at] === '}' || text[at] === ']') return fault('a comma with nothing after it', 'take the last comma out')
        state = 'value'
      } else if (char === (inside === '{' ? '}' : ']')) {
        at++
        open.pop()
        continue
      } else return instead(inside === '{' ? '"," or "}"' : '"," or "]"')
    } else if (state === 'first' && text[at] === (inside === '{' ? '}' : ']')) {
      at++
      open.pop()
      state = 'after'
      continue
    }
    if (inside === '{') {
      if (text[at] !== '"') return instead('a key in double quotes')
      const broken = string()
      if (broken) return broken
      skip(BLANKS)
      if (text[at] !== ':') return instead('":"')
      at++
      skip(BLANKS)
    }
    const char = text[at]
    if (char === '{' || char === '[') {
      open.push(char)
      at++
      state = 'first'
      continue
    }
    if (char === '"') {
      const broken = string()
      if (broken) return broken
    } else {
      const start = at
      const literal = ['true', 'false', 'null'].find((word) => text.startsWith(word, at))
      if (literal !== undefined) at += literal.length
      else if (skip(NUMBER) === '') return instead('a value')
      if (/[\p{L}\p{N}_.]/u.test(text[at] ?? '')) {
        at = start
        return instead('a value')
      }
    }
    state = 'after'
  }
}

function shown(text: string, at: number): string {
  WORD.lastIndex = at
  const word = WORD.exec(text)?.[0]
  return word === undefined ? JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0)) : JSON.stringify(word.slice(0, 20))
}

function hintFor(text: string, at: number): string | undefined {
  WORD.lastIndex = at + (text[at] === '-' ? 1 : 0)
  const word = WORD.exec(text)?.[0] ?? ''
  if (Object.hasOwn(WORDS, word)) return WORDS[word]
  if (text[at] === "'") return "strings and keys stand in double quotes (Python's str() of a dict is no JSON; json.dumps is)"
  if (text.startsWith('//', at) || text.startsWith('/*', at) || text[at] === '#') return 'JSON has no comments'
  if (text[at] === '\u201c' || text[at] === '\u201d') return 'these are typographic quotes; JSON wants "'
  if (text[at] === '\ufeff') return 'this is a byte order mark in the middle of the file: were files joined?'
  return undefined
}

function followHint(text: string, at: number): string | undefined {
  if (text[at] === '{' || text[at] === '[')
    return text.lastIndexOf('\r', at) >= 0 ? 'lines end with \\n, not with \\r alone' : 'one value a line'
  if (text[at] === ',') return 'rows of JSON Lines have no comma after them'
  return hintFor(text, at)
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(4, '0')
}
