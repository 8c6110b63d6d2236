/**
 * TypeScript or JavaScript text as its tokens, so that two texts which differ only in comments and layout are spelled alike.
 * Never guesses: where a slash could divide or start a regular expression, there is no spelling. CommonJS with nothing
 * imported, because the stamp's reader loads it too.
 */

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'mark'
  readonly text: string
  readonly start: number
  /** What stands before it: nothing, white space or comments, or such with a line break. */
  readonly gap: 'none' | 'space' | 'line'
}

/** Undefined when the text cannot be taken apart with certainty. */
export declare function tokensOf(text: string): Token[] | undefined
/** The tokens with the least layout that keeps their meaning. Equal spellings are the same program. */
export declare function spell(tokens: readonly Token[]): string
/** As `tokensOf`, for a file of a config; undefined also for kinds of files that are not judged by their code alone. */
export declare function codeTokens(path: string, text: string): Token[] | undefined

const BREAK = /[\n\r\u2028\u2029]/
const SPACE = /[\s\uFEFF]+/y
const WORD = /[\p{ID_Continue}$#@\u200C\u200D]+/uy // private names and decorators are words, so that nothing joins them
const NUMBER = /(?:0[xob][\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?)n?/iy
const MARK =
  />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*/%&|^!~?:=.]/y
const REGEX =
  /\/(?:[^\\/[\n\r\u2028\u2029]|\\[^\n\r\u2028\u2029]|\[(?:[^\\\]\n\r\u2028\u2029]|\\[^\n\r\u2028\u2029])*\])+\/[\p{ID_Continue}$]*/uy
const STRING = /"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*"|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'/y
const TEMPLATE = /(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y // from behind its ` or } to its end or its next ${

const BRACKETS = new Set(['(', ')', '[', ']', '{', '}', ',', ';'])
const OPENS_REGEX = new Set('( [ { , ; = => : ? && || ?? | & + - * % ^ ~ == != === !== <= += -= *= &&= ||= ??= ...'.split(' '))
const WORDS_BEFORE_REGEX = new Set('return typeof case in delete void instanceof new throw do else default'.split(' '))
const DOUBTFUL_WORDS = new Set('yield await of async let extends implements as satisfies is asserts keyof if while for with'.split(' '))
/** Behind these something must follow, so a line break there ends nothing. */
const EXPECTS = new Set('( [ { , ; = => : && || ?? | & + - == != === !== . ...'.split(' '))
/** No statement starts with these, and none is ended early by a line break before them. */
const CONTINUES = new Set(') ] } , . ?.'.split(' '))

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  try {
    const match = pattern.exec(text)
    return match ? match[0] : undefined
  } catch {
    return undefined // a text of megabytes exceeds the engine's stack
  }
}

/** The end of white space and comments; -1 for a comment that does not end. */
function skip(text: string, from: number): number {
  let i = from
  for (;;) {
    if (text.startsWith('//', i)) {
      while (i < text.length && !BREAK.test(text[i] as string)) i++
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2)
      if (end < 0) return -1
      i = end + 2
    } else {
      const space = matchAt(SPACE, text, i)
      if (space === undefined) return i
      i += space.length
    }
  }
}

/** Whether a slash starts a regular expression; undefined when that depends on more than the tokens before it. */
function startsRegex(tokens: readonly Token[], gap: Token['gap']): boolean | undefined {
  const last = tokens[tokens.length - 1]
  if (!last) return true
  const before = tokens[tokens.length - 2]
  if (last.kind === 'mark') {
    if (OPENS_REGEX.has(last.text)) return true
    if (last.text === '!')
      return !before || (before.kind === 'mark' && OPENS_REGEX.has(before.text)) || before.text === 'return' ? true : undefined
    return last.text === ']' && gap !== 'line' ? false : undefined
  }
  if (last.kind === 'template' && last.text.endsWith('${')) return true
  if (last.kind === 'word' && !(before && (before.text === '.' || before.text === '?.'))) {
    if (WORDS_BEFORE_REGEX.has(last.text)) return true
    if (DOUBTFUL_WORDS.has(last.text)) return undefined
  }
  return gap === 'line' ? undefined : false // behind a type, a line's end could end the statement
}

