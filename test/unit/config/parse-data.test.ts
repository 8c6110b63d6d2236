/** JSON is read as JSON where all is well, and as ever where it is not. */
import { expect, it } from 'vitest'
import { parseData } from '../../../src/config/parse-data.ts'

const FILE = '/project/datagen.config.json'

it.each([
  ['nothing but values', '[1, -2.5, 1e3, 12345678901234567890, true, null, "text", [], {}]'],
  ['keys in values', '{"a": "\\"b\\": 1", "c": ["x", ":", "y\\\\", ": z"], "d" : {"a": {"": 2}}}'],
  ['escapes', '{"\\u00e4\\n\\ud83d\\ude00": "\\/\\\\\\"\\t"}'],
  ['a key that is special to the language', '{"constructor": 1, "toString": {"length": 2}}'],
  ['blanks', ' {\r\n\t"a"\n:\n1 } \n'],
])('%s: the same as by the rules of YAML', (_, text) => {
  const [json, yaml] = [parseData(FILE, text), parseData('/project/datagen.config.yaml', text.replaceAll('\t', ' '))]
  expect(json).toMatchObject({ ok: true, value: JSON.parse(text) })
  expect(yaml).toMatchObject({ ok: true, value: JSON.parse(text) })
})

it.each([
  ['as it is', '{"a": 1, "a": 2}', 'a'],
  ['with an escape', '{"a": 1, "\\u0061": 2}', '\\u0061'],
  ['with the same value, deep inside', '{"b": [{"c": {"a": 1, "x": ":", "a": 1}}]}', 'a'],
])('a key given twice, %s, is a problem with a place', (_, text, key) => {
  const parsed = parseData(FILE, text)
  expect(parsed).toMatchObject({ ok: false, problems: [{ headline: `the key "${key}" is given twice`, place: { file: FILE, line: 1 } }] })
})

it('knows where a value stands when somebody asks', () => {
  const parsed = parseData(FILE, '{\n  "name": "x",\n  "datagen": {\n    "a": [1, 2]\n  }\n}', 'datagen')
  if (!parsed.ok) throw new Error('it is good JSON')
  expect(parsed.value).toEqual({ a: [1, 2] })
  expect(parsed.locate(['a', 1])).toMatchObject({ line: 4, column: 14, length: 1 })
  expect(parsed.locate(['a'], 'key')).toMatchObject({ line: 4, column: 5, length: 3 })
})
