/** Streamed answers: read as the same answers whole, however they were cut up, and never as answers when they are not whole. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEnvelope, unstreamed } from '../../../src/generate/envelope.ts'
import { readCapped } from '../../../src/generate/providers/transport.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const events = (...data: unknown[]) => data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('')
const chunk = (delta: object, finish: string | null = null, more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'm-1',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
})
const USAGE = { prompt_tokens: 9, completion_tokens: 3 }
const read = (text: string) => readEnvelope(bytes(text))
const code = (text: string) => {
  const envelope = read(text)
  return envelope.kind === 'completion' ? envelope.content : [envelope.kind, envelope.code]
}

/** An answer, and where its texts are cut. */
const answers = fc.record({
  content: fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme', maxLength: 40 })),
  calls: fc.array(fc.record({ name: fc.constantFrom('look_up', 'send'), given: fc.json({ maxDepth: 1 }) }), { maxLength: 3 }),
  finish: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  usage: fc.boolean(),
  size: fc.integer({ min: 1, max: 7 }),
})
type Answer = typeof answers extends fc.Arbitrary<infer A> ? A : never

function pieces(text: string, size: number): string[] {
  const characters = [...text]
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, i) => characters.slice(i * size, (i + 1) * size).join(''))
}
const callOf = ({ name, given }: Answer['calls'][number], i: number) => ({
  id: `call_${i}`,
  type: 'function',
  function: { name, arguments: given },
})

function whole({ content, calls, finish, usage }: Answer): string {
  const message = { role: 'assistant', content, ...(calls.length > 0 ? { tool_calls: calls.map(callOf) } : {}) }
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'm-1',
    choices: [{ index: 0, message, finish_reason: finish }],
    ...(usage ? { usage: USAGE } : {}),
  })
}
function chunksOf({ content, calls, finish, usage, size }: Answer): object[] {
  return [
    chunk({ role: 'assistant', content: content === null ? null : '' }),
    ...pieces(content ?? '', size).map((content) => chunk({ content })),
    ...calls.flatMap((call, index) => {
      const { id, type, function: called } = callOf(call, index)
      return [
        chunk({ tool_calls: [{ index, id, type, function: { name: called.name, arguments: '' } }] }),
        ...pieces(called.arguments, size).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]
    }),
    chunk({}, finish),
    ...(usage ? [{ ...chunk({}), choices: [], usage: USAGE }] : []),
  ]
}

