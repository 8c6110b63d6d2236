/** The modules that a file of a config asks for, as far as its text says. */
import type { Token } from './code-tokens.cts'

export interface Specifiers {
  readonly names: readonly string[]
  /** True when it can also ask for modules that its text does not name. */
  readonly open: boolean
}

export function specifiersOf(tokens: readonly Token[]): Specifiers {
  const names = new Set<string>()
  let open = false
  tokens.forEach(({ kind, text }, i) => {
    if (kind !== 'word') return
    const before = tokens[i - 1]?.text
    if (text === 'createRequire') open = true
    if (!/^(import|from|require)$/.test(text) || before === '.' || before === '?.') return
    const called = tokens[i + 1]?.text === '('
    const name = tokens[i + (called ? 2 : 1)]
    if (name?.kind === 'string' && !name.text.includes('\\') && (!called || tokens[i + 3]?.text === ')')) names.add(name.text.slice(1, -1))
    else if (name?.kind === 'string' || text === 'require' || (called && text === 'import')) open = true
  })
  return { names: [...names], open }
}
