/** Each output format: its bytes, and what it cannot hold. Shapes are those of the readers' own documentation. */
import { describe, expect, it, test } from 'vitest'
import type { Example, OutputFormat } from '../../../schema/config.ts'
import { FORMATS } from '../../../src/assemble/formats.ts'
import { lacking } from '../../../src/config/formats.ts'
import { calling, callingTwice, pair, plain, tools, twoTurns } from './examples.ts'

const line = (format: OutputFormat, example: Example) => FORMATS[format].rows(example).map((row) => JSON.stringify(row))
const user = '{"role":"user","content":"How late is it?\u2028"}'
const noon = '{"role":"assistant","content":"Noon."}'
const kind = '{"role":"system","content":"Be kind."}'

describe('a plain conversation', () => {
  it.each<[OutputFormat, string]>([
    ['openai-chat', `{"messages":[${kind},${user},${noon}]}`],
    ['mistral', `{"messages":[${kind},${user},${noon}]}`],
    ['trl-messages', `{"messages":[${kind},${user},${noon}]}`],
    ['trl-prompt-completion', `{"prompt":[${kind},${user}],"completion":[${noon}]}`],
    ['trl-prompt-only', `{"prompt":[${kind},${user}]}`],
    ['sharegpt', '{"conversations":[{"from":"human","value":"How late is it?\u2028"},{"from":"gpt","value":"Noon."}],"system":"Be kind."}'],
    ['alpaca', '{"instruction":"How late is it?\u2028","input":"","output":"Noon.","system":"Be kind."}'],
    [
      'gemini',
      '{"systemInstruction":{"parts":[{"text":"Be kind."}]},"contents":[{"role":"user","parts":[{"text":"How late is it?\u2028"}]},{"role":"model","parts":[{"text":"Noon."}]}]}',
    ],
    [
      'bedrock-nova',
      '{"schemaVersion":"bedrock-conversation-2024","system":[{"text":"Be kind."}],"messages":[{"role":"user","content":[{"text":"How late is it?\u2028"}]},{"role":"assistant","content":[{"text":"Noon."}]}]}',
    ],
  ])('as %s', (format, bytes) => {
    expect(FORMATS[format].problem(plain)).toBe(undefined)
    expect(line(format, plain)).toEqual([bytes])
  })
})

describe('a pair', () => {
  const no = '{"role":"assistant","content":"No idea."}'
  it.each<[OutputFormat, readonly string[]]>([
    ['openai-preference', [`{"input":{"messages":[${kind},${user}]},"preferred_output":[${noon}],"non_preferred_output":[${no}]}`]],
    ['trl-preference', [`{"prompt":[${kind},${user}],"chosen":[${noon}],"rejected":[${no}]}`]],
    [
      'trl-kto',
      [
        `{"prompt":[${kind},${user}],"completion":[${noon}],"label":true}`,
        `{"prompt":[${kind},${user}],"completion":[${no}],"label":false}`,
      ],
    ],
    [
      'sharegpt-preference',
      [
        '{"conversations":[{"from":"human","value":"How late is it?\u2028"}],"chosen":{"from":"gpt","value":"Noon."},"rejected":{"from":"gpt","value":"No idea."},"system":"Be kind."}',
      ],
    ],
    [
      'alpaca-preference',
      ['{"instruction":"How late is it?\u2028","input":"","chosen":"Noon.","rejected":"No idea.","system":"Be kind."}'],
    ],
    [
      'gemini-preference',
      [
        '{"system_instruction":{"parts":[{"text":"Be kind."}]},"contents":[{"role":"user","parts":[{"text":"How late is it?\u2028"}]}],"completions":[{"score":1,"completion":{"role":"model","parts":[{"text":"Noon."}]}},{"score":0,"completion":{"role":"model","parts":[{"text":"No idea."}]}}]}',
      ],
    ],
    // Formats of single conversations take the chosen one.
    ['openai-chat', [`{"messages":[${kind},${user},${noon}]}`]],
  ])('as %s', (format, bytes) => {
    expect(FORMATS[format].problem(pair)).toBe(undefined)
    expect(line(format, pair)).toEqual(bytes)
    expect(FORMATS[format].rowsPerExample).toBe(bytes.length)
  })
})

