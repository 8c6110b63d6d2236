/**
 * Leaves out of a config's tokens what is only dimension data, so that editing a value is seen as just that. A literal
 * counts when nothing but `dimensions` can come to hold it; in any doubt it stays.
 */
import type { Token } from './code-tokens.cts'

/** By any of these, code could come by the config's own object. */
const REACHES_BACK = new Set(
  'this super arguments eval Function with require module exports mainModule createRequire jitiImport jitiESMResolve __filename __dirname'.split(
    ' ',
  ),
)
const FOLLOWS_A_STATEMENT = new Set('const let var function class export import type interface async'.split(' '))
/** Stands where literals were: no token of a program is spelled so. */
const BLANK = { kind: 'string', text: '\0', start: 0, gap: 'none' } as const satisfies Token

/** `stem` is the config's file name without its extension. */
export function withoutDimensionValues(tokens: readonly Token[], stem: string): readonly Token[] {
  if (mayReachBack(tokens, stem)) return tokens
  const object = exportedObject(tokens)
  return object === undefined ? tokens : blankDimensions(tokens, object)
}

/** Whether a file could lay hands on the config's module: by name, or in a way that cannot be followed. */
export function mayReachBack(tokens: readonly Token[], stem: string, suspects: ReadonlySet<string> = REACHES_BACK): boolean {
  const name = stem.toLowerCase()
  return tokens.some(({ kind, text }, i) => {
    if (kind === 'word') return (suspects.has(text) && !isMember(tokens, i)) || (text === 'import' && isOneOf(tokens[i + 1], '(', '.'))
    if (kind !== 'string' && kind !== 'template') return false
    const isName = tokens[i - 1]?.text === 'from' || tokens[i - 1]?.text === 'import'
    return text.toLowerCase().includes(name) || /^.(node:)?module.$/.test(text) || (isName && text.includes('\\'))
  })
}

/** `checks.require` is no way to a module; what follows `module.` is found by its name. */
function isMember(tokens: readonly Token[], i: number): boolean {
  return tokens[i]?.text === 'require' && tokens[i - 1]?.text === '.'
}

/** The index of the `{` in `export default {…}` or `export default defineConfig({…})`, when nothing else is done with it. */
function exportedObject(tokens: readonly Token[]): number | undefined {
  const isExport = (i: number) => tokens[i]?.text === 'export' && tokens[i + 1]?.text === 'default' && !isOneOf(tokens[i - 1], '.', '?.')
  const [at, another] = [...tokens.keys()].filter(isExport)
  if (at === undefined || another !== undefined) return undefined
  const called = tokens[at + 2]?.text === 'defineConfig' && tokens[at + 3]?.text === '('
  if (called && !isDatagens('defineConfig', tokens)) return undefined
  const open = at + (called ? 4 : 2)
  if (tokens[open]?.text !== '{') return undefined
  let end = closing(tokens, open) + 1
  if (called) {
    if (tokens[end]?.text === ',') end++
    if (tokens[end++]?.text !== ')') return undefined
  }
  if (isOneOf(tokens[end], 'as', 'satisfies') && tokens[end]?.gap !== 'line' && tokens[end + 1]?.kind === 'word') end += 2
  const next = tokens[end]
  const ends =
    next === undefined || next.text === ';' || (next.gap === 'line' && next.kind === 'word' && FOLLOWS_A_STATEMENT.has(next.text))
  return ends ? open : undefined
}

/** Imported by that name from datagen, and mentioned only there and in its call: nothing can stand in for it. */
function isDatagens(name: string, tokens: readonly Token[]): boolean {
  const uses = [...tokens.keys()].filter((i) => tokens[i]?.text === name)
  const [first = -1] = uses
  if (uses.length !== 2 || !isOneOf(tokens[first - 1], '{', ',') || !isOneOf(tokens[first + 1], '}', ',')) return false
  let open = first - 1
  while (tokens[open]?.kind === 'word' || tokens[open]?.text === ',') open--
  const close = closing(tokens, open)
  return (
    tokens[open]?.text === '{' &&
    tokens[open - 1]?.text === 'import' &&
    tokens[close + 1]?.text === 'from' &&
    /^.datagen.$/.test(tokens[close + 2]?.text ?? '')
  )
}

