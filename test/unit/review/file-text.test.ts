import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReviews, reviewsText } from '../../../src/review/file-text.ts'
import { DatagenError, type Diagnostic } from '../../../src/util/diagnostic.ts'
import { accepting, rejecting, verdicts } from './lines.ts'

const read = (text: string | null) => readReviews({ path: '/p/datagen.reviews.jsonl', text })
function problems(text: string): readonly Diagnostic[] {
  try {
    read(text)
  } catch (error) {
    if (error instanceof DatagenError) return error.diagnostics
    throw error
  }
  return []
}
const LINE = reviewsText([rejecting('anna', 'too long')]).trimEnd()

describe('the reviews file', () => {
  it('is canonical: written, read and written again it is the same, in whatever order its lines came', () => {
    fc.assert(
      fc.property(verdicts, fc.infiniteStream(fc.nat()), (lines, order) => {
        const text = reviewsText(lines)
        const shuffled = text
          .split('\n')
          .slice(0, -1)
          .map((line) => ({ line, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ line }) => `${line}\n`)
          .join('')
        expect(reviewsText(read(text))).toBe(text)
        expect(reviewsText(read(shuffled))).toBe(text)
      }),
    )
  })

  it('of two people put together is the same whoever puts them together, and loses no line of either that counts', () => {
    fc.assert(
      fc.property(verdicts, verdicts, (one, two) => {
        const [a, b] = [reviewsText(one), reviewsText(two)]
        expect(reviewsText(read(a + b))).toBe(reviewsText(read(b + a)))
        expect(reviewsText(read(a + b + a))).toBe(reviewsText(read(a + b)))
      }),
    )
  })

  it('says what is usual by leaving it out, and nothing in it can confuse a terminal', () => {
    expect(LINE).toBe(`{"by":"anna","cell":{"topic":"csv"},"example":"${'a'.repeat(32)}","reason":"too long","verdict":"reject"}`)
    expect(reviewsText([rejecting('anna', '\u202eevil\u2028', { sample: 1, revision: 2 })])).toContain(
      '"reason":"\\u202eevil\\u2028","revision":2,"sample":1',
    )
  })

  it('leaves out what the same person took back by a later line, and keeps what only a merge could bring about', () => {
    const later = accepting('anna', { revision: 2 })
    expect(read(reviewsText([rejecting('anna', 'too long'), later]))).toEqual([later])
    expect(read(reviewsText([rejecting('anna', 'too long'), accepting('anna')]))).toHaveLength(2)
  })

  it('is empty when it is not there, and reads files with Windows line ends, a byte order mark and empty lines', () => {
    expect(read(null)).toEqual([])
    expect(read(`\ufeff${LINE}\r\n\r\n${LINE}\n`)).toEqual([rejecting('anna', 'too long')])
  })

  it.each([
    ['{', 'line 2 of datagen.reviews.jsonl is not JSON'],
    ['[]', 'line 2 of datagen.reviews.jsonl is not a JSON object'],
    ['{}', 'line 2 of datagen.reviews.jsonl has no "verdict"'],
    ['{"verdict":"acept"}', 'line 2 of datagen.reviews.jsonl has the verdict "acept"'],
    [
      LINE.replace('"reason"', '"raeson"'),
      'line 2 of datagen.reviews.jsonl has the field "raeson", which a line of verdict "reject" does not have',
    ],
    [LINE.replace('too long', ' '), 'line 2 of datagen.reviews.jsonl needs a text in "reason"'],
    [LINE.replace('aaaa', 'AAAA'), 'line 2 of datagen.reviews.jsonl needs 32 hex digits in "example"'],
    [LINE.replace('{"by"', '{"revision":0,"by"'), 'line 2 of datagen.reviews.jsonl needs a whole number from 1 in "revision"'],
    [LINE.replace('{"topic":"csv"}', '"csv"'), 'line 2 of datagen.reviews.jsonl needs the values of its cell in "cell"'],
    [LINE.replace('too long', '\\ud800'), 'line 2 of datagen.reviews.jsonl holds reason is a text with half of a surrogate pair'],
    [LINE.replace('"verdict"', '"scores":[1],"verdict"'), 'line 2 of datagen.reviews.jsonl needs a level for each criterion in "scores"'],
  ])('names a line that is no verdict: %s', (line, headline) => {
    const found = problems(`${LINE}\n${line}\n`)
    expect(found.map((problem) => problem.headline)).toEqual([headline])
    expect(found[0]).toMatchObject({ severity: 'error', place: { file: '/p/datagen.reviews.jsonl', line: 2 } })
  })

  it('suggests what was meant', () => {
    expect(problems('{"verdict":"acept"}')[0]?.hint).toBe('did you mean "accept"?')
    expect(problems(LINE.replace('"reason"', '"raeson"'))[0]?.hint).toBe('did you mean "reason"?')
  })

  it.each([`<<<<<<< HEAD\n${LINE}\n=======\n${LINE}\n>>>>>>> theirs\n`, `${LINE}\n||||||| base\n`])(
    'names merge conflicts once, and how git can do without them',
    (text) => {
      const [problem, ...rest] = problems(text)
      expect(rest).toEqual([])
      expect(problem).toMatchObject({ code: 'reviews/conflict', place: { line: text.startsWith('<') ? 1 : 2 } })
      expect(problem?.hint).toContain('merge=union')
    },
  )
})

describe('an edited example', () => {
  it('comes out of the file with its members as recipes make them', () => {
    const call = { id: 'a', type: 'function', function: { name: 'add', arguments: '{}' } }
    const edited = {
      messages: [
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', content: '2', tool_call_id: 'a' },
        { role: 'assistant', content: 'Two.' },
      ],
      rejected: [{ role: 'assistant', content: 'Three.' }],
    }
    const line = { verdict: 'edit', by: 'anna', cell: {}, was: 'a'.repeat(32), keys: {}, edited }
    const [read_] = read(`${JSON.stringify(line)}\n`)
    expect(JSON.stringify((read(reviewsText([read_ as never]))[0] as unknown as { edited: unknown }).edited)).toBe(JSON.stringify(edited))
    const broken = { ...line, edited: { messages: [{ role: 'assistant', content: null, tool_calls: [1] }] } }
    expect(problems(JSON.stringify(broken)).map(({ headline }) => headline)).toEqual([
      'line 1 of datagen.reviews.jsonl has an edited example that cannot be a row: messages[0] has tool calls that are none',
    ])
  })
})
