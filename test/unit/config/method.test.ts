/** `domain` and `format`: what they add to a dataset, what changes take away, and that they move nothing else. */
import { expect, test } from 'vitest'
import type { Config, StepContext } from '../../../schema/config.ts'
import type { Dataset } from '../../../src/config/dataset.ts'
import { presetNames, readPreset } from '../../../src/config/presets.ts'
import { askRequest } from '../../../src/plan/render.ts'
import { datasetOf, wrong } from './dataset.ts'

const names = ({ dimensions }: Dataset) => dimensions.map(({ name }) => name)
const dataset = async (config: Partial<Config>) => (await datasetOf({ dimensions: {}, ...config })).dataset

/** What each step sends for the first cell, as one text. */
function prompts({ dimensions, recipe }: Dataset): string {
  const first = dimensions.map(({ name, values }) => ({ name, value: values[0] as (typeof values)[number] }))
  const context: StepContext = {
    cell: Object.fromEntries(first.map(({ name, value }) => [name, value.id])),
    guide: Object.fromEntries(first.map(({ name, value }) => [name, value.guide])),
    steps: { user: 'How?', assistant: 'So.' },
    sample: 0,
    covered: [],
    remarks: [],
  }
  return JSON.stringify(recipe.steps.map((step) => (step.kind === 'ask' ? askRequest(step, context) : step.name)))
}

test('a name, a domain and a recipe are a dataset: scenarios, further dimensions, checks, and guides for both sides', async () => {
  for (const name of presetNames('domains')) {
    const file = readPreset('domains', name)
    const made = await dataset({ domain: name })
    expect(names(made)).toEqual(['scenario', ...Object.keys(file.dimensions)])
    expect(made.dimensions[0]?.values.map(({ id }) => id)).toEqual(file.scenarios.map(({ id }) => id))
    expect(made.checks.map(({ id }) => id)).toEqual(file.checks.map(({ id }) => id))
    const sent = prompts(made)
    for (const { guide } of [...file.guides.user, ...file.guides.assistant]) expect(sent).toContain(JSON.stringify(guide).slice(1, -1))
  }
})

test("the config's own dimensions come first and win by name, then the domain's, then the format's", async () => {
  const made = await dataset({
    domain: 'technical',
    format: 'code',
    dimensions: { phrasing: { preset: 'phrasing' }, scenario: ['csv'], language: ['rust'] },
  })
  expect(names(made)).toEqual(['phrasing', 'scenario', 'language', 'focus', 'paradigm', 'extent', 'approaches'])
  expect(made.dimensions[1]?.values).toEqual([{ id: 'csv', guide: 'csv', weight: 1 }])
  expect(made.dimensions[2]?.values.map(({ id }) => id)).toEqual(['rust'])
})

test('dimensions that shape the answer are told to whoever answers, and no others', async () => {
  const { recipe, dimensions } = await dataset({ domain: 'technical', dimensions: { complexity: { preset: 'complexity' } } })
  const answer = recipe.steps.find(({ name }) => name === 'assistant')
  const context = {
    cell: Object.fromEntries(dimensions.map(({ name, values }) => [name, values[0]?.id ?? ''])),
    guide: Object.fromEntries(dimensions.map(({ name }) => [name, `guide of ${name}`])),
    steps: { user: 'How?' },
    sample: 0,
    covered: [],
    remarks: [],
  }
  const system = answer?.kind === 'ask' ? JSON.stringify(askRequest(answer, context)) : ''
  expect([...system.matchAll(/- (\w+): /g)].map(([, name]) => name)).toEqual(['complexity', 'language'])
})

test('`without` drops guides, dimensions, scenarios and checks; lists replace or pick', async () => {
  const { checks, ...made } = await dataset({
    domain: {
      preset: 'technical',
      without: ['language', 'parse-log', 'user-size', 'one-thing'],
      scenarios: ['large-file', 'parse-log', 'time-zones'],
      assistant: ['Answer in rhyme.'],
    },
    format: { preset: 'code', dimensions: ['extent'], user: [] },
  })
  expect(names({ ...made, checks })).toEqual(['scenario', 'focus', 'extent'])
  expect(made.dimensions[0]?.values.map(({ id }) => id)).toEqual(['large-file', 'time-zones'])
  expect(checks.map(({ id }) => id)).toEqual(['unfinished-code', 'ai-disclaimer', 'shows-code'])
  const sent = prompts({ ...made, checks })
  expect(sent).toContain('Answer in rhyme.')
  for (const gone of ['one problem that one reply', 'Answer what was asked', 'wants code they can put to use'])
    expect(sent).not.toContain(gone)
  expect(sent).toContain('a reviewer would let through')
})

test("own checks come first and keep the ids they have; a custom check cannot take a preset's", async () => {
  const { checks } = await dataset({ domain: 'support', checks: [{ check: 'length', of: 'user', min: 1 }, { check: 'unique' }] })
  expect(checks.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
    'length reject',
    'unique reject',
    'blanks-to-fill reject',
    'ai-disclaimer reject',
    'asks-for-secrets reject',
    'stock-sympathy warn',
    'user-size reject',
  ])
  expect(await wrong({ domain: 'support', checks: [{ check: 'custom', name: 'user-size', test: () => true }] })).toEqual([
    'two checks are called "user-size"',
  ])
})

test('names that do not exist are found, with a suggestion', async () => {
  expect(await wrong({ domain: 'tecnical' })).toEqual(['there is no domain "tecnical"'])
  expect(await wrong({ format: { preset: 'poem' } })).toEqual(['there is no format "poem"'])
  expect(await wrong({ domain: { preset: 'technical', without: ['langage'], scenarios: ['parse'], dimensions: ['depth'] } })).toEqual([
    'the domain "technical" has no part "langage"',
    'the domain "technical" has no dimension "depth"',
    'the domain "technical" has no scenario "parse"',
  ])
})

test('every format brings its dimensions and its rubric, alone and with a domain', async () => {
  for (const name of presetNames('formats')) {
    const file = readPreset('formats', name)
    const made = await dataset({ format: name, domain: 'education' })
    expect(names(made).slice(-Object.keys(file.dimensions).length)).toEqual(Object.keys(file.dimensions))
    expect(names(await dataset({ format: name }))).toEqual(Object.keys(file.dimensions))
    expect(prompts(made)).toContain(JSON.stringify(file.guides.assistant[0]?.guide).slice(1, -1))
  }
})

test('too many cells with a preset: the hint names `without`', async () => {
  try {
    await datasetOf({ domain: 'support', dimensions: Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`d${i}`, [...'abcdefgh']])) })
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ diagnostics: [{ code: 'config/too-many-cells', hint: expect.stringContaining('`without`') }] })
  }
})