describe('a stream of a chat completion', () => {
  test('says what the same answer says whole, whatever the pieces, the line ends and the comments between them', () => {
    const styles = fc.record({
      end: fc.constantFrom('\n', '\r\n', '\r'),
      comments: fc.boolean(),
      space: fc.boolean(),
      named: fc.boolean(),
      done: fc.boolean(),
      lastLine: fc.boolean(),
    })
    fc.assert(
      fc.property(answers, styles, (answer, { end, comments, space, named, done, lastLine }) => {
        const all = [...chunksOf(answer).map((one) => JSON.stringify(one)), ...(done ? ['[DONE]'] : [])]
        const text = all
          .map(
            (data) =>
              `${comments ? `: OPENROUTER PROCESSING${end}${end}` : ''}${named ? `event: message${end}id: 7${end}` : ''}data:${space ? ' ' : ''}${data}`,
          )
          .join(end + end)
        const sent = bytes(lastLine ? text + end + end : text)
        const expected = readEnvelope(bytes(whole(answer)))
        expect(readEnvelope(sent)).toEqual(expected)
        // What is kept is no stream any more, and says the same.
        expect(readEnvelope(unstreamed(sent))).toEqual(expected)
        expect(Buffer.from(unstreamed(sent)).toString()[0]).toBe('{')
      }),
      { numRuns: 300 },
    )
  })

  test('that ends anywhere else is no answer, wherever it is cut', () => {
    const answer: Answer = { content: 'Zwölf 🌍 Sätze.', calls: [{ name: 'send', given: '{"a":1}' }], finish: 'stop', usage: true, size: 3 }
    const sent = bytes(events(...chunksOf(answer), '[DONE]'))
    const expected = readEnvelope(sent)
    const finishAt = Buffer.from(sent).indexOf('"finish_reason":"stop"')
    for (let at = 1; at < sent.length; at++) {
      const envelope = readEnvelope(sent.subarray(0, at))
      if (at <= finishAt) expect([at, envelope.kind]).toEqual([at, 'transient'])
      // Only its numbers may be missing then.
      else if (envelope.kind !== 'transient')
        expect(envelope).toEqual({ ...expected, ...(envelope.kind === 'completion' && envelope.usage ? {} : { usage: undefined }) })
    }
  })

  test('arrives the same in any packets', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }), async (answer, sizes) => {
        const sent = bytes(events(...chunksOf(answer), '[DONE]'))
        async function* packets() {
          for (let at = 0, i = 0; at < sent.length; i++) {
            const size = sizes[i % sizes.length] as number
            yield sent.subarray(at, at + size)
            at += size
          }
        }
        expect(Buffer.from(await readCapped(packets())).equals(sent)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('never makes the reader throw, whatever stands in it', () => {
    const scraps = fc.constantFrom(
      'data: ',
      'data:{',
      '{"choices":[',
      ']}',
      '\r',
      '\n\n',
      '[DONE]',
      ': x',
      '"delta":{}',
      'null',
      '{"error":1}',
      '\u{1F30D}',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(scraps, { maxLength: 20 }), (parts) => void read(parts.join(''))),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => void readEnvelope(Buffer.concat([bytes('data: '), raw]))))
  })

  test.each([
    ['no end at all', events(chunk({ content: 'a' })), ['transient', 'incomplete-stream']],
    ['the end without a reason', events(chunk({ content: 'a' }), '[DONE]'), ['rejected', 'no-finish']],
    ['a reason without the end', events(chunk({ content: 'a' }), chunk({}, 'stop')), 'a'],
    ['no event but the end', events('[DONE]'), ['transient', 'no-choices']],
    ['no text (LM Studio)', events(chunk({ role: 'assistant' }), chunk({}, 'stop'), '[DONE]'), ['rejected', 'null-content']],
    ['comments only', ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n', ['transient', 'incomplete-stream']],
    ['an event that is no JSON', events(chunk({ content: 'a' }), '{"choices":', chunk({}, 'stop')), ['transient', 'bad-stream']],
    ['an event that is a number', events('1', chunk({}, 'stop')), ['transient', 'bad-stream']],
    ['events without empty lines between', events(chunk({ content: 'a' }), chunk({ content: 'b' }, 'stop')).replaceAll('\n\n', '\n'), 'ab'],
    ['a BOM', `\ufeff${events(chunk({ content: 'a' }, 'stop'))}`, 'a'],
    ['a whole message in its last chunk', events({ choices: [{ message: { content: 'all' }, finish_reason: 'stop' }] }), 'all'],
    [
      'an error in the middle',
      events(chunk({ content: 'a' }), { error: { code: 502, message: 'provider gone' } }),
      ['transient', 'server-error'],
    ],
    [
      'no credit in the middle',
      events(chunk({ content: 'a' }), { error: { code: 'insufficient_quota', message: 'no money' } }),
      ['fatal', 'quota'],
    ],
    [
      'an error in its choice',
      events({ choices: [{ delta: {}, error: { code: 502, message: 'gone' }, finish_reason: 'error' }] }),
      ['transient', 'server-error'],
    ],
    [
      'what was thought as parts, and what is said as text (Mistral)',
      events(
        chunk({ content: '' }),
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
        chunk({ content: [{ type: 'text', text: 'y' }] }),
        chunk({ content: 'es' }, 'stop'),
      ),
      'yes',
    ],
    ['a broken finish', events(chunk({ content: 'a' }, 'insufficient_system_resource'), '[DONE]'), ['transient', 'error-in-body']],
  ])('with %s', (_, text, expected) => {
    expect(code(text)).toEqual(expected)
  })

  test('that broke off is billed where it told what it took', () => {
    expect(read(events({ ...chunk({ content: 'a' }), usage: USAGE }))).toMatchObject({
      code: 'incomplete-stream',
      usage: { input: 9, output: 3 },
    })
  })

  test('keeps calls apart that a server numbers alike, and names that it repeats whole', () => {
    const call = (id: string, name: string, given: string) => ({ index: 0, id, type: 'function', function: { name, arguments: given } })
    const gemini = read(
      events(chunk({ tool_calls: [call('a', 'look_up', '{"q":1}')] }), chunk({ tool_calls: [call('b', 'send', '{}')] }, 'stop'), '[DONE]'),
    )
    expect(gemini).toMatchObject({
      code: 'tool-calls',
      calls: [
        { id: 'a', function: { name: 'look_up', arguments: '{"q":1}' } },
        { id: 'b', function: { name: 'send', arguments: '{}' } },
      ],
    })
    const repeated = read(
      events(chunk({ tool_calls: [call('a', 'send', '{"q"')] }), chunk({ tool_calls: [call('a', 'send', ':1}')] }, 'tool_calls')),
    )
    expect(repeated).toMatchObject({ calls: [{ id: 'a', function: { name: 'send', arguments: '{"q":1}' } }] })
  })

  test('loses no field: reasoning goes on, probabilities too, and what comes last counts', () => {
    const kept = JSON.parse(
      Buffer.from(
        unstreamed(
          bytes(
            events(
              {
                ...chunk({ reasoning_content: 'let ' }),
                choices: [{ index: 0, delta: { reasoning_content: 'let ' }, logprobs: { content: [1] } }],
              },
              { ...chunk({}), choices: [{ index: 0, delta: { reasoning_content: 'me', content: 'a' }, logprobs: { content: [2] } }] },
              chunk({}, 'stop', { system_fingerprint: 'fp', service_tier: 'flex' }),
              { ...chunk({}), choices: [], usage: { ...USAGE, prompt_tokens: 1 } },
              { ...chunk({}), choices: [], usage: USAGE },
            ),
          ),
        ),
      ).toString(),
    )
    expect(kept).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'm-1',
      system_fingerprint: 'fp',
      service_tier: 'flex',
      usage: USAGE,
      choices: [{ index: 0, finish_reason: 'stop', logprobs: { content: [1, 2] }, message: { reasoning_content: 'let me', content: 'a' } }],
    })
  })

  test('that is nested beyond any stack stays as it came, and is read as that', () => {
    const deep = `data: {"x":${'['.repeat(50_000)}${']'.repeat(50_000)},"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n`
    expect([unstreamed(bytes(deep)).length, code(deep)]).toEqual([bytes(deep).length, 'a'])
  })

  test('reaches no prototype', () => {
    read(
      'data: {"__proto__":{"polluted":1},"choices":[{"delta":{"__proto__":{"polluted":1},"tool_calls":[{"__proto__":{"polluted":1}}]},"finish_reason":"stop"}]}\n\n',
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('a stream of a response', () => {
  const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'yes' }] }
  const response = (status: string, more: object = {}) => ({
    id: 'resp_1',
    object: 'response',
    model: 'm-1',
    status,
    output: [message],
    usage: { input_tokens: 9, output_tokens: 3 },
    ...more,
  })
  const begun = { type: 'response.created', response: response('in_progress', { output: [], usage: null }) }
  const delta = { type: 'response.output_text.delta', delta: 'yes', output_index: 0 }
  const last = (type: string, more?: object) => ({ type: `response.${type}`, response: response(type, more) })

  test('is its last event', () => {
    const text = events(begun, delta, last('completed'))
    expect(read(text)).toEqual(readEnvelope(bytes(JSON.stringify(response('completed')))))
    expect(read(text)).toMatchObject({ kind: 'completion', content: 'yes', id: 'resp_1', usage: { input: 9, output: 3 } })
  })

  test.each([
    ['without a last event', events(begun, delta), ['transient', 'incomplete-stream']],
    ['without a last event, but with an end', events(begun, delta, '[DONE]'), ['transient', 'incomplete-stream']],
    [
      'cut at its limit',
      events(begun, delta, last('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })),
      ['rejected', 'cut-off'],
    ],
    ['failed', events(begun, last('failed', { error: { code: 'server_error', message: 'no' } })), ['transient', 'server-error']],
    [
      'with an error',
      events(begun, delta, { type: 'error', code: 'rate_limit_exceeded', message: 'slow down' }),
      ['transient', 'rate-limit'],
    ],
    [
      'whose last event leaves out what was sent',
      events(begun, { type: 'response.output_item.done', item: message }, last('completed', { output: [] })),
      'yes',
    ],
  ])('%s', (_, text, expected) => {
    expect(code(text)).toEqual(expected)
  })
})
