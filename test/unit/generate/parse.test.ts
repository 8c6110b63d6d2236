/** From answers to values: what is accepted, and what never becomes a row. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAnswer } from '../../../src/generate/parse.ts'
import { checkSchema } from '../../../src/util/json-schema.ts'

const pair = {
  type: 'object',
  properties: { a: { type: 'integer' }, b: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
} as const
const verdict = (content: string, schema?: Parameters<typeof parseAnswer>[1]) => {
  const parsed = parseAnswer(content, schema)
  return parsed.kind === 'value' ? parsed.value : parsed.code
}

describe('texts', () => {
  test.each<[string, string, string]>([
    ['trimmed', '  hello \n', 'hello'],
    ['line ends', 'a\r\nb', 'a\nb'],
    ['tabs and line breaks stay', 'a\tb\nc', 'a\tb\nc'],
    ['all of Unicode stays', 'žluť 🙂 \u2028 é', 'žluť 🙂 \u2028 é'],
    ['nothing', ' \n ', 'empty'],
    ['colours', 'a\u001b[31mred', 'control-characters'],
    ['the clipboard', '\u001b]52;c;aGk=\u0007', 'control-characters'],
    ['C1 controls', 'a\u009b31m', 'control-characters'],
    ['NUL', 'a\u0000b', 'control-characters'],
    ['a lone carriage return', 'a\rb', 'control-characters'],
    ['DEL', 'a\u007fb', 'control-characters'],
    ['half a surrogate pair', 'a\ud800b', 'control-characters'],
  ])('%s', (_, content, expected) => {
    expect(verdict(content)).toBe(expected)
  })

  test('every text that becomes a value is well formed and free of control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (content) => {
        const parsed = parseAnswer(content)
        if (parsed.kind === 'value')
          expect(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(parsed.value as string) || !(parsed.value as string).isWellFormed()).toBe(
            false,
          )
      }),
    )
  })
})

describe('JSON', () => {
  test.each<[string, string, unknown]>([
    ['plain', '{"a":1}', { a: 1 }],
    ['one fence around everything', '```json\n{"a":1}\n```', { a: 1 }],
    ['a fence without a language', '```\n{"a":1}\n```', { a: 1 }],
    ['words around a fence', 'Sure:\n```json\n{"a":1}\n```', 'not-json'],
    ['two fences', '```json\n{"a":1}\n```\n```json\n{"a":2}\n```', 'not-json'],
    ['trailing words', '{"a":1} ok', 'not-json'],
    ['single quotes', "{'a':1}", 'not-json'],
    ['a missing field', '{"b":"x"}', 'schema'],
    ['a wrong type', '{"a":"1"}', 'schema'],
    ['a further field', '{"a":1,"c":2}', 'schema'],
    ['duplicate keys: the last counts', '{"a":1,"a":2}', { a: 2 }],
    ['negative zero', '{"a":-0}', { a: 0 }],
    ['escapes inside a text', '{"a":1,"b":"\\u001b[31m"}', 'control-characters'],
    ['half a surrogate inside a text', '{"a":1,"b":"\\ud800"}', 'control-characters'],
    ['escapes inside a name', '{"a":1,"\\u001b":2}', 'control-characters'],
    ['line ends inside a text', '{"a":1,"b":"x\\r\\ny"}', { a: 1, b: 'x\ny' }],
    ['a number beyond all numbers', '{"a":1e400}', 'not-json'],
    ['nesting', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'not-json'],
    ['nothing', '', 'empty'],
  ])('%s', (_, content, expected) => {
    expect(verdict(content, pair)).toEqual(expected)
  })

  test('a __proto__ field is data, and changes no prototype', () => {
    const parsed = parseAnswer('{"__proto__":{"polluted":true},"a":1}', { type: 'object' })
    if (parsed.kind !== 'value') throw new Error('expected a value')
    expect([Object.hasOwn(parsed.value as object, '__proto__'), ({} as { polluted?: boolean }).polluted]).toEqual([true, undefined])
  })

  test('the first error is said in short', () => {
    expect(parseAnswer('{"a":"x"}', pair)).toEqual({
      kind: 'rejected',
      code: 'schema',
      message: 'the answer does not match the schema: /a must be integer',
    })
  })

  test('brackets inside texts are no nesting', () => {
    expect(verdict(JSON.stringify({ a: 1, b: `${'['.repeat(500)}"\\` }), pair)).toEqual({ a: 1, b: `${'['.repeat(500)}"\\` })
  })

  test('a recursive schema meets its equal', () => {
    const tree = { $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } }, $ref: '#/$defs/node' }
    expect(verdict('{"next":{"next":{}}}', tree)).toEqual({ next: { next: {} } })
    expect(verdict('{"next":3}', tree)).toBe('schema')
  })
})

describe('schemas', () => {
  test.each<[string, Parameters<typeof checkSchema>[0], string | undefined]>([
    ['a good one', pair, undefined],
    ['draft-07', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array', items: [{ type: 'string' }] }, undefined],
    ['2020-12', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'array', prefixItems: [{ type: 'string' }] }, undefined],
    [
      'an unknown type',
      { type: 'strin' },
      'schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf',
    ],
    ['a reference to nowhere', { $ref: '#/$defs/no' }, "can't resolve reference #/$defs/no from id #"],
    [
      'a reference to another document',
      { $ref: 'https://example.com/x.json' },
      "can't resolve reference https://example.com/x.json from id #",
    ],
  ])('%s', (_, schema, expected) => {
    expect(checkSchema(schema)).toBe(expected)
  })

  test('two schemas with one $id do not collide', () => {
    expect(verdict('"x"', { $id: 'same', type: 'string' })).toBe('x')
    expect(verdict('3', { $id: 'same', type: 'number' })).toBe(3)
  })
})
