/**
 * The common config without a compiler: a module that imports names from datagen and exports one expression by default, and
 * is JavaScript but for its types. It is made a script by changes that move nothing, so lines and columns stay its own. Whatever it does
 * not know for certain is left to the compiler.
 */
import { Script } from 'node:vm'
import { stripTypes } from '../util/strip-types.ts'
import { codeTokens } from './code-spelling.ts'
import type { Token } from './code-tokens.cts'
import { specifiersOf } from './specifiers.ts'

export interface PlainModule {
  readonly code: string
  /** What stands before the text on its first line. */
  readonly prefix: string
  /** The text with blanks in place of its types, when it has any. */
  readonly untyped?: string
}

const PREFIX = '"use strict";Object.defineProperty(exports,"__esModule",{value:true});const $dg$in=require("datagen");'
const SUFFIX = '\n;exports.default=$dg$out'
/** Names of the script around the module, ways to other modules, and classes, whose fields compilers see differently. */
const LEFT_TO_COMPILER = new Set(
  '$dg$in $dg$out exports require module __filename __dirname jitiImport jitiESMResolve arguments import export class await eval'.split(
    ' ',
  ),
)
const DECLARATIONS = new Set(['function', 'class', 'async', 'abstract', 'interface', 'enum', 'type'])
const ASSIGNS = /^([-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=$|^(\+\+|--)$/

/** `known`: the names that datagen exports. Undefined for a module that needs the compiler. */
export function plainModule(path: string, source: string, known: ReadonlySet<string>): PlainModule | undefined {
  const tokens = codeTokens(path, source)
  if (tokens === undefined || !isAlone(tokens)) return undefined
  if (path.endsWith('.mjs')) return asScript(source, tokens, known)
  const asItStands = mayHaveTypeArguments(tokens) ? undefined : asScript(source, tokens, known)
  if (asItStands) return asItStands
  const untyped = withoutTypes(source)
  const rest = untyped === undefined ? undefined : codeTokens(path, untyped)
  const script = untyped !== undefined && rest ? asScript(untyped, rest, known) : undefined
  return script && { ...script, untyped: untyped as string }
}

/** Whether it imports from datagen only and exports once: else it would be taken apart in vain. */
function isAlone(tokens: readonly Token[]): boolean {
  const { names, open } = specifiersOf(tokens)
  return !open && names.every((name) => name === 'datagen') && tokens.filter(({ text }) => text === 'export').length === 1
}

/** With blanks in place of types. Undefined for what is more than types, such as an enum, and for what does not parse. */
function withoutTypes(source: string): string | undefined {
  try {
    return stripTypes(source, 'strip')
  } catch {
    return undefined // left to the compiler
  }
}

function asScript(source: string, tokens: readonly Token[], known: ReadonlySet<string>): PlainModule | undefined {
  const imported = importsOf(tokens, known)
  const exported = imported && exportOf(tokens, imported.end)
  if (imported === undefined || exported === undefined) return undefined
  const code = PREFIX + edited(source, [...imported.edits, ...exported]) + SUFFIX
  return compiles(code) ? { code, prefix: PREFIX } : undefined
}

interface Edit {
  readonly start: number
  readonly end: number
  /** In one line, and no longer than what it replaces. */
  readonly text: string
}

/** Both kinds of pointed brackets could be type arguments, which JavaScript would read as comparisons. */
function mayHaveTypeArguments(tokens: readonly Token[]): boolean {
  const has = (pattern: RegExp) => tokens.some(({ kind, text }) => kind === 'mark' && pattern.test(text))
  return has(/^<+$/) && has(/^>+=?$/)
}

/** `import { a, b } from 'datagen'` at the top, as often as it likes. */
function importsOf(tokens: readonly Token[], known: ReadonlySet<string>): { edits: readonly Edit[]; end: number } | undefined {
  const edits: Edit[] = []
  const names = new Set<string>()
  let i = 0
  while (tokens[i]?.text === 'import') {
    const at = tokens[i] as Token
    if (tokens[++i]?.text !== '{') return undefined
    while (tokens[++i]?.text !== '}') {
      const name = tokens[i]
      if (name?.kind !== 'word' || !known.has(name.text) || names.has(name.text)) return undefined
      names.add(name.text)
      if (tokens[i + 1]?.text === ',') i++
      else if (tokens[i + 1]?.text !== '}') return undefined
    }
    const [from, specifier, next] = [tokens[i + 1], tokens[i + 2], tokens[i + 3]]
    if (from?.text !== 'from' || !/^.datagen.$/.test(specifier?.text ?? '') || specifier?.kind !== 'string') return undefined
    if (next !== undefined && next.text !== ';' && next.gap !== 'line') return undefined
    if (next?.text === 'with' || next?.text === 'assert') return undefined
    edits.push(replace(at, at, 'const'), replace(from, from, '='), replace(specifier, specifier, '$dg$in;'))
    i += next?.text === ';' ? 4 : 3
  }
  const isAssigned = ({ text }: Token, at: number) =>
    names.has(text) && (ASSIGNS.test(tokens[at + 1]?.text ?? '') || /^(\+\+|--)$/.test(tokens[at - 1]?.text ?? ''))
  return tokens.slice(i).some((token, at) => isAssigned(token, at + i)) ? undefined : { edits, end: i }
}

/** One `export default` of an expression. As a `const` it is refused wherever an export would be. */
function exportOf(tokens: readonly Token[], from: number): readonly Edit[] | undefined {
  let depth = 0
  let edits: readonly Edit[] | undefined
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] as Token
    const next = tokens[i + 1]
    if (token.text === 'export' && depth === 0 && edits === undefined && next?.text === 'default') {
      const value = tokens[i + 2]
      if (value === undefined || DECLARATIONS.has(value.text) || !(value.kind === 'word' || value.text === '{')) return undefined
      if (next.gap !== 'space') return undefined
      edits = [replace(token, next, 'const $dg$out=')]
      i++
    } else if (token.kind === 'word' && LEFT_TO_COMPILER.has(token.text) && tokens[i - 1]?.text !== '.') return undefined
    else if (edits !== undefined && depth === 0 && token.text === ',') return undefined // const would take it for another name
    depth += nesting(token)
  }
  return edits
}

function nesting({ kind, text }: Token): number {
  if (kind === 'template') return (text.endsWith('${') ? 1 : 0) - (text.startsWith('}') ? 1 : 0)
  return kind !== 'mark' ? 0 : '([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0
}

function replace(first: Token, last: Token, text: string): Edit {
  return { start: first.start, end: last.start + last.text.length, text }
}

/** Every edit is filled up with blanks, and line breaks inside of it stay. */
function edited(source: string, edits: readonly Edit[]): string {
  let text = ''
  let at = 0
  for (const edit of edits) {
    text +=
      source.slice(at, edit.start) + edit.text + source.slice(edit.start + edit.text.length, edit.end).replace(/[^\n\r\u2028\u2029]/g, ' ')
    at = edit.end
  }
  return text + source.slice(at)
}

/** As a script of its own, so that a `return` outside of functions is refused. */
function compiles(code: string): boolean {
  try {
    new Script(code)
    return true
  } catch {
    return false
  }
}
