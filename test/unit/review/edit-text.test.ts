import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Example } from '../../../schema/config.ts'
import { editText, parseEdit } from '../../../src/review/edit-text.ts'

const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '### user',
    '\\### user',
    '\\\\### x',
    '"quoted"',
    '\\"quoted"',
    '\\\\"x',
    '',
    '\\begin{it}',
    '#### h',
    'a\rb',
    '\u001b[2J',
    '\u2028',
    '\ufeff',
    '  ',
  ),
)
const content = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((lines) => lines.join('\n'))
  .filter((text) => text.trim() !== '' && text.isWellFormed())
const example = fc
  .tuple(fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content }), { maxLength: 3 }), content)
  .map(([messages, last]) => ({ messages: [...messages, { role: 'assistant', content: last }] }) as Example)

const parsed = (text: string, original: Example = { messages: [] }) => parseEdit(text, original)

describe('a conversation as a text to edit', () => {
  it('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(example, (before) => {
        expect(parsed(editText(before), before)).toEqual({ example: before })
      }),
    )
  })

  it('also when an editor ends lines otherwise, adds empty lines at the end or a mark at the beginning', () => {
    fc.assert(
      fc.property(example, (before) => {
        expect(parsed(`\ufeff${editText(before).replaceAll('\n', '\r\n')}\r\n\r\n`, before)).toEqual({ example: before })
      }),
    )
  })

  it('looks like this', () => {
    const text = editText({
      messages: [
        { role: 'user', content: 'How do I?\n\n### user\n' },
        { role: 'assistant', content: 'Like this:\n\tcode' },
      ],
    })
    expect(text).toBe('### user\nHow do I?\n\n\\### user\n\\""\n\n### assistant\nLike this:\n\tcode\n')
  })

  it('keeps what beside the text belongs to a message, and the other side of a preference', () => {
    const before = {
      messages: [
        { role: 'user', content: 'Two?' },
        { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } }] },
        { role: 'tool', content: '2', tool_call_id: 'a' },
        { role: 'assistant', content: 'Two.' },
      ],
      rejected: [{ role: 'assistant', content: 'Three.' }],
      tools: [{ type: 'function', function: { name: 'add' } }],
    } as unknown as Example
    expect(parsed(editText(before), before)).toEqual({ example: before })
    expect(editText(before)).toContain('### rejected assistant\nThree.\n')
  })

  it.each([
    ['hello\n### user\nx\n### assistant\ny', [{ line: 1, problem: 'a text stands before the first "### role" line' }]],
    [
      '### usr\nx\n### assistant\ny',
      [{ line: 1, problem: '"### usr" names no role; a message begins with ### system, ### user, ### assistant, ### tool' }],
    ],
    ['### user\n\n### assistant\ny', [{ line: 1, problem: 'the message of the user is empty' }]],
    ['### assistant\ny\n### user\nx', [{ problem: 'the last message is not from the assistant' }]],
    ['', [{ problem: 'it has no messages' }]],
    ['### user\nx\n\\"oops\n### assistant\ny', [{ line: 3, problem: 'after \\ stands no JSON text' }]],
    ['### assistant {oops}\ny', [{ line: 1, problem: 'what follows the role is not JSON' }]],
  ])('says what is wrong with %j', (text, problems) => {
    expect(parsed(text)).toEqual({ problems })
  })
})
