/** Loading: found where it should be, fresh every time, with the exact list of what was read. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of TypeScript configs

import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { relative } from 'node:path'
import { expect, test } from 'vitest'
import type { Loaded, Reads } from '../../../src/config/dataset.ts'
import { Project, said, script } from './project.ts'

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const YAML = 'name: from yaml\ndimensions: { topic: [a] }\nrecipe: { preset: singleTurn }\n'
const named = (name: string) => script({ name })

/** What was read and what was absent, by path inside the project. */
function files(reads: Reads, root: string): { [path: string]: string | null } {
  const own = [...reads.files].filter(([path]) => path.startsWith(root))
  return Object.fromEntries(own.map(([path, digest]) => [relative(root, path), digest]))
}

const ids = ({ dataset }: Loaded) => dataset.dimensions.map(({ values }) => values.map(({ id }) => id))

test('a config is found from a folder below it, and its folder is the root', async () => {
  using project = new Project({ 'datagen.config.ts': named("'above'") })
  mkdirSync(project.path('a/b'), { recursive: true })
  const { root, configPath, dataset } = await project.load({ cwd: project.path('a/b') })
  expect([root, configPath, dataset.name]).toEqual([project.root, project.path('datagen.config.ts'), 'above'])
})

test('the search ends at the package it started in', async () => {
  using project = new Project({ 'datagen.config.ts': named("'outer'"), 'inner/package.json': '{}' })
  const error = await project.failure({ cwd: project.path('inner') })
  expect(error.diagnostics[0]?.code).toBe('config/not-found')
})

test('a config can be any of the kinds, and the first of them wins', async () => {
  const kinds = [
    '.datagenrc',
    '.datagenrc.json',
    '.datagenrc.yaml',
    'datagen.config.yml',
    'datagen.config.yaml',
    'datagen.config.json',
    'datagen.config.mjs',
    'datagen.config.js',
    'datagen.config.mts',
    'datagen.config.ts',
  ]
  using project = new Project({
    'package.json': '{"datagen": {"name": "package.json", "dimensions": {"topic": ["a"]}, "recipe": {"preset": "singleTurn"}}}',
  })
  expect((await project.load()).dataset.name).toBe('package.json')
  const rest = ['.datagenrc.yml', ...kinds.slice(2, 3)]
  for (const kind of [rest[0] as string, ...kinds.filter((one) => !['.datagenrc', '.datagenrc.json'].includes(one)).slice(0, 1)]) {
    project.write(kind, YAML.replace('from yaml', kind))
    expect((await project.load()).dataset.name).toBe(kind)
  }
  for (const kind of ['.datagenrc.json', '.datagenrc', ...kinds.slice(3)]) {
    const text = /\.[cm]?[jt]s$/.test(kind)
      ? `export default ${JSON.stringify(JSON.parse(JSON_CONFIG(kind)))}\n`
      : kind.endsWith('.json')
        ? JSON_CONFIG(kind)
        : YAML.replace('from yaml', kind)
    project.write(kind, text)
    expect((await project.load()).dataset.name).toBe(kind)
  }
})

const JSON_CONFIG = (name: string) => JSON.stringify({ name, dimensions: { topic: ['a'] }, recipe: { preset: 'singleTurn' } })

test('places that would take precedence are recorded as absent', async () => {
  using project = new Project({ 'sub/x.txt': '', 'datagen.config.mjs': `export default ${JSON_CONFIG('x')}` })
  const { reads } = await project.load({ cwd: project.path('sub') })
  const found = files(reads, project.root)
  expect(found['datagen.config.ts']).toBe(null)
  expect(found['datagen.config.js']).toBe(null)
  expect(found['sub/datagen.config.ts']).toBe(null)
  expect(found['sub/package.json']).toBe(null)
  expect(found['datagen.config.mjs']).toBe(sha(`export default ${JSON_CONFIG('x')}`))
  expect(Object.keys(found)).not.toContain('datagen.config.yaml')
})