exports.tokensOf = takeApart
function takeApart(text: string): Token[] | undefined {
  if (text.startsWith('#!')) return undefined
  const tokens: Token[] = []
  const open: string[] = [] // '{', or '${' for the braces of a template
  for (let i = 0; ; ) {
    const start = skip(text, i)
    if (start < 0) return undefined
    if (start >= text.length) return open.length === 0 ? tokens : undefined
    const gap = start === i ? 'none' : BREAK.test(text.slice(i, start)) ? 'line' : 'space'
    const char = text[start] as string
    if (text.startsWith('<!--', start) || text.startsWith('-->', start)) return undefined // comments of old scripts
    const add = (kind: Token['kind'], found: string | undefined) => {
      if (found === undefined || found === '') return false
      tokens.push({ kind, text: found, start, gap })
      i = start + found.length
      return true
    }
    if (char === '"' || char === "'") {
      if (!add('string', matchAt(STRING, text, start))) return undefined
    } else if (char === '`' || (char === '}' && open[open.length - 1] === '${')) {
      const rest = matchAt(TEMPLATE, text, start + 1)
      if (rest === undefined) return undefined
      if (char === '}') open.pop()
      if (rest.endsWith('${')) open.push('${')
      add('template', char + rest)
    } else if (char === '/') {
      const regex = startsRegex(tokens, gap)
      if (regex === undefined || !(regex ? add('regex', matchAt(REGEX, text, start)) : add('mark', matchAt(MARK, text, start))))
        return undefined
      if (!regex && text[i] === '>') return undefined // the end of a JSX element
    } else if (/\d/.test(char) || (char === '.' && /\d/.test(text[start + 1] || ''))) {
      if (!add('number', matchAt(NUMBER, text, start))) return undefined
    } else if (!add('word', matchAt(WORD, text, start))) {
      if (!add('mark', matchAt(MARK, text, start)) || (char === '<' && text[i] === '/')) return undefined
      if (char === '{') open.push(char)
      if (char === '}' && open.pop() === undefined) return undefined
    }
  }
}

function isWordLike({ kind }: Token): boolean {
  return kind === 'word' || kind === 'number'
}

/** Whether a break between these two lines can be left out without changing what either of them is. */
function breakIsIdle(before: Token, after: Token): boolean {
  if (before.kind === 'mark' ? EXPECTS.has(before.text) : before.kind === 'template' && before.text.endsWith('${')) return true
  if (after.kind === 'template') return after.text.startsWith('}')
  return after.kind === 'mark' && CONTINUES.has(after.text)
}

/** Whether two tokens with nothing between them could be read as something else. */
function wouldJoin(before: Token, after: Token): boolean {
  if (isWordLike(after) && (isWordLike(before) || before.kind === 'regex')) return true
  if (before.kind === 'number') return after.text[0] === '.' || after.text[0] === '?'
  if (before.kind !== 'mark' || BRACKETS.has(before.text)) return false
  if (after.kind === 'mark') return !BRACKETS.has(after.text)
  return after.kind === 'number' && (after.text[0] === '.' || before.text === '.' || before.text === '?.')
}

exports.spell = spellOut
function spellOut(tokens: readonly Token[]): string {
  let text = ''
  let before: Token | undefined
  for (const token of tokens) {
    if (before && token.gap !== 'none') {
      if (token.gap === 'line' && !breakIsIdle(before, token)) text += '\n'
      else if (wouldJoin(before, token)) text += ' '
    }
    text += token.text
    before = token
  }
  return text
}

exports.codeTokens = function codeTokens(path: string, text: string): Token[] | undefined {
  // In any other file, what stands in a comment can decide whether it is run as a module.
  return /\.(ts|mts|mjs)$/.test(path) ? takeApart(text) : undefined
}
