/** The spelling of code: layout and comments aside, equal spellings are the same program. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of programs
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { codeTokens, spell, tokensOf } from '../../../src/config/code-spelling.ts'

const spelled = (text: string) => {
  const tokens = tokensOf(text)
  return tokens && spell(tokens)
}

/** What TypeScript's own parser understands: every node with its text; of what is no program, nothing. */
function understood(text: string): string {
  const file = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS)
  const parts: string[] = []
  const visit = (node: ts.Node): void => {
    const own = 'text' in node ? JSON.stringify(node.text) : 'operator' in node ? String(node.operator) : ''
    parts.push(`${ts.SyntaxKind[node.kind]}${own}`)
    ts.forEachChild(node, visit)
    parts.push(')')
  }
  file.statements.forEach(visit)
  return (file as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length > 0 ? 'nothing' : parts.join(' ')
}

describe('the same spelling', () => {
  it.each([
    ['const a = 1 // one', 'const   a=1'],
    ['f(\n  a,\n  b,\n)', 'f(a,b,)'],
    ['/* head */ a + b', 'a+b'],
    ['a\n  .b()\n  ?.c', 'a.b()?.c'],
    ['a\r\nb', 'a\n// between\n\nb'],
    ['a\u2028b', 'a\nb'],
    ['a /* \n */ b', 'a\nb'],
    ['x = a /* note */ / b', 'x=a/b'],
    ['`${ a /* b */ }`', '`${a}`'],
    ['x = /[\'"`//*]/.test(y) // z', 'x=/[\'"`//*]/.test(y)'],
    ['type A =\n  // first\n  | 1\n  | 2', 'type A = | 1\n| 2'],
    ['\uFEFFa', 'a'],
  ])('%j and %j', (one, two) => {
    expect(spelled(one)).toBeDefined()
    expect(spelled(one)).toBe(spelled(two))
  })
})

describe('different spellings', () => {
  it.each([
    ["'a//b'", "'a'"],
    ["'a  b'", "'a b'"],
    ['`a  b`', '`a b`'],
    ['`a // b`', '`a `'],
    ['`${a}  ${b}`', '`${a} ${b}`'],
    ['return\nx', 'return x'],
    ['a\n++b', 'a++\nb'],
    ['a\n++b', 'a++b'],
    ['a + +b', 'a ++b'],
    ['a - -b', 'a --b'],
    ['a\n(b)', 'a(b)'],
    ['a\n[b]', 'a[b]'],
    ['a\n`b`', 'a`b`'],
    ['1 .toFixed()', '1.toFixed()'],
    ['1\n.toFixed()', '1.toFixed()'],
    ['1. e5', '1.e5'],
    ['a ? .5 : 1', 'a ?.5:1x'],
    ['/a/ g', '/a/g'],
    ['/a b/', '/ab/'],
    ['/[/]"/', '/[/] "/'],
    ["'use strict'", "('use strict')"],
    ['x!\ny', 'x!y'],
    ['async\nfunction f() {}', 'async function f() {}'],
    ['type\nA = 1', 'type A = 1'],
    ['class A { x\n y }', 'class A { x y }'],
    ['class A { static\n x }', 'class A { static x }'],
    ['class A { x?\n y }', 'class A { x? y }'],
    ['# x', '#x'],
    ['a < b\n> (c)', 'a < b > (c)'],
    ['f<T>\n(a)', 'f<T>(a)'],
    ['in x', 'inx'],
    ['if (a)\n/b/.test(c)', 'if (a) b'],
    ['a = > b', 'a => b'],
    ['a\\\nb', 'a b'],
  ])('%j and %j', (one, two) => {
    expect(spelled(one) !== undefined && spelled(one) === spelled(two)).toBe(false)
  })
})

