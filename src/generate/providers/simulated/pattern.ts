/** A text that a simple regular expression accepts: literals, classes, groups, alternatives and quantifiers. */
import type { Random } from './random.ts'

const ANY = 'abcdefghijklmnopqrstuvwxyz'
const CLASSES: { readonly [letter: string]: string } = {
  d: '0123456789',
  w: `${ANY}ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_`,
  s: ' ',
  D: ANY,
  W: '-',
  S: ANY,
}
const ESCAPES: { readonly [letter: string]: string } = { n: '\n', t: '\t', r: '\n' }

/** Look-arounds and back-references are beyond it: the result may then not match. */
export function textOfPattern(pattern: string, random: Random): string {
  let at = 0
  return alternatives()

  function alternatives(): string {
    // All are read, so that the position moves on; one is kept.
    const texts = [sequence()]
    while (pattern[at] === '|') {
      at++
      texts.push(sequence())
    }
    return random.pick(texts)
  }

  function sequence(): string {
    let text = ''
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const start = at
      const once = atom()
      const times = quantifier()
      const end = at
      text += times === 0 ? '' : once
      for (let i = 1; i < times; i++) {
        at = start
        text += atom()
      }
      at = end
    }
    return text
  }

  function atom(): string {
    const char = pattern[at++] ?? ''
    if (char === '^' || char === '$') return ''
    if (char === '.') return random.pick([...ANY])
    if (char === '[') return random.pick([...set()])
    if (char === '(') {
      const special = /^\?(?::|<\w+>)/.exec(pattern.slice(at))
      at += special?.[0].length ?? 0
      const inner = alternatives()
      at++
      return inner
    }
    return char === '\\' ? escaped() : char
  }

  function escaped(): string {
    const letter = pattern[at++] ?? ''
    if (letter === 'b' || letter === 'B') return ''
    const all = CLASSES[letter]
    return all ? random.pick([...all]) : (ESCAPES[letter] ?? letter)
  }

  function set(): string {
    const negated = pattern[at] === '^'
    if (negated) at++
    let members = ''
    while (at < pattern.length && (pattern[at] !== ']' || members === '')) {
      let char = pattern[at++] ?? ''
      if (char === '\\') {
        const letter = pattern[at++] ?? ''
        const all = CLASSES[letter]
        if (all) {
          members += all
          continue
        }
        char = ESCAPES[letter] ?? letter
      }
      const upTo = pattern[at + 1]
      if (pattern[at] === '-' && upTo !== undefined && upTo !== ']') {
        at += 2
        for (let code = char.charCodeAt(0); code <= upTo.charCodeAt(0); code++) members += String.fromCharCode(code)
      } else members += char
    }
    at++
    if (!negated) return members || ANY
    return [...`${ANY}0123456789-`].filter((char) => !members.includes(char)).join('') || '~'
  }

  function quantifier(): number {
    const found = /^(?:\{(\d+)(,)?(\d*)\}|[*+?])\??/.exec(pattern.slice(at))
    if (!found) return 1
    at += found[0].length
    const sign = found[0][0]
    if (sign === '?') return random.int(0, 1)
    if (sign === '*') return random.int(0, 3)
    if (sign === '+') return random.int(1, 4)
    const least = Number(found[1])
    const most = found[3] ? Number(found[3]) : found[2] ? least + 3 : least
    return random.int(least, Math.min(most, least + 20))
  }
}