function blankDimensions(tokens: readonly Token[], open: number): readonly Token[] {
  const made = tokens.slice(0, open + 1)
  const end = closing(tokens, open)
  for (let i = open + 1; i < end; ) {
    const next = elementEnd(tokens, i)
    const isDimensions = /^(dimensions|'dimensions'|"dimensions")$/.test(tokens[i]?.text ?? '') && tokens[i + 1]?.text === ':'
    if (isDimensions && tokens[i + 2]?.text === '{')
      made.push(...tokens.slice(i, i + 2), ...blankLiteral(tokens, i + 2, next), ...tokens.slice(next, next + 1))
    else made.push(...tokens.slice(i, next + 1))
    i = next + 1
  }
  // The last element took the closing bracket with it, if no comma stood between.
  return [...made, ...tokens.slice(made.at(-1) === tokens[end] ? end + 1 : end)]
}

/** An array or object literal from `from` to before `to` without its pure parts; anything else as it is. */
function blankLiteral(tokens: readonly Token[], from: number, to: number): readonly Token[] {
  const opening = tokens[from] as Token
  const close = isOneOf(opening, '[', '{') ? closing(tokens, from) : -1
  if (close !== endOfLiteral(tokens, to) - 1) return tokens.slice(from, to)
  const made = [opening]
  const comma: Token = { ...BLANK, kind: 'mark', text: ',' }
  for (let i = from + 1; i < close; ) {
    const end = Math.min(elementEnd(tokens, i), close)
    const keyed = opening.text === '{' && isKey(tokens[i]) && tokens[i + 1]?.text === ':'
    const value = keyed ? i + 2 : i
    const pure = (keyed || opening.text === '[') && isPure(tokens, value, end)
    if (keyed) made.push(...tokens.slice(i, value), ...(pure ? [BLANK] : blankLiteral(tokens, value, end)), comma)
    else if (opening.text === '{' || !pure)
      made.push(...(opening.text === '[' ? blankLiteral(tokens, i, end) : tokens.slice(i, end)), comma)
    i = end + 1
  }
  return [...made, ...tokens.slice(close, to)]
}

/** Text, number, template without `${}`, or a list or object of such. */
function isPure(tokens: readonly Token[], from: number, to: number): boolean {
  const end = endOfLiteral(tokens, to)
  const first = tokens[from]
  if (first === undefined || end <= from) return false
  if (end === from + 1) return isPlainText(first) || first.kind === 'number'
  if (!isOneOf(first, '[', '{') || closing(tokens, from) !== end - 1) return false
  for (let i = from + 1; i < end - 1; ) {
    const next = Math.min(elementEnd(tokens, i), end - 1)
    const keyed = first.text === '{'
    if (keyed && !(isKey(tokens[i]) && tokens[i + 1]?.text === ':')) return false
    if (!isPure(tokens, keyed ? i + 2 : i, next)) return false
    i = next + 1
  }
  return true
}

function isKey(token: Token | undefined): boolean {
  return token !== undefined && ['word', 'string', 'number'].includes(token.kind) && !/__proto__|\\/.test(token.text)
}

function isPlainText({ kind, text }: Token): boolean {
  return kind === 'string' || (kind === 'template' && text.length > 1 && text.startsWith('`') && text.endsWith('`'))
}

/** Without an `as const` at its end. */
function endOfLiteral(tokens: readonly Token[], end: number): number {
  return tokens[end - 2]?.text === 'as' && tokens[end - 1]?.text === 'const' ? end - 2 : end
}

/** The comma or closing bracket that ends the element starting here. */
function elementEnd(tokens: readonly Token[], from: number): number {
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] as Token
    if (depth === 0 && (isOneOf(token, ',', ')', ']', '}') || (token.kind === 'template' && token.text.startsWith('}')))) return i
    depth += nesting(token)
  }
  return tokens.length
}

/** The partner of the bracket at `open`. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    depth += nesting(tokens[i] as Token)
    if (depth === 0) return i
  }
  return tokens.length
}

function nesting({ kind, text }: Token): number {
  if (kind === 'template') return (text.endsWith('${') ? 1 : 0) - (text.startsWith('}') ? 1 : 0)
  return kind !== 'mark' ? 0 : '([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0
}

function isOneOf(token: Token | undefined, ...texts: readonly string[]): boolean {
  return token !== undefined && token.kind !== 'string' && token.kind !== 'template' && texts.includes(token.text)
}
