/** Defaults, order and files of a normalised config. */
import { expect, test } from 'vitest'
import { datasetOf, wrong } from './dataset.ts'
import { Project, script } from './project.ts'

test('what is left out has its default', async () => {
  const { dataset } = await datasetOf({})
  const { batches, outputs, checks, concurrency, maxCells, recipe, dimensions } = dataset
  expect({ batches, outputs, checks, concurrency, maxCells, attempts: recipe.attempts }).toEqual({
    batches: [{ name: 'all', samples: 1, after: [], rounds: 3, candidates: 0, remarks: false }],
    outputs: [{ name: 'train', format: 'openai-chat', path: '/nowhere/data/train.jsonl', holdout: [], batches: ['all'] }],
    checks: [],
    concurrency: 8,
    maxCells: 2_000_000,
    attempts: 2,
  })
  expect(dimensions).toEqual([
    {
      name: 'topic',
      values: [
        { id: 'late', guide: 'late', weight: 1 },
        { id: 'lost', guide: 'the parcel is lost', weight: 1 },
      ],
    },
  ])
})

test('batches run in the declared order wherever `after` allows', async () => {
  const { dataset } = await datasetOf({ batches: { polish: { after: ['gaps', 'core'] }, gaps: { after: ['core'] }, core: {}, extra: {} } })
  expect(dataset.batches.map(({ name }) => name)).toEqual(['core', 'gaps', 'polish', 'extra'])
})

test('a thousand batches in a row are no trap', async () => {
  const batches = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`b${i}`, i === 999 ? {} : { after: [`b${i + 1}`] }]))
  expect((await datasetOf({ batches })).dataset.batches[0]?.name).toBe('b999')
})

test('a split is written beside its output', async () => {
  const { dataset } = await datasetOf({ outputs: { train: { path: 'out/a.jsonl', holdout: { valid: 0.1, test: 0.2 } } } })
  expect(dataset.outputs[0]?.holdout).toEqual([
    { split: 'valid', share: 0.1, path: '/nowhere/out/valid.jsonl' },
    { split: 'test', share: 0.2, path: '/nowhere/out/test.jsonl' },
  ])
})

test('checks have ids of their own', async () => {
  const { dataset } = await datasetOf({
    checks: [
      { check: 'unique' },
      { check: 'length', of: 'user', min: 1 },
      { check: 'length', of: 'assistant', max: 9 },
      { check: 'custom', name: 'polite', test: () => true },
      { check: 'forbid', phrases: ['x'] },
    ],
  })
  expect(dataset.checks.map(({ id }) => id)).toEqual(['unique', 'length', 'length-2', 'polite', 'forbid'])
  expect(dataset.checks[2]?.rule).toEqual({ check: 'length', of: 'assistant', min: 0, max: 9 })
  expect(dataset.checks[4]?.rule).toEqual({ check: 'forbid', of: 'assistant', phrases: ['x'] })
})

test('as many cells as allowed are planned, and one more is refused', async () => {
  const dimensions = { a: Array.from({ length: 10 }, (_, i) => `v${i}`), b: ['x', 'y'] }
  expect(await wrong({ dimensions, maxCells: 20 })).toEqual([])
  expect(await wrong({ dimensions, maxCells: 19 })).toEqual(['the dimensions make 20 cells, more than 19'])
})

test('more cells than may be gone through are refused only to a batch that takes every one', async () => {
  const dimensions = { a: Array.from({ length: 10 }, (_, i) => `v${i}`), b: ['x', 'y'] }
  const few = { size: 3 }
  expect(await wrong({ dimensions, maxCells: 19, batches: { few, pairs: { select: 'pairwise' }, each: { per: ['a'] } } })).toEqual([])
  expect(await wrong({ dimensions, maxCells: 19, batches: { few, rest: {} } })).toEqual(['the dimensions make 20 cells, more than 19'])
  const wide = Object.fromEntries(Array.from({ length: 10 }, (_, d) => [`d${d}`, Array.from({ length: 10 }, (_v, v) => `v${v}`)]))
  expect(await wrong({ dimensions: wide, batches: { few } })).toEqual(['the dimensions make 10,000,000,000 cells, more than 2,147,483,647'])
})

test('10^40 cells are counted exactly and refused at once', async () => {
  const dimensions = Object.fromEntries(Array.from({ length: 40 }, (_, d) => [`d${d}`, Array.from({ length: 10 }, (_v, v) => `v${v}`)]))
  const started = performance.now()
  expect(await wrong({ dimensions })).toEqual([
    `the dimensions make 1${',000'.repeat(13).replace(',000', '0,000')} cells, more than 2,000,000`,
  ])
  expect(performance.now() - started).toBeLessThan(200)
})

test('samples that make too many items are refused', async () => {
  const dimensions = { a: Array.from({ length: 20_000 }, (_, i) => `v${i}`) }
  expect(await wrong({ dimensions, batches: { core: { samples: 10_000 } } })).toEqual([
    'batch "core" would have 200,000,000 items, more than 100,000,000',
  ])
})

test('files of the project that a command names belong to its key, and their absence is noted', async () => {
  using project = new Project({
    'datagen.config.ts': script({
      recipe:
        "{ steps: { count: { run: ['python3', 'tools/count.py', '--fast', '../outside.py', 'tools'] } }, example: { messages: [{ role: 'user', content: '{{ steps.count }}' }] } }",
    }),
    'tools/count.py': 'print(1)',
  })
  const { dataset, reads } = await project.load()
  const [step] = dataset.recipe.steps
  expect(step?.kind === 'run' && Object.keys(step.files)).toEqual(['tools/count.py'])
  expect(reads.files.get(project.path('tools/count.py'))).toMatch(/^[0-9a-f]{64}$/)
  expect(reads.files.get(project.path('python3'))).toBe(null)
})

test('the example of the README, which is the config of this project, has 27 cells of four dimensions in one file', async () => {
  const { loadConfig } = await import('../../../src/config/load.ts')
  const { dataset, configPath } = await loadConfig({ cwd: process.cwd(), env: {} })
  expect(dataset.dimensions.map(({ name, values }) => [name, values.length])).toEqual([
    ['scenario', 1],
    ['expertise', 3],
    ['phrasing', 3],
    ['complexity', 3],
  ])
  expect(dataset.dimensions.flatMap(({ values }) => values).filter(({ id, guide }) => id === guide)).toEqual([])
  expect(dataset.outputs.map(({ path, holdout }) => [path, holdout])).toEqual([[`${process.cwd()}/data/train.jsonl`, []]])
  const { readFileSync } = await import('node:fs')
  expect(readFileSync(configPath, 'utf8').split('\n').length).toBeLessThan(40)
})
