/** Which conversations are good enough to become rows. */
import { describe, expect, it } from 'vitest'
import type { Example } from '../../../schema/config.ts'
import { BadExample } from '../../../src/config/bad-example.ts'
import { checkExample } from '../../../src/plan/example.ts'
import { calling, callingTwice, pair, plain, twoTurns } from '../assemble/examples.ts'

const complaint = (example: unknown): [string, string] | undefined => {
  try {
    checkExample(example as Example)
    return undefined
  } catch (error) {
    if (error instanceof BadExample) return [error.code, error.message]
    throw error
  }
}
const user = { role: 'user', content: 'x' }
const end = { role: 'assistant', content: 'y' }
const call = (more: object = {}) => ({ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, ...more })
const calls = (...list: object[]) => ({ role: 'assistant', content: null, tool_calls: list })
const result = (id = 'a') => ({ role: 'tool', tool_call_id: id, content: '' })

describe('an example', () => {
  it.each<[string, Example]>(Object.entries({ plain, twoTurns, pair, calling, callingTwice }))('may be %s', (_, example) => {
    expect(complaint(example)).toBe(undefined)
  })

  it.each<[string, readonly object[], string]>([
    ['a tool nobody called', [user, result(), end], 'messages[1] (tool) answers no call before it'],
    ['another call answered', [user, calls(call()), result('b'), end], 'messages[2] (tool) answers no call before it'],
    ['a call without its result', [user, calls(call()), end], 'messages[2] (assistant) comes before the result of the call "a"'],
    ['a call at the end', [user, calls(call())], 'the conversation ends with a call and not with an answer'],
    ['two calls with one id', [user, calls(call(), call()), result(), end], 'messages[1] has two calls with the id "a"'],
    [
      'arguments that are no text',
      [user, calls(call({ function: { name: 'f', arguments: {} } })), result(), end],
      'messages[1] calls "f" with arguments that are not the text of a JSON object',
    ],
    [
      'arguments encoded twice',
      [user, calls(call({ function: { name: 'f', arguments: '"{}"' } })), result(), end],
      'messages[1] calls "f" with arguments that are not the text of a JSON object',
    ],
    ['a user who calls', [{ ...user, tool_calls: [call()] }, end], 'messages[0] (user) calls a tool, which only the assistant can'],
    ['nothing said and nothing called', [user, { role: 'assistant', content: null }], 'messages[1] (assistant) is empty'],
  ])('may not have %s', (_, messages, message) => {
    expect(complaint({ messages })).toEqual(['bad-example', message])
  })

  it('may not turn down what it chose, however it is spaced', () => {
    expect(complaint({ messages: [user, end], rejected: [{ role: 'assistant', content: ' y\n' }] })).toEqual([
      'equal-pair',
      'the rejected answer is the same as the chosen one',
    ])
  })

  it('may not turn down what is no answer', () => {
    expect(complaint({ messages: [user, end], rejected: [] })?.[1]).toBe('"rejected" has no messages')
    expect(complaint({ messages: [user, end], rejected: [user] })?.[1]).toBe('rejected[0] is not from the assistant')
    expect(complaint({ messages: [user, end], rejected: [{ role: 'assistant', content: ' ' }] })?.[1]).toBe(
      'rejected[0] (assistant) is empty',
    )
  })
})
