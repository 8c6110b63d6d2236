/** The presets in `presets/` and the types that speak of them. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dimensions } from '../../../src/config/authoring.ts'
import type { DimensionPresets } from '../../../src/config/preset-names.ts'
import { presetDimension, presetNames, readPreset } from '../../../src/config/presets.ts'

// Compiles only while it has exactly the names and ids of the types.
const TYPED: { readonly [P in keyof DimensionPresets]: { readonly [Id in DimensionPresets[P]]: true } } = {
  phrasing: { question: true, command: true, statement: true, mixed: true },
  expertise: { beginner: true, intermediate: true, expert: true },
  complexity: { brief: true, standard: true, detailed: true },
  context: { minimal: true, rich: true, error: true },
  edge: { happy: true, boundary: true, error: true, special: true },
}

test('the files and the types name the same presets and values', () => {
  expect(presetNames()).toEqual(
    readdirSync('presets/dimensions')
      .map((file) => file.replace('.yaml', ''))
      .sort(),
  )
  expect(presetNames()).toEqual(Object.keys(TYPED).sort())
  for (const [name, ids] of Object.entries(TYPED)) expect(presetDimension(name).map(({ id }) => id)).toEqual(Object.keys(ids))
})

test('every value has a guide and an example of one line, and every preset a title', () => {
  for (const name of presetNames()) {
    const { title, values } = readPreset(name)
    expect(title).toMatch(/^\S.{9,60}$/)
    for (const { guide, example } of values) {
      expect(guide).toMatch(/^[A-Z“"][^\n]{20,300}\.$/)
      expect(example).toMatch(/^[^\n]{10,250}$/)
    }
  }
})

test('the weights of the edge preset put 20 to 30 % of the rows outside the happy path', () => {
  const weights = presetDimension('edge').map(({ id, weight = 1 }) => ({ id, weight }))
  const total = weights.reduce((sum, { weight }) => sum + weight, 0)
  const outside = weights.filter(({ id }) => id !== 'happy').reduce((sum, { weight }) => sum + weight, 0)
  expect(outside / total).toBeGreaterThanOrEqual(0.2)
  expect(outside / total).toBeLessThanOrEqual(0.3)
})

test('dimensions() spreads whole presets, and pick keeps the order asked for', () => {
  expect(Object.entries(dimensions('expertise', 'edge')).map(([name, values]) => [name, values.length])).toEqual([
    ['expertise', 3],
    ['edge', 4],
  ])
  expect(dimensions.pick('phrasing', ['command', 'question']).map(({ id }) => id)).toEqual(['command', 'question'])
})

test.each(['../../package', '..%2fphrasing', '/etc/passwd', 'phrasing.yaml', '', '__proto__', 'phrasing\0'])('%j is no preset', (name) => {
  expect(() => readPreset(name)).toThrow('there is no preset')
})
