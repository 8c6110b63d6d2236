/** The structure of the object given to `defineConfig(` or `export default` in a TypeScript or JavaScript file. */
import type { SourceNode } from './locate.ts'
import { skipBrackets, skipExpression, skipStatement, skipTrivia, step } from './scan-script.ts'

/** Undefined when no such object is written there literally. */
export function scriptTree(text: string): SourceNode | undefined {
  const declared = new Map<string, number>()
  let given: number | undefined
  let exported: number | undefined
  for (let i = 0; i < text.length; i = step(text, i)) {
    const word = wordAt(text, i)
    if (word === 'const' || word === 'let' || word === 'var') declare(text, i + word.length, declared)
    else if (word === 'defineConfig') {
      const paren = skipTrivia(text, i + word.length)
      if (text[paren] === '(') given = skipTrivia(text, paren + 1)
    } else if (word === 'default' && exported === undefined) exported = skipTrivia(text, i + word.length)
  }
  const start = given ?? exported
  return start === undefined ? undefined : new Reader(text, declared).value(start, given === undefined ? skipStatement : skipExpression)
}

/** `const name: Type = …`: remembers where the value starts. */
function declare(text: string, from: number, declared: Map<string, number>): void {
  const at = skipTrivia(text, from)
  const name = wordAt(text, at)
  if (name === '') return
  let i = at + name.length
  while (i < text.length && text[i] !== ';') {
    if (text.startsWith('=>', i)) i += 2
    else if (text[i] === '=') break
    else i = '([{'.includes(text[i] as string) ? skipBrackets(text, i) : step(text, i)
  }
  if (text[i] === '=' && !declared.has(name)) declared.set(name, skipTrivia(text, i + 1))
}

class Reader {
  readonly text: string
  readonly declared: ReadonlyMap<string, number>
  readonly #following = new Set<string>()

  constructor(text: string, declared: ReadonlyMap<string, number>) {
    this.text = text
    this.declared = declared
  }

  /** The value that starts here; children only where they are written literally. */
  value(start: number, skip: typeof skipExpression = skipExpression): SourceNode {
    const { text } = this
    const end = trimEnd(text, start, skip(text, start))
    const whole = { start, end }
    const char = text[start]
    if (char === '{' || char === '[') {
      const close = skipBrackets(text, start)
      const children = char === '{' ? this.#object(start) : this.#array(start)
      const rest = text.slice(close, end).trim()
      return rest === '' || /^(as|satisfies)\b/.test(rest) ? { ...whole, children } : whole
    }
    const call = /^[\p{ID_Continue}$.]+\s*\(\s*/u.exec(text.slice(start, end))
    const argument = call === null ? -1 : start + call[0].length
    if (
      text[argument] === '{' &&
      trimEnd(text, start, skipBrackets(text, argument - 1 - (call?.[0].match(/\s*$/)?.[0].length ?? 0))) === end
    )
      return { ...whole, children: this.#object(argument) }
    const declared = this.declared.get(text.slice(start, end))
    if (declared === undefined || this.#following.has(text.slice(start, end))) return whole
    this.#following.add(text.slice(start, end))
    return this.value(declared, skipStatement)
  }

  #object(open: number): Map<string | number, SourceNode> {
    const { text } = this
    const children = new Map<string | number, SourceNode>()
    let i = skipTrivia(text, open + 1)
    while (i < text.length && text[i] !== '}') {
      const keyStart = i
      const key = keyAt(text, i)
      if (key === undefined) i = skipExpression(text, i)
      else {
        const keyPlace = { start: keyStart, end: key.end }
        const next = skipTrivia(text, key.end)
        const node = text[next] === ':' ? this.value(skipTrivia(text, next + 1)) : keyPlace
        children.set(key.name, { ...node, key: keyPlace })
        i = skipExpression(text, text[next] === ':' ? skipTrivia(text, next + 1) : next)
      }
      if (text[i] !== ',') break
      i = skipTrivia(text, i + 1)
    }
    return children
  }

  /** Behind a spread the indexes are unknown, so nothing is. */
  #array(open: number): Map<string | number, SourceNode> {
    const { text } = this
    const children = new Map<string | number, SourceNode>()
    let i = skipTrivia(text, open + 1)
    for (let index = 0; i < text.length && text[i] !== ']' && !text.startsWith('...', i); index++) {
      children.set(index, this.value(i))
      i = skipExpression(text, i)
      if (text[i] !== ',') break
      i = skipTrivia(text, i + 1)
    }
    return children
  }
}

function keyAt(text: string, i: number): { name: string; end: number } | undefined {
  if (text[i] === '"' || text[i] === "'") {
    const end = step(text, i)
    return { name: text.slice(i + 1, end - 1).replace(/\\(.)/g, '$1'), end }
  }
  const name = wordAt(text, i)
  return name === '' ? undefined : { name, end: i + name.length }
}

function wordAt(text: string, i: number): string {
  const word = /[\p{ID_Continue}$]+/uy
  word.lastIndex = i
  return word.exec(text)?.[0] ?? ''
}

function trimEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).replace(/(\s|\/\/[^\n]*(?=\n|$)|\/\*[^*]*\*\/)+$/, '').length
}