test('exactly the files that were read are listed, with the digests of their bytes', async () => {
  const sources = {
    'datagen.config.ts':
      "import { defineConfig } from 'datagen'\nimport { topics } from './lib/topics.ts'\nimport tones from './tones.json'\nimport { pad } from 'helper'\nimport 'esm-helper'\nexport default defineConfig({ name: pad, dimensions: { topic: topics(), tone: tones }, recipe: { preset: 'singleTurn' } })\n",
    'lib/topics.ts': "import { first } from './first'\nexport const topics = (): string[] => [first, 'b']\n",
    'lib/first.ts': "export const first = 'ä'\n",
    'tones.json': '["calm"]',
  }
  using project = new Project({
    ...sources,
    'unused.ts': 'export {}',
    'node_modules/esm-helper/package.json': '{"type": "module", "exports": "./index.js"}',
    'node_modules/esm-helper/index.js': 'export const token = process.env.HELPER_TOKEN',
    'node_modules/helper/package.json': '{"main": "index.js"}',
    'node_modules/helper/index.js': "exports.pad = 'x'",
  })
  const loaded = await project.load()
  expect(ids(loaded)).toEqual([['ä', 'b'], ['calm']])
  const read = Object.fromEntries(Object.entries(files(loaded.reads, project.root)).filter(([, digest]) => digest !== null))
  expect(read).toEqual(Object.fromEntries(Object.entries(sources).map(([path, text]) => [path, sha(text)])))
})

test('an edit in a file imported by an imported file, or in imported JSON, is seen by the next load', async () => {
  using project = new Project({
    'datagen.config.ts':
      "import { topics } from './topics.ts'\nimport tones from './tones.json'\nexport default { name: 'x', dimensions: { topic: topics, tone: tones }, recipe: { preset: 'singleTurn' } }\n",
    'topics.ts': "import { first } from './first.ts'\nexport const topics = [first]\n",
    'first.ts': "export const first = 'a'\n",
    'tones.json': '["calm"]',
  })
  expect(ids(await project.load())).toEqual([['a'], ['calm']])
  project.write('first.ts', "export const first = 'b'\n")
  project.write('tones.json', '["angry"]')
  expect(ids(await project.load())).toEqual([['b'], ['angry']])
})

test('a load that fails says what it read, and the next one sees the mended file', async () => {
  using project = new Project({
    'datagen.config.ts':
      "import { topics } from './topics.ts'\nexport default { name: 'x', dimensions: { topic: topics }, recipe: { preset: 'singleTurn' } }\n",
    'topics.ts': 'export const topics = [\n',
  })
  const broken = await project.failure()
  expect(files(broken.reads, project.root)).toMatchObject({
    'datagen.config.ts': expect.any(String),
    'topics.ts': sha('export const topics = [\n'),
  })
  project.write('topics.ts', "export const topics = ['a']\n")
  expect(ids(await project.load())).toEqual([['a']])
})

test('a missing import is recorded as absent, so that its appearance is a change', async () => {
  using project = new Project({ 'datagen.config.ts': "import { topics } from './topics'\nexport default topics\n" })
  const { reads } = await project.failure()
  expect(files(reads, project.root)).toMatchObject({
    topics: null,
    'topics.ts': null,
    'topics.js': null,
    'datagen.config.ts': expect.any(String),
  })
})

test('tracked reads are recorded, absence included, and their changes are seen', async () => {
  const config = script({
    name: "file('name.txt').trim()",
    dimensions: "{ topic: [file.maybe('more.txt') ?? 'none'], tone: [env('TONE', 'calm'), process.env.MOOD ?? 'fine'] }",
  })
  using project = new Project({ 'datagen.config.ts': config, 'name.txt': 'first\n' })
  const one = await project.load({ env: { MOOD: 'merry', UNREAD: 'x' } })
  expect([one.dataset.name, ids(one)]).toEqual(['first', [['none'], ['calm', 'merry']]])
  expect(files(one.reads, project.root)).toMatchObject({ 'name.txt': sha('first\n'), 'more.txt': null })
  expect(Object.fromEntries(one.reads.env)).toEqual({ TONE: null, MOOD: sha('merry') })
  project.write('more.txt', 'some')
  const two = await project.load({ env: { TONE: 'stern' } })
  expect(ids(two)).toEqual([['some'], ['stern', 'fine']])
  expect(files(two.reads, project.root)['more.txt']).toBe(sha('some'))
})

test('a preset that a config uses is among the files read, in TypeScript and in YAML', async () => {
  using project = new Project({ 'datagen.config.ts': script({ dimensions: "{ ...dimensions('edge') }" }) })
  const presets = ({ reads }: Loaded) =>
    [...reads.files.keys()].filter((path) => path.includes('/presets/')).map((path) => path.slice(path.lastIndexOf('presets/')))
  expect(presets(await project.load())).toEqual(['presets/dimensions/edge.yaml'])
  using other = new Project({
    'datagen.config.yaml': 'name: x\ndimensions: { phrasing: { preset: phrasing } }\nrecipe: { preset: singleTurn }\n',
  })
  expect(presets(await other.load())).toEqual(['presets/dimensions/phrasing.yaml'])
})

