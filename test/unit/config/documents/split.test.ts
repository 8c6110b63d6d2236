/** Where documents are cut: at the author's own breaks, and never inside code. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sectionsOf } from '../../../../src/config/documents/markdown.ts'
import { splitText } from '../../../../src/config/documents/split.ts'

const GUIDE = `---
title: Guide
---
Before the first heading.

# Refunds

Within 30 days.

For example:

\`\`\`sh
# not a heading

refund --now
\`\`\`

## Exceptions ##

None.

## Empty

# Returns
By post.
`

describe('Markdown', () => {
  it('is a section for each heading with something below it, and a fence is one block', () => {
    expect(sectionsOf(GUIDE, true)).toEqual([
      { blocks: ['Before the first heading.'] },
      {
        heading: 'Refunds',
        blocks: ['# Refunds', 'Within 30 days.', 'For example:', '```sh\n# not a heading\n\nrefund --now\n```'],
      },
      { heading: 'Exceptions', blocks: ['## Exceptions ##', 'None.'] },
      { heading: 'Returns', blocks: ['# Returns', 'By post.'] },
    ])
  })

  it('is cut by headings, paragraphs, size, or not at all', () => {
    const cut = (by: Parameters<typeof splitText>[2], max = 600) =>
      splitText(GUIDE, true, by, max).map(({ heading, text }) => [heading, text.length])
    expect(cut('heading').map(([heading]) => heading)).toEqual([undefined, 'Refunds', 'Exceptions', 'Returns'])
    expect(splitText(GUIDE, true, 'paragraph', 600).map(({ text }) => text)).toEqual([
      'Before the first heading.',
      '# Refunds\n\nWithin 30 days.',
      'For example:\n\n```sh\n# not a heading\n\nrefund --now\n```',
      '## Exceptions ##\n\nNone.',
      '# Returns\n\nBy post.',
    ])
    expect(cut('none')).toHaveLength(1)
    expect(cut('size')).toHaveLength(1)
    expect(cut('size', 20).length).toBeGreaterThan(2)
  })

  it('ends a fence only with a fence that is long enough', () => {
    const text = '````\n```\n# inside\n````\n\n# Outside\n\nx'
    expect(sectionsOf(text, true).map(({ heading }) => heading)).toEqual([undefined, 'Outside'])
  })

  it('of a text file is one section, whatever it looks like', () => {
    expect(sectionsOf('# 1\n\n```\n\n# 2', false)).toEqual([{ blocks: ['# 1', '```', '# 2'] }])
  })
})

it('a long paragraph is cut between sentences, and code never', () => {
  const prose = 'One sentence stands here. Another one follows it! Does a third? '.repeat(4).trim()
  const pieces = splitText(prose, true, 'heading', 20).map(({ text }) => text)
  expect(pieces.length).toBeGreaterThan(2)
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(80)
    expect(piece).toMatch(/[.!?]$/)
  }
  expect(pieces.join(' ')).toBe(prose)
  const code = `\`\`\`\n${'call(it). Then(that).\n'.repeat(20)}\`\`\``
  expect(splitText(code, true, 'heading', 20).map(({ text }) => text)).toEqual([code])
})

it('no word is lost, and none is said twice', () => {
  const word = fc.constantFrom('apple', 'bread.', '# head', '## sub', '```', 'x:', '- item', '', '', 'A sentence ends. Another.')
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 40 }),
      fc.constantFrom('paragraph', 'size', 'none' as const),
      fc.integer({ min: 1, max: 30 }),
      (lines, by, max) => {
        const text = lines.join('\n')
        const words = (whole: string) => whole.split(/\s+/).filter((one) => one !== '')
        // Sections without text are left out on purpose.
        const wanted = sectionsOf(text, true).flatMap(({ blocks }) => blocks.flatMap(words))
        expect(splitText(text, true, by as 'size', max).flatMap(({ text: piece }) => words(piece))).toEqual(
          by === 'none' && text.trim() === '' ? [] : wanted,
        )
      },
    ),
  )
})
