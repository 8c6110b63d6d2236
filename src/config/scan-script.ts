/** Steps over TypeScript text without parsing it: comments, strings, templates, regular expressions, brackets. */

const OPENING = '([{'
const CLOSING = ')]}'
const CONTINUES = /(^|[.?:+\-*/%&|=<>,([])\s*$/ // a line that ends so goes on in the next

/** The next offset that is neither white space nor comment. */
export function skipTrivia(text: string, from: number): number {
  let i = from
  for (;;) {
    while (i < text.length && /[\s\uFEFF]/.test(text[i] as string)) i++
    if (text.startsWith('//', i)) i = lineEnd(text, i)
    else if (text.startsWith('/*', i)) i = after(text, '*/', i + 2)
    else return i
  }
}

/** One step forward: over a whole string, template, regular expression, comment, name or number, else one character. */
export function step(text: string, i: number): number {
  const char = text[i] as string
  if (char === '"' || char === "'") return skipString(text, i)
  if (char === '`') return skipTemplate(text, i)
  if (text.startsWith('//', i)) return lineEnd(text, i)
  if (text.startsWith('/*', i)) return after(text, '*/', i + 2)
  if (char === '/' && regexMayStart(text, i)) return skipRegex(text, i)
  const word = /[\p{ID_Continue}$]+/uy
  word.lastIndex = i
  return word.test(text) ? word.lastIndex : i + 1
}

/** From an opening bracket to just behind its partner. */
export function skipBrackets(text: string, from: number): number {
  let depth = 0
  let i = from
  while (i < text.length) {
    const char = text[i] as string
    if (OPENING.includes(char)) depth++
    else if (CLOSING.includes(char) && --depth === 0) return i + 1
    i = step(text, i)
  }
  return i
}

/** The end of an expression: the next `,`, `;` or closing bracket that belongs to what surrounds it. */
export function skipExpression(text: string, from: number): number {
  let i = from
  while (i < text.length) {
    const char = text[i] as string
    if (char === ',' || char === ';' || CLOSING.includes(char)) return i
    i = OPENING.includes(char) ? skipBrackets(text, i) : step(text, i)
  }
  return i
}

/** The end of an expression that is a statement's last part: also a line's end that nothing continues. */
export function skipStatement(text: string, from: number): number {
  let i = from
  while (i < text.length) {
    const char = text[i] as string
    if (char === ',' || char === ';' || CLOSING.includes(char)) return i
    if (char === '\n' && !CONTINUES.test(text.slice(from, i)) && !/^[.?:+\-*/%&|=<>([`]/.test(text.slice(skipTrivia(text, i)))) return i
    i = OPENING.includes(char) ? skipBrackets(text, i) : step(text, i)
  }
  return i
}

function skipString(text: string, from: number): number {
  const quote = text[from]
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote || text[i] === '\n') return i + 1
  }
  return text.length
}

function skipTemplate(text: string, from: number): number {
  let i = from + 1
  while (i < text.length) {
    if (text[i] === '\\') i += 2
    else if (text[i] === '`') return i + 1
    else if (text.startsWith('${', i)) i = skipBrackets(text, i + 1)
    else i++
  }
  return i
}

function skipRegex(text: string, from: number): number {
  let inClass = false
  for (let i = from + 1; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') i++
    else if (char === '\n') return from + 1
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return i + 1
  }
  return from + 1
}

/** A slash divides after a value and starts a regular expression elsewhere. */
function regexMayStart(text: string, i: number): boolean {
  const before = text.slice(Math.max(0, i - 40), i).trimEnd()
  return before === '' || /[(,=:[!&|?{};+\-*%~^<>]$/.test(before) || /\b(return|typeof|case|in|of)$/.test(before)
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  return at < 0 ? text.length : at + mark.length
}
