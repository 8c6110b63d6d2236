/** The presets in `presets/` and the types that speak of them. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dimensions } from '../../../src/config/authoring.ts'
import type { DimensionPresets, RubricName } from '../../../src/config/preset-names.ts'
import {
  type DimensionFile,
  type DomainFile,
  type MethodFile,
  presetDimension,
  presetKinds,
  presetNames,
  type RubricFile,
  readPreset,
} from '../../../src/config/presets.ts'
import { DEFAULT_MAX_CELLS } from '../../../src/config/product.ts'

// Compiles only while it has exactly the names and ids of the types.
const TYPED: { readonly [P in keyof DimensionPresets]: { readonly [Id in DimensionPresets[P]]: true } } = {
  phrasing: { question: true, command: true, statement: true, mixed: true },
  expertise: { beginner: true, intermediate: true, expert: true },
  complexity: { brief: true, standard: true, detailed: true },
  context: { minimal: true, rich: true, error: true },
  edge: { happy: true, boundary: true, error: true, special: true },
  weakness: {
    'wrong-fact': true,
    'missing-step': true,
    'too-terse': true,
    'ignores-the-context': true,
    'unsafe-shortcut': true,
    'answers-another-question': true,
    'overconfident-guess': true,
    'buried-in-padding': true,
  },
  operation: { deepen: true, concretise: true, 'add-constraint': true, 'add-reasoning': true, broaden: true, combine: true },
  personas: {
    'night-shift-nurse': true,
    'retired-engineer': true,
    'first-year-student': true,
    'shop-owner': true,
    'science-teacher': true,
    'platform-engineer': true,
    'new-parent': true,
    'grant-writer': true,
    farmer: true,
    'immigrant-carpenter': true,
    'data-journalist': true,
    'hobby-astronomer': true,
  },
}

test('the files and the types name the same presets and values', () => {
  expect(presetNames('dimensions')).toEqual(Object.keys(TYPED).sort())
  for (const [name, ids] of Object.entries(TYPED)) expect(presetDimension(name).map(({ id }) => id)).toEqual(Object.keys(ids))
})

// Compiles only while the names on both sides are the same; the ids within are compared below.
const RUBRICS: { readonly [R in RubricName]: true } = {
  conversation: true,
  code: true,
  creative: true,
  'data-analysis': true,
  'technical-docs': true,
  adherence: true,
  preference: true,
}

test('the types of domains, formats and rubrics say what the files say', () => {
  expect(presetKinds().filter((kind) => kind !== 'patterns')).toEqual(['domains', 'formats', 'dimensions', 'batches', 'rubrics'])
  expect(presetNames('rubrics')).toEqual(Object.keys(RUBRICS).sort())
  const source = readFileSync('src/config/preset-names.ts', 'utf8')
  for (const name of presetNames('domains')) {
    const { dimensions, scenarios } = readPreset('domains', name)
    expect(typed(source, 'DomainPresets', name)).toEqual({ scenario: ids(scenarios), ...valueIds(dimensions) })
  }
  for (const name of presetNames('formats'))
    expect(typed(source, 'FormatPresets', name)).toEqual(valueIds(readPreset('formats', name).dimensions))
  expect(presetNames('domains')).toEqual(['education', 'support', 'technical'])
  expect(presetNames('formats')).toEqual(['code', 'creative', 'data-analysis', 'technical-docs'])
})

test('every value has a guide that ends as a sentence and an example, and every preset a title', () => {
  for (const kind of ['domains', 'formats', 'dimensions', 'rubrics'] as const)
    for (const name of presetNames(kind)) {
      const preset = readPreset(kind, name)
      expect(preset.title).toMatch(/^\S.{9,60}$/)
      const { values, guides, scenarios, dimensions, criteria, checks } = preset as Partial<Everything>
      const told = [
        values,
        guides?.user,
        guides?.assistant,
        scenarios,
        criteria,
        ...Object.values(dimensions ?? {}).map((one) => one.values),
      ].flatMap((list) => list ?? [])
      expect(told.length).toBeGreaterThan(0)
      for (const { id, guide, example } of told) {
        expect(id).toMatch(/^[a-z][a-z0-9-]*$/)
        expect(guide).toMatch(/^[A-Z“"][^\n]{20,420}[.?]$/)
        expect(example).toMatch(/^[^\n]{3,250}$/)
      }
      for (const { id, why } of checks ?? []) expect([id, why].join(' ')).toMatch(/^[a-z-]+ [a-z].{15,80}[^.]$/)
    }
})

test('within a domain with a format no two parts have one id, so that `without` means one of them', () => {
  const parts = ({ guides, dimensions, checks, scenarios }: MethodFile & Partial<DomainFile>) => [
    ...ids([...guides.user, ...guides.assistant, ...checks, ...(scenarios ?? [])]),
    ...Object.keys(dimensions),
  ]
  for (const domain of presetNames('domains'))
    for (const format of presetNames('formats')) {
      const all = [
        ...parts(readPreset('domains', domain)),
        ...parts(readPreset('formats', format)),
        ...presetNames('dimensions'),
        'scenario',
      ]
      expect(all.filter((id, i) => all.indexOf(id) !== i)).toEqual([])
    }
})

test('with all five standard dimensions, every domain and every format of ten scenarios stays below the limit of cells', () => {
  const product = (lists: readonly (readonly unknown[])[]) => lists.reduce((cells, list) => cells * list.length, 1)
  const standard = product(['phrasing', 'expertise', 'context', 'complexity', 'edge'].map((name) => presetDimension(name)))
  const further = (file: MethodFile) => product(Object.values(file.dimensions).map(({ values }) => values))
  const domains = presetNames('domains').map((name) => readPreset('domains', name))
  expect(domains.map((file) => [file.name, file.scenarios.length, further(file) * file.scenarios.length * standard])).toEqual([
    ['education', 15, 174_960],
    ['support', 14, 290_304],
    ['technical', 15, 77_760],
  ])
  for (const name of presetNames('formats')) expect(10 * further(readPreset('formats', name)) * standard).toBeLessThan(DEFAULT_MAX_CELLS)
})

test('every rubric has criteria with three to five anchored levels and a level from which they pass', () => {
  for (const name of presetNames('rubrics')) {
    const { criteria } = readPreset('rubrics', name)
    expect(new Set(ids(criteria)).size).toBe(criteria.length)
    for (const { levels, pass } of criteria) {
      expect(levels.length).toBeGreaterThanOrEqual(3)
      expect(levels.length).toBeLessThanOrEqual(5)
      expect(ids(levels).indexOf(pass)).toBeGreaterThan(0)
      expect(new Set(levels.map(({ guide }) => guide)).size).toBe(levels.length)
    }
  }
  expect(ids(readPreset('rubrics', 'conversation').criteria)).toEqual([
    'natural-turns',
    'specific-questions',
    'builds-on-context',
    'fitting-escalation',
    'real-interaction',
    'both-listen',
    'clear-resolution',
  ])
  for (const name of presetNames('formats')) expect(readPreset('formats', name).rubric).toBe(name)
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
  for (const kind of ['dimensions', 'domains']) expect(() => readPreset(kind, name)).toThrow('there is no')
})

type Everything = DimensionFile & DomainFile & RubricFile

function ids(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id)
}

function valueIds(dimensions: MethodFile['dimensions']): { [name: string]: string[] } {
  return Object.fromEntries(Object.entries(dimensions).map(([name, { values }]) => [name, ids(values)]))
}

/** The ids that an interface of `preset-names.ts` has for a preset, by dimension. */
function typed(source: string, shape: string, preset: string): { [name: string]: string[] } {
  const body = source.slice(source.indexOf(`interface ${shape} {`)).split('\n}\n')[0] ?? ''
  const block = body.split(new RegExp(`\n  '?${preset}'?: \\{\n`))[1]?.split('\n  }')[0] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/^ {4}(\w+):((?:\s*\|?\s*'[^']+')+)/gm)].map(([, name = '', union = '']) => [
      name,
      [...union.matchAll(/'([^']+)'/g)].map(([, id = '']) => id),
    ]),
  )
}
