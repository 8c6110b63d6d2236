/** Bodies of the Responses API, read as chat completions are. */
import { expect, test } from 'vitest'
import { readEnvelope } from '../../../src/generate/envelope.ts'

const text = (said: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said, annotations: [] }] })
const call = { type: 'function_call', call_id: 'call_1', name: 'send', arguments: '{"to":"a"}' }
const read = (more: object) =>
  readEnvelope(
    Buffer.from(
      JSON.stringify({
        id: 'resp_1',
        object: 'response',
        model: 'm-2025-01-01',
        status: 'completed',
        error: null,
        incomplete_details: null,
        output: [{ type: 'reasoning', summary: [] }, text('yes')],
        usage: {
          input_tokens: 20,
          input_tokens_details: { cached_tokens: 8 },
          output_tokens: 7,
          output_tokens_details: { reasoning_tokens: 4 },
        },
        ...more,
      }),
    ),
  )

test('a completed response is an answer, with its model, id and every kind of token', () => {
  expect(read({})).toEqual({
    kind: 'completion',
    content: 'yes',
    finish: 'stop',
    id: 'resp_1',
    model: 'm-2025-01-01',
    usage: { input: 20, output: 7, cachedInput: 8, reasoning: 4 },
  })
})

test('parts are one text, in order', () => {
  const parts = [
    { type: 'output_text', text: 'a' },
    { type: 'output_text', text: 'b' },
  ]
  expect(read({ output: [{ type: 'message', content: parts }, text('c')] })).toMatchObject({ content: 'abc' })
  expect(read({ output: [{ type: 'message', content: 'plain' }] })).toMatchObject({ content: 'plain' })
})

test('calls come in the shape that they have in a chat, with what is said beside them', () => {
  const calls = [{ id: 'call_1', type: 'function', function: { name: 'send', arguments: '{"to":"a"}' } }]
  expect(read({ output: [call] })).toMatchObject({ kind: 'rejected', code: 'tool-calls', calls })
  expect(read({ output: [text('Sending.'), call] })).toMatchObject({ code: 'tool-calls', calls, beside: 'Sending.' })
})

test.each([
  ['cut off', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'rejected', 'cut-off'],
  ['filtered', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'rejected', 'content-filter'],
  ['incomplete for no reason', { status: 'incomplete' }, 'rejected', 'unknown-finish'],
  ['refused', { output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I cannot' }] }] }, 'rejected', 'refusal'],
  ['refused without a word', { output: [{ type: 'message', content: [{ type: 'refusal', refusal: '' }] }] }, 'rejected', 'refusal'],
  ['empty', { output: [text('  ')] }, 'rejected', 'empty-content'],
  ['thought and not said', { output: [{ type: 'reasoning', summary: [] }] }, 'rejected', 'null-content'],
  ['without output', { output: [] }, 'rejected', 'null-content'],
  ['of another type of text', { output: [{ type: 'message', content: [{ type: 'output_text', text: 7 }] }] }, 'rejected', 'not-text'],
  ['without a status', { status: undefined }, 'rejected', 'no-finish'],
  ['of an unknown status', { status: 'pondering' }, 'rejected', 'unknown-finish'],
  ['failed', { status: 'failed', error: { code: 'server_error', message: 'x' } }, 'transient', 'server-error'],
  ['failed for want of money', { status: 'failed', error: { code: 'insufficient_quota', message: 'x' } }, 'fatal', 'quota'],
  ['failed for no reason', { status: 'failed' }, 'transient', 'error-in-body'],
  ['queued', { status: 'queued' }, 'transient', 'not-ended'],
  ['in progress', { status: 'in_progress' }, 'transient', 'not-ended'],
  ['cancelled', { status: 'cancelled' }, 'transient', 'not-ended'],
])('a response that is %s', (_, more, kind, code) => {
  expect(read(more)).toMatchObject({ kind, code })
})

test('what failed is billed where it says what it took', () => {
  expect(read({ status: 'failed' })).toMatchObject({ usage: { input: 20, output: 7 } })
})