describe('tool calls', () => {
  const given = JSON.stringify('{"city":"Oslo","exact":true}')
  const tool = JSON.stringify(tools)

  it('have their arguments as JSON text for OpenAI', () => {
    expect(line('openai-chat', calling)).toEqual([
      `{"messages":[${user},{"role":"assistant","content":null,"tool_calls":[{"id":"call_0_0","type":"function","function":{"name":"time_in","arguments":${given}}}]},{"role":"tool","tool_call_id":"call_0_0","content":"{\\"time\\":\\"12:00\\"}"},${noon}],"tools":${tool}}`,
    ])
  })

  it('have their arguments as an object for TRL, and results by name', () => {
    expect(line('trl-messages', calling)).toEqual([
      `{"messages":[${user},{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"time_in","arguments":{"city":"Oslo","exact":true}}}]},{"role":"tool","name":"time_in","content":"{\\"time\\":\\"12:00\\"}"},${noon}],"tools":${tool}}`,
    ])
  })

  it('have ids of nine characters for Mistral, the same in call and result', () => {
    const [row] = FORMATS.mistral.rows(calling) as unknown as [
      { messages: [object, { tool_calls: { id: string }[] }, { tool_call_id: string }] },
    ]
    expect(row.messages[1].tool_calls[0]?.id).toMatch(/^[0-9a-z]{9}$/)
    expect(row.messages[2].tool_call_id).toBe(row.messages[1].tool_calls[0]?.id)
  })

  it('are function_call and observation in ShareGPT, with the functions as text', () => {
    expect(FORMATS.sharegpt.problem(calling)).toBe(undefined)
    expect(FORMATS.sharegpt.rows(calling)).toEqual([
      {
        conversations: [
          { from: 'human', value: 'How late is it?\u2028' },
          { from: 'function_call', value: '{"name":"time_in","arguments":{"city":"Oslo","exact":true}}' },
          { from: 'observation', value: '{"time":"12:00"}' },
          { from: 'gpt', value: 'Noon.' },
        ],
        tools: JSON.stringify([tools?.[0]?.function]),
      },
    ])
  })

  it('are refused, by name, where there is no place for them', () => {
    expect(FORMATS.alpaca.problem(calling)).toBe('it has tool calls')
    expect(FORMATS.gemini.problem(calling)).toBe('it has tool calls')
    expect(FORMATS['bedrock-nova'].problem(calling)).toBe('it has tool calls')
    expect(FORMATS.sharegpt.problem(callingTwice)).toBe('it has several calls at once')
    expect(FORMATS['openai-chat'].problem(callingTwice)).toBe(undefined)
  })
})

test('what a format cannot hold is said of the example', () => {
  expect(FORMATS.alpaca.problem(twoTurns)).toBe('it is not one question and one answer')
  expect(FORMATS['openai-preference'].problem(plain)).toBe('it has no rejected answer')
  const twice: Example = { ...plain, messages: [...plain.messages.slice(0, 2), ...plain.messages.slice(1)] }
  expect(FORMATS.sharegpt.problem(twice)).toBe('its speakers do not take turns')
  expect(FORMATS.gemini.problem(twice)).toBe('user and assistant do not take turns')
  const late: Example = { messages: [...plain.messages, { role: 'system', content: 'x' }, ...plain.messages.slice(1)] }
  expect(FORMATS.mistral.problem(late)).toBe('it has a system message in the middle')
})

test('what a format cannot hold is known from the recipe, with formats that could', () => {
  expect(lacking('openai-preference', { rejected: false, tools: false, turns: 'one' })?.why).toBe(
    'and the recipe makes no rejected answers',
  )
  expect(lacking('alpaca', { rejected: false, tools: true, turns: 'many' })).toEqual({
    why: 'which has no place for tool calls',
    hint: 'use "openai-chat", "trl-messages", "trl-prompt-completion", "trl-prompt-only"',
  })
  expect(lacking('alpaca-preference', { rejected: true, tools: false, turns: 'many' })?.hint).toContain('"openai-preference"')
  expect(lacking('trl-preference', { rejected: true, tools: true, turns: 'many' })).toBe(undefined)
})