test('reading a tracked file after the load is an error that says so', async () => {
  using project = new Project({
    'datagen.config.ts': script({ recipe: "recipes.singleTurn({ system: () => file('late.txt') })" }),
    'late.txt': 'x',
  })
  const { dataset } = await project.load()
  const [, answer] = dataset.recipe.steps
  if (answer?.kind !== 'ask') throw new Error('expected an ask step')
  expect(() => answer.messages({ cell: {}, guide: {}, steps: {}, sample: 0, covered: [], remarks: [] })).toThrow(
    'file() was called after the config was loaded',
  )
})

test('an endless loop in an imported file is cut off, and the next load works', async () => {
  using project = new Project({
    'datagen.config.ts': "import './slow.ts'\nexport default {}\n",
    'slow.ts': 'let n = 0\nwhile (n >= 0) n++\n',
  })
  const started = performance.now()
  const error = await project.failure({ limitMs: 200 })
  expect(error.diagnostics[0]?.code).toBe('config/timeout')
  expect(performance.now() - started).toBeLessThan(2_000)
  project.write('datagen.config.ts', named("'quick'"))
  expect((await project.load({ limitMs: 2_000 })).dataset.name).toBe('quick')
})

test('after a load, the environment and the exit of the process are as before', async () => {
  using project = new Project({ 'datagen.config.ts': 'throw new Error(String(process.env.HOME))\n' })
  const [environment, exit, globals] = [process.env, process.exit, Object.keys(globalThis).length]
  const error = await project.failure()
  expect(error.diagnostics[0]?.headline).toBe('the config throws "undefined"')
  expect(process.env).toBe(environment)
  expect(process.exit).toBe(exit)
  expect(Object.keys(globalThis).length).toBe(globals)
})

test('a config that rolls a die is caught, wherever the die falls', async () => {
  using project = new Project({ 'datagen.config.ts': script({ dimensions: '{ topic: [`t${performance.now()}`] }' }) })
  const error = await project.failure()
  expect(error.diagnostics[0]?.headline).toMatch(
    /^the config changes between two evaluations: "dimensions\.topic\[0\]" is "t[\d.]+", then "t[\d.]+"$/,
  )
  project.write('datagen.config.ts', script({ where: '[eval(`() => ${performance.now()} > 0`)]' }))
  expect((await project.failure()).diagnostics[0]?.headline).toBe(
    'the config changes between two evaluations: the function at "where[0]" is another one',
  )
})