describe('no spelling', () => {
  it.each([
    ['a slash behind a parenthesis', '(a) / b'],
    ['a slash behind a brace', '{} /a/'],
    ['a slash behind an increment', 'a++ / b'],
    ['a slash on a new line', 'a\n/b/g'],
    ['a slash behind a word that may be a keyword', 'yield /a/'],
    ['a slash behind a mark that may be an assertion', 'x! / 2'],
    ['JSX', 'const a = <b>it’s</b>'],
    ['JSX that closes itself', 'const a = <b />'],
    ['a hashbang', '#!/usr/bin/env node\na'],
    ['an HTML comment', 'a <!-- b'],
    ['the end of an HTML comment', '\n--> b'],
    ['an open string', "'a"],
    ['an open string that the next line closes', "'a\n'"],
    ['an open template', '`a'],
    ['an open substitution', '`${a'],
    ['an open comment', 'a /* b'],
    ['an open regular expression', 'x = /a\n/'],
    ['brackets that do not match', 'a }'],
    ['an escape in a name', '\\u0061 = 1'],
    ['a sign that is none', 'a \u0001 b'],
    ['a text that is too long for the engine', `"${'a'.repeat(20_000_000)}"`],
  ])('for %s', (_, text) => {
    expect(tokensOf(text)).toBeUndefined()
  })

  it('for files whose comments could decide how they are run', () => {
    const names = ['a.ts', 'a.mts', 'a.mjs', 'a.js', 'a.cjs', 'a.cts', 'a.tsx', 'a.jsx']
    expect(names.filter((name) => codeTokens(name, 'export {}') !== undefined)).toEqual(['a.ts', 'a.mts', 'a.mjs'])
  })
})

describe('a program', () => {
  const sources = ['src', 'schema', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|cts)$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  )

  it('of this project means the same when spelled', () => {
    const told = sources.filter((text) => spelled(text) !== undefined)
    expect(told.length).toBeGreaterThan(sources.length * 0.85)
    for (const text of told) {
      const short = spelled(text) as string
      expect(understood(short)).toBe(understood(text))
      expect(spelled(short)).toBe(short)
    }
  })

  const token = fc.constantFrom(
    ...(
      'a b1 return const let async yield of in typeof class static get type as new this import export function if else ' +
      '1 0x1f .5 2. 1e3 10n "s//" \'t\' `u` `//` ( ) [ ] { } , ; . ?. ... + - ++ -- * / ** = == === => < > >= ! != ? ?? : & && | ~ ' +
      '/r/g #p @d'
    ).split(' '),
  )
  const gap = fc.constantFrom('', ' ', '\n', '/**/', ' /* a */ ', '// b\n', '/* \n */', '\r\n', '\u00A0')
  const program = fc.array(fc.tuple(token, gap), { maxLength: 14 })
  const write = (parts: readonly (readonly [string, string])[]) => parts.map((part) => part.join('')).join('')

  it('of any tokens is spelled as it is understood, and only once', () => {
    fc.assert(
      fc.property(program, (parts) => {
        const text = write(parts)
        const short = spelled(text)
        if (short === undefined) return
        expect(spelled(short)).toBe(short)
        expect(tokensOf(short)?.map((one) => one.text)).toEqual(tokensOf(text)?.map((one) => one.text))
        expect(understood(short)).toBe(understood(text))
      }),
      { numRuns: 5_000, seed: 7 },
    )
  })

  it('may have any comment wherever it has a blank', () => {
    const comment = fc.constantFrom(' ', '  ', '\t', ' /* x */', ' /* "x */ ', " /*'*/ ", ' /*`${*/')
    fc.assert(
      fc.property(program, fc.array(comment, { minLength: 20, maxLength: 20 }), (parts, comments) => {
        fc.pre(parts.every(([one]) => !one.startsWith('/'))) // what follows a slash may belong to a regular expression
        const blanks = parts.map(([one]) => [one, ' '] as const)
        const commented = parts.map(([one], i) => [one, comments[i] as string] as const)
        expect(spelled(write(commented))).toBe(spelled(write(blanks)))
      }),
      { numRuns: 3_000, seed: 7 },
    )
  })
})
