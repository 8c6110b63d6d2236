/** Calls as servers send them, and what becomes of them. */
import { describe, expect, it } from 'vitest'
import type { Tool } from '../../../schema/config.ts'
import { parseCalls } from '../../../src/generate/tool-calls.ts'
import { readResponse } from '../../../src/schedule/answers.ts'

const tools: Tool[] = [
  {
    type: 'function',
    function: { name: 'find', parameters: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
  },
  { type: 'function', function: { name: 'ping' } },
]
const call = (name: unknown, given: unknown) => ({ id: 'x', type: 'function', function: { name, arguments: given } })

describe('calls', () => {
  it('get ids of our own and compact arguments', () => {
    expect(parseCalls([call('find', '{ "id" : 7 }'), call('ping', '')], ' \n', tools)).toEqual({
      kind: 'value',
      value: {
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"id":7}' } },
          { id: 'call_2', type: 'function', function: { name: 'ping', arguments: '{}' } },
        ],
      },
    })
  })

  it('may be objects, as some servers send them, and have a text beside them', () => {
    expect(parseCalls([call('find', { id: 7 })], 'Let me see.\r\n', tools)).toMatchObject({
      value: { content: 'Let me see.', tool_calls: [{ function: { arguments: '{"id":7}' } }] },
    })
  })

  it.each([
    ['unknown-tool', call('fnd', '{}')],
    ['arguments-not-json', call('find', '{"id":')],
    ['arguments-not-json', call('find', 7)],
    ['arguments-schema', call('ping', '"{}"')],
    ['arguments-schema', call('find', '{"id":"7"}')],
    ['control-characters', call('find', '{"id":7,"x":"\\u001b[2J"}')],
    ['bad-call', call(undefined, '{}')],
    ['bad-call', null],
  ])('are turned down as %s', (code, wrong) => {
    expect(parseCalls([wrong], null, tools)).toMatchObject({ kind: 'rejected', code })
  })
})

describe('an answer with calls', () => {
  const step = { kind: 'ask', name: 'x', messages: () => [] } as never as Parameters<typeof readResponse>[0]
  const offering = { ...step, tools } as typeof step
  const body = (message: object, finish = 'tool_calls') =>
    new TextEncoder().encode(JSON.stringify({ choices: [{ finish_reason: finish, message: { role: 'assistant', ...message } }] }))
  const good = { tool_calls: [call('ping', '{}')] }

  it('is a value exactly where tools were offered', () => {
    const kind = (one: typeof step, message: object, finish?: string) => {
      const reading = readResponse(one, body(message, finish))
      return reading?.kind === 'rejected' ? reading.code : reading?.kind
    }
    expect(kind(offering, { content: null, ...good })).toBe('value')
    expect(kind(offering, { content: '', ...good })).toBe('value')
    expect(kind(offering, { content: null, ...good }, 'stop')).toBe('value')
    expect(kind(step, { content: null, ...good })).toBe('tool-calls')
    expect(kind(step, { content: 'Yes.', ...good })).toBe('tool-calls')
    expect(kind({ ...offering, toolChoice: 'none' } as typeof step, { content: null, ...good })).toBe('tool-calls')
    // A whole text is an answer to who offered nothing.
    expect(kind(step, { content: 'Yes.', ...good }, 'stop')).toBe('value')
    // What was cut off or refused is not called.
    expect(kind(offering, { content: null, ...good }, 'length')).toBe('cut-off')
    expect(kind(offering, { content: null, refusal: 'No.', ...good })).toBe('refusal')
    expect(kind(offering, { content: 'Plain.' }, 'stop')).toBe('value')
  })
})