test('YAML and TypeScript that say the same are the same dataset', async () => {
  const yaml = `
name: orders
models:
  writer: ollama:qwen3:8b
  tutor: { use: openai:gpt-5, temperature: 0.5, topP: 0.9, maxTokens: 500, stop: [END], extra: { user: datagen } }
dimensions:
  topic: [late, { id: lost, guide: the parcel is lost, weight: 2 }]
  phrasing: { preset: phrasing, pick: [question, command] }
where:
  - not: { topic: late, phrasing: command }
recipe:
  attempts: 3
  steps:
    ask: { ask: writer, system: "You are {{ cell.phrasing }}", prompt: "About {{ guide.topic }}", version: 2 }
    shout: { derive: "{{ steps.ask | upcase }}" }
    count: { run: [wc, -w], timeoutSeconds: 5, env: [LANG_X] }
    answer: { ask: tutor, messages: [{ role: user, content: "{{ steps.ask }}" }], schema: { type: object } }
  example: { messages: [{ role: user, content: "{{ steps.shout }}" }, { role: assistant, content: "{{ steps.answer }}" }] }
batches: { rest: { after: [core] }, core: { size: 2, where: { topic: lost }, samples: 2 } }
checks: [{ check: unique }, { check: length, of: user, min: 3 }, { check: length, of: assistant, max: 9, severity: warn }]
outputs: { train: { path: out/train.jsonl, holdout: { valid: 0.25 }, where: { topic: lost } } }
concurrency: 3
`
  const ts = `import { defineConfig, dimensions, checks } from 'datagen'
export default defineConfig({
  name: 'orders',
  models: { writer: 'ollama:qwen3:8b', tutor: { use: 'openai:gpt-5', temperature: 0.5, topP: 0.9, maxTokens: 500, stop: ['END'], extra: { user: 'datagen' } } },
  dimensions: { topic: ['late', { id: 'lost', guide: 'the parcel is lost', weight: 2 }], phrasing: dimensions.pick('phrasing', ['question', 'command']) },
  where: [(cell) => !(cell.topic === 'late' && cell.phrasing === 'command')],
  recipe: {
    attempts: 3,
    steps: {
      ask: { ask: 'writer', system: ({ cell }) => \`You are \${cell.phrasing}\`, prompt: ({ guide }) => \`About \${guide.topic}\`, version: 2 },
      shout: { derive: ({ steps }) => String(steps.ask).toUpperCase() },
      count: { run: ['wc', '-w'], timeoutSeconds: 5, env: ['LANG_X'] },
      answer: { ask: 'tutor', messages: [{ role: 'user', content: ({ steps }) => String(steps.ask) }], schema: { type: 'object' } },
    },
    example: ({ steps }) => ({ messages: [{ role: 'user', content: String(steps.shout) }, { role: 'assistant', content: JSON.stringify(steps.answer) }] }),
  },
  batches: { rest: { after: ['core'] }, core: { size: 2, where: { topic: 'lost' }, samples: 2 } },
  checks: [checks.unique(), checks.length({ of: 'user', min: 3 }), checks.length({ of: 'assistant', max: 9, severity: 'warn' })],
  outputs: { train: { path: 'out/train.jsonl', holdout: { valid: 0.25 }, where: { topic: 'lost' } } },
  concurrency: 3,
})
`
  const facts = async (file: string, text: string) => {
    using project = new Project({ [file]: text })
    const { dataset } = await project.load()
    const context = {
      cell: { topic: 'lost', phrasing: 'question' },
      guide: { topic: 'the parcel is lost', phrasing: 'g' },
      steps: { ask: 'hm {{ x }}', shout: 'HM', count: 1, answer: { a: 1 } },
      sample: 0,
      covered: [],
      remarks: [],
    }
    const rendered = dataset.recipe.steps.map((step) =>
      step.kind === 'ask'
        ? step.messages(context).map(({ content }) => content)
        : step.kind === 'derive'
          ? step.derive(context)
          : step.argv,
    )
    const cells =
      dataset.dimensions[0]?.values.flatMap(
        (topic) => dataset.dimensions[1]?.values.map((phrasing) => ({ topic: topic.id, phrasing: phrasing.id })) ?? [],
      ) ?? []
    const judged = cells.map((cell) => [
      dataset.constraints.map((allows) => allows(cell)),
      dataset.batches.map(({ where }) => where?.(cell)),
    ])
    // What a function makes is not known before it has made it.
    const { makes: _, ...recipe } = dataset.recipe
    const bare = JSON.parse(JSON.stringify({ ...dataset, recipe, models: [...dataset.models] }).replaceAll(project.root, '<project>'))
    return { bare, rendered, judged, example: dataset.recipe.example(context) }
  }
  const fromYaml = await facts('datagen.config.yaml', yaml)
  expect(fromYaml).toEqual(await facts('datagen.config.ts', ts))
  expect(fromYaml.rendered).toEqual([['You are question', 'About the parcel is lost'], 'HM {{ X }}', ['wc', '-w'], ['hm {{ x }}']])
  expect(fromYaml.judged).toEqual([
    [[true], [false, undefined]],
    [[false], [false, undefined]],
    [[true], [true, undefined]],
    [[true], [true, undefined]],
  ])
})

test('what a function of a config throws is told with its line in the config', async () => {
  const config =
    "import { defineConfig } from 'datagen'\nimport { shout } from './shout.ts'\nexport default defineConfig({\n  name: 'x',\n  dimensions: { topic: ['a'] },\n  where: [(cell) => { shout(cell.topic) }],\n  recipe: { preset: 'singleTurn', system: ({ cell }) => cell.topik, instructions: () => 7 },\n})\n"
  using project = new Project({
    'datagen.config.ts': config,
    'shout.ts':
      'interface A { a: string }\nexport const shout = (text: string): string => {\n  if (text === "a") throw new RangeError("too loud")\n  return text\n}\n',
  })
  const { dataset } = await project.load()
  const { guard, TextProblem } = await import('../../../src/config/guard.ts')
  const problem = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      if (error instanceof TextProblem && error.diagnostic) return said([error.diagnostic], project.root)
      throw error
    }
    throw new Error('expected a problem')
  }
  const cell = guard({ topic: 'a' }, 'dimension')
  const context = { cell, guide: cell, steps: {}, sample: 0, covered: [], remarks: [] }
  const [user, assistant] = dataset.recipe.steps
  if (user?.kind !== 'ask' || assistant?.kind !== 'ask') throw new Error('expected two ask steps')
  await expect(
    [
      problem(() => dataset.constraints[0]?.(cell)),
      problem(() => dataset.constraints[0]?.({ topic: 'b' })),
      problem(() => assistant.messages(context)),
      problem(() => user.messages(context)),
    ].join('\n'),
  ).toMatchFileSnapshot('../../golden/errors/functions.txt')
})
