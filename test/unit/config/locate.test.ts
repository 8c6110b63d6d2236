/** Places of config paths in TypeScript, YAML and JSON. */
import { expect, test } from 'vitest'
import { type ConfigPath, locator } from '../../../src/config/locate.ts'
import { scriptTree } from '../../../src/config/locate-script.ts'
import { parseData } from '../../../src/config/parse-data.ts'

/** The text that a path points at. */
function at(source: string, path: ConfigPath, what?: 'key' | 'value'): string {
  const { line = 0, column = 0, length = 0 } = locator('x.ts', source, scriptTree(source))(path, what)
  return source.split('\n')[line - 1]?.slice(column - 1, column - 1 + length) ?? ''
}

const CONFIG = `import { defineConfig } from 'datagen' // defineConfig({ name: 'not this' })
/* export default { name: 'nor this' } */
const text = \`defineConfig({ \${ { a: '}' }.a } \`
const pattern = /[/}'"]\\/{/g, ratio = 4 / 2 / 1
const shared: Record<string, (a: number) => void> = { a: () => {} }
const topics: string[] = ['late', { id: 'lost' }]
export default defineConfig({
  name: 'x, y', // a comma in a comment
  'quoted-key': { deep: [1, [2, 3], { z: "a }" }] },
  dimensions: { topics, other: topics, ...shared, last: ['q'] as const },
  recipe: recipes.singleTurn({ system: ({ cell }) => \`\${cell.a}, {\`, user: 'writer' }),
  where: [(cell) => { return { a: 1 }.a > 0 }, { not: { topic: 'late' } }, ...more, { not: {} }],
  method(a: number) { return { name: 'no' } },
  mapped: [{ a: 1 }].map((x) => x),
  satisfied: { a: 1 } satisfies object,
} satisfies object)
`

test.each<[ConfigPath, string]>([
  [['name'], "'x, y'"],
  [['quoted-key', 'deep', 1, 0], '2'],
  [['quoted-key', 'deep', 2, 'z'], '"a }"'],
  [['dimensions', 'topics', 1], 'topics'],
  [['dimensions', 'other', 0], "'late'"],
  [['dimensions', 'other', 1, 'id'], "'lost'"],
  [['dimensions', 'last', 0], "'q'"],
  [['recipe', 'user'], "'writer'"],
  [['where', 1, 'not', 'topic'], "'late'"],
  [['where', 3, 'not'], 'where'],
  [['method'], 'method'],
  [['mapped', 0, 'a'], 'mapped'],
  [['satisfied', 'a'], '1'],
  [['dimensions', 'absent', 0], 'dimensions'],
])('%j is found in TypeScript', (path, text) => {
  expect(at(CONFIG, path)).toBe(text)
})

test('a key can be pointed at', () => {
  expect(at(CONFIG, ['quoted-key'], 'key')).toBe("'quoted-key'")
  expect(at(CONFIG, ['recipe', 'system'], 'key')).toBe('system')
})

test.each([
  ["export default { name: 'a' }", "'a'"],
  ["const config = { name: 'b' }\nexport default config", "'b'"],
  ["const config: Config = { name: 'c' }\nexport default defineConfig(config)", "'c'"],
  ["module.exports = { name: 'd' }", ''],
])('the config is found however it is exported', (source, text) => {
  expect(at(source, ['name'])).toBe(text)
})

test.each([
  'export default defineConfig({',
  'export default {[[[',
  "defineConfig({ a: '",
  'defineConfig(`${',
  'const a = a\nexport default a',
  'const a = b\nconst b = a\nexport default { x: a }',
  '/*',
  '/[',
  '',
])('broken text %j is no trap', (source) => {
  expect(() => at(source, ['a', 0, 'b'])).not.toThrow()
})

test('YAML and JSON have places for values and keys', () => {
  const yaml = 'name: x\ndims:\n  - a\n  - { id: b, "guide": q }\nlong: |\n  text\n'
  const parsed = parseData('x.yaml', yaml)
  if (!parsed.ok) throw new Error('expected valid YAML')
  expect(parsed.value).toEqual({ name: 'x', dims: ['a', { id: 'b', guide: 'q' }], long: 'text\n' })
  const place = (path: ConfigPath, what?: 'key' | 'value') => {
    const { line, column, length } = parsed.locate(path, what)
    return [line, column, length]
  }
  expect(place(['dims', 1, 'guide'])).toEqual([4, 23, 1])
  expect(place(['dims', 1, 'guide'], 'key')).toEqual([4, 14, 7])
  expect(place(['dims', 7])).toEqual([2, 1, 4])
  const json = parseData('package.json', '{\n  "datagen": { "name": 3 }\n}', 'datagen')
  if (!json.ok) throw new Error('expected valid JSON')
  expect([json.value, json.locate(['name']).line, json.locate(['name']).column]).toEqual([{ name: 3 }, 2, 24])
})
