/** The definition's digest: what changes it, and what must not. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of TypeScript configs
import { cpSync, symlinkSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { Project } from './project.ts'

const CONFIG = `import { checks, defineConfig, env, file, recipes } from 'datagen'
import { make } from './lib/make.ts'
import tones from './tones.json'
import { pad } from 'helper'

// a comment
const shout = (text: string) => text.toUpperCase() + pad

export default defineConfig({
  name: 'orders',
  models: { default: 'openai:gpt-5' },
  dimensions: {
    tone: ['kind', { id: 'rude', guide: 'is rude', weight: 2 }],
    scenario: [...make(10), { id: 'last', guide: 'x' }],
    mood: tones,
    more: [{ ...{ id: 'm', guide: shout('gentle: ') } }],
    place: [{ id: 'home', guide: shout('home') }, \`away\`] as const,
    level: { preset: 'expertise', pick: ['beginner'] },
  },
  where: [{ not: { tone: 'kind', mood: 'calm' } }],
  recipe: recipes.singleTurn({ system: ({ cell }) => \`You  are // \${shout(cell.tone)}.\`, instructions: file('more.txt') + env('EXTRA', '') }),
  checks: [checks.unique()],
})
`
const FILES = {
  'datagen.config.ts': CONFIG,
  'lib/make.ts': 'export function make(count: number) {\n  return Array.from({ length: count }, (_, i) => `v${i}`)\n}\n',
  'tones.json': '["calm", "angry"]',
  'more.txt': 'more',
  'node_modules/helper/package.json': '{"main": "index.js", "version": "1.0.0", "dependencies": {"deep": "1"}}',
  'node_modules/helper/index.js': "exports.pad = '!'",
  'node_modules/deep/package.json': '{"version": "1.0.0"}',
  'node_modules/other/package.json': '{"version": "1.0.0"}',
}

interface Edit {
  readonly file?: keyof typeof FILES
  readonly from: string | RegExp
  readonly to: string
}

async function definitions(files: { readonly [path: string]: string }, edit: (project: Project) => void, env = [{}, {}]) {
  using project = new Project(files)
  const before = await project.load({ env: env[0] ?? {} })
  edit(project)
  const after = await project.load({ env: env[1] ?? {} })
  expect(before.definition).toMatch(/^[0-9a-f]{64}$/)
  return { same: before.definition === after.definition, before, after }
}

async function isSame({ file = 'datagen.config.ts', from, to }: Edit): Promise<boolean> {
  const edited = FILES[file].replace(from, to)
  expect(edited).not.toBe(FILES[file])
  return (await definitions(FILES, (project) => project.write(file, edited))).same
}

describe('stays the same when', () => {
  const edits: [string, Edit][] = [
    ['a guide is edited', { from: "'is rude'", to: "'is very rude'" }],
    ['a guide beside a call is edited', { from: "guide: 'x'", to: "guide: 'y'" }],
    ['an id beside a call is edited', { from: "id: 'home'", to: "id: 'house'" }],
    ['a value is renamed', { from: "['kind',", to: "['kind', 'gentle'," }],
    ['a value is added at the end of a list with a call', { from: "guide: 'x' }]", to: "guide: 'x' }, 'calm']" }],
    ['a value is added before a call', { from: '[...make(10)', to: "['first', ...make(10)" }],
    ['a value is removed', { from: ", { id: 'rude', guide: 'is rude', weight: 2 }", to: '' }],
    ['a weight is edited', { from: 'weight: 2', to: 'weight: 3' }],
    ['a template without substitutions is edited', { from: '`away`', to: '`far`' }],
    ['as const is added', { from: 'weight: 2 }]', to: 'weight: 2 }] as const' }],
    ['the picked values of a preset change', { from: "pick: ['beginner']", to: "pick: ['beginner', 'expert']" }],
    ['a comment is edited', { from: 'a comment', to: 'another' }],
    ['a comment goes', { from: '// a comment\n', to: '' }],
    ['it is laid out anew', { from: /\n {2}/g, to: '\n' }],
    ['a comment appears in a file it imports', { file: 'lib/make.ts', from: 'return', to: '/* so */ return' }],
    ['a package that nothing imports is updated', { file: 'node_modules/other/package.json', from: '1.0.0', to: '2.0.0' }],
  ]
  it.each(edits)('%s', async (_, edit) => {
    expect(await isSame(edit)).toBe(true)
  })

  it('nothing changes, even where a package was loaded before', async () => {
    const { same, before } = await definitions(FILES, () => {})
    expect(same).toBe(true)
    using elsewhere = new Project(FILES)
    expect((await elsewhere.load()).definition).toBe(before.definition)
  })
})

describe('changes when', () => {
  const edits: [string, Edit][] = [
    ['the argument of a call is edited', { from: 'make(10)', to: 'make(11)' }],
    ['a literal in a call among the values is edited', { from: "shout('home')", to: "shout('hut')" }],
    ['a function of the config is edited', { from: 'toUpperCase', to: 'toLowerCase' }],
    ['white space in a template is', { from: 'You  are', to: 'You are' }],
    ['what looks like a comment in a template is', { from: 'are // ', to: 'are ' }],
    ['a constraint is', { from: "mood: 'calm' }", to: "mood: 'angry' }" }],
    ['a model is', { from: 'gpt-5', to: 'gpt-6' }],
    ['a call in an object among the values is', { from: "'gentle: '", to: "'gently: '" }],
    ['a dimension is renamed', { from: 'place:', to: 'spot:' }],
    ['a check goes', { from: 'checks.unique()', to: '' }],
    ['a file that makes values is edited', { file: 'lib/make.ts', from: '`v${i}`', to: '`w${i}`' }],
    ['imported JSON is', { file: 'tones.json', from: 'angry', to: 'cross' }],
    ['a tracked file is', { file: 'more.txt', from: 'more', to: 'less' }],
    ['an imported package is updated', { file: 'node_modules/helper/package.json', from: '1.0.0', to: '1.0.1' }],
    ['a package that it needs is updated', { file: 'node_modules/deep/package.json', from: '1.0.0', to: '1.0.1' }],
  ]
  it.each(edits)('%s', async (_, edit) => {
    expect(await isSame(edit)).toBe(false)
  })

  it.each([
    ['a variable that was read', { EXTRA: 'x' }, false],
    ['the time zone', { TZ: 'Asia/Tokyo' }, false],
    ['no variable that was read', { OTHER: 'x', OPENAI_API_KEY: 'sk-1' }, true],
  ])('%s', async (_, env, same) => {
    expect((await definitions(FILES, () => {}, [{}, env])).same).toBe(same)
  })

  it('datagen chooses another model, and not when the key is another one', async () => {
    const files = { ...FILES, 'datagen.config.ts': CONFIG.replace(/ {2}models.*\n/, '') }
    const chosen = (one: object, two: object) => definitions(files, () => {}, [one, two])
    expect((await chosen({}, { OPENAI_API_KEY: 'sk-1' })).same).toBe(false)
    expect((await chosen({ OPENAI_API_KEY: 'sk-1' }, { OPENAI_API_KEY: 'sk-2' })).same).toBe(true)
  })
})

describe('a value counts where code could come by it', () => {
  const plain = (body: string, head = "import { defineConfig } from 'datagen'") =>
    `${head}\nexport default defineConfig({ name: 'x', dimensions: { tone: ['a', { id: 'b', guide: 'G' }] }, recipe: { preset: 'singleTurn' }${body} })\n`
  const edited = (files: { readonly [path: string]: string }, file = 'datagen.config.ts') =>
    definitions(files, (project) => project.write(file, (files[file] as string).replace("'G'", "'H'")))

  it('and does not elsewhere', async () => {
    expect((await edited({ 'datagen.config.ts': plain('') })).same).toBe(true)
    expect((await edited({ 'datagen.config.ts': plain('').replace('defineConfig({', '{').replace('})', '}') })).same).toBe(true)
    expect((await edited({ 'datagen.config.mts': plain('') }, 'datagen.config.mts')).same).toBe(true)
    expect((await edited({ 'datagen.config.ts': plain('', "import { checks, defineConfig } from 'datagen'\nvoid checks") })).same).toBe(
      true,
    )
  })

  const configs: [string, string][] = [
    ['through this', plain(', get where() { const g = this.dimensions.tone[1].guide; return [() => g !== ""] }')],
    ['as the export of its own module', plain(', where: [() => exports.default.dimensions !== undefined]')],
    ['through arguments of the module', plain(', where: [() => arguments.length > 0]')],
    ['by evaluated code', plain(", where: [() => eval('1') === 1]")],
    [
      'by a function in front of the object',
      plain('').replace('defineConfig({', 'keep({').concat('function keep(c) { globalThis.kept = c; return c }\n'),
    ],
    ['by another defineConfig', plain('', "import * as d from 'datagen'\nconst defineConfig = (c) => d.defineConfig(c)")],
    ['by an alias of another name', plain('', "import { defineConfig as d } from 'datagen'\nconst defineConfig = (c) => d(c)")],
    ['by a defineConfig that is not datagen’s', plain('', "import { defineConfig } from './mine.ts'")],
    [
      'by what follows',
      plain('')
        .trimEnd()
        .replace(/\)$/, ').valueOf()\n')
        .replace('.valueOf()', " && { name: 'x', dimensions: { a: ['b'] }, recipe: { preset: 'singleTurn' } }"),
    ],
    ['as a declared constant', plain('').replace('export default defineConfig(', 'const c = (').concat('export default c\n')],
    ['by a computed key', plain('').replace('dimensions:', "['dimensions']:")],
    ['because the file cannot be told apart', plain(', where: [(cell) => (cell.tone.length) / 2 > 0]')],
  ]
  it.each(configs)('%s', async (_, text) => {
    const files = { 'datagen.config.ts': text, 'mine.ts': 'export const defineConfig = (c: unknown) => c\n' }
    expect((await edited(files)).same).toBe(false)
  })

  const importers: [string, string, string?][] = [
    ['by its name', "import back from '../datagen.config.ts'\nexport const g = () => back\n"],
    ['through a folder', "import back from '#back'\nexport const g = () => back\n"],
    ['through a link', "import back from '../link.ts'\nexport const g = () => back\n"],
    ['by require', 'export const g = () => require(`../${"datagen"}` + ".config")\n'],
    ['later', 'export const g = () => import(String.raw`../data` + "gen.config.ts")\n'],
    ['through Node', "const node = process.getBuiltinModule('module') as any\nexport const g = () => node['create' + 'Require']\n"],
    ['in CommonJS', 'module.exports.g = () => 1\n', 'lib/back.cjs'],
  ]
  it.each(importers)('of a file that imports the config %s', async (_, text, file = 'lib/back.ts') => {
    using project = new Project({
      'datagen.config.ts': plain(
        ', where: [() => g !== undefined]',
        `import { defineConfig } from 'datagen'\nimport { g } from './${file}'`,
      ),
      [file]: text,
      'package.json': '{"imports": {"#back": "./datagen.config.ts"}}',
    })
    symlinkSync(project.path('datagen.config.ts'), project.path('link.ts'))
    const before = (await project.load()).definition
    cpSync(project.path('datagen.config.ts'), project.path('datagen.config.ts.old'))
    project.write(
      'datagen.config.ts',
      plain(', where: [() => g !== undefined]', `import { defineConfig } from 'datagen'\nimport { g } from './${file}'`).replace(
        "'G'",
        "'H'",
      ),
    )
    const after = (await project.load()).definition
    // Unknown is as good as another: nothing is taken over by it.
    expect(after === undefined || after !== before).toBe(true)
  })

  it('as text that the config reads of itself', async () => {
    const text = plain(
      ", where: [() => file.length > 0].slice(file('./datagen.config.ts').length)",
      "import { defineConfig, file } from 'datagen'",
    )
    expect((await edited({ 'datagen.config.ts': text })).same).toBe(false)
  })
})

test.each([
  ['nothing', "'x'", true],
  ['the working directory', 'process.cwd().slice(0, 1)', false],
  ['its own path', 'import.meta.url.slice(0, 1)', false],
  ['a module of Node', "basename('x')", false],
])('a config that looks at %s, in another place', async (_, name, same) => {
  const text = `import { basename } from 'node:path'\nexport default { name: ${name}, dimensions: { t: ['a'] }, recipe: { preset: 'singleTurn' } }\n`
  const config = { 'datagen.config.ts': name.includes('basename') ? text : text.replace(/^import.*\n/, '') }
  using one = new Project(config)
  using two = new Project(config)
  expect((await one.load()).definition === (await two.load()).definition).toBe(same)
})

const YAML = `# a comment
name: orders
models: { default: openai:gpt-5 }
dimensions: { topic: [late, { id: lost, guide: G }], level: { preset: expertise } }
recipe: { preset: singleTurn, system: "You help with {{ cell.topic }}" }
`
test.each([
  ['a comment', '# a comment\n', '', true],
  ['a guide', 'guide: G', 'guide: H', true],
  ['a value', '[late,', '[late, later,', true],
  ['layout', 'models: { default: openai:gpt-5 }', 'models:\n  default: openai:gpt-5', true],
  ['a template', 'You help', 'You', false],
  ['a model', 'gpt-5', 'gpt-6', false],
  ['a preset', 'preset: expertise', 'preset: phrasing', false],
])('of a YAML config, an edit of %s', async (_, from, to, same) => {
  const edit = (project: Project) => project.write('datagen.config.yaml', YAML.replace(from, to))
  expect((await definitions({ 'datagen.config.yaml': YAML }, edit)).same).toBe(same)
})

test('the spelling of code is known for files that were only run', async () => {
  using project = new Project({
    'datagen.config.ts': `import { a } from './a.ts'\nimport { b } from './b.mjs'\nimport { file } from 'datagen'\nexport default { name: a + b + file('a.ts').length, dimensions: { t: ['a'] }, recipe: { preset: 'singleTurn' } }\n`,
    'a.ts': "export const a: string = 'a'\n",
    'b.mjs': "export const b = 'b'\n",
  })
  const { reads } = await project.load()
  expect([...(reads.code?.keys() ?? [])].map((path) => path.slice(project.root.length + 1)).sort()).toEqual(['b.mjs', 'datagen.config.ts'])
})

test.each([
  ['files', "import { readFileSync } from 'node:fs'", 'readFileSync.name', false],
  ['files, by the short name', "import fs from 'fs'", 'typeof fs', false],
  ['commands', "import { execSync } from 'node:child_process'", 'execSync.name', false],
  ['nothing but what it is given', "import { basename } from 'node:path'", "basename('a/b')", true],
])('a config that could read %s without anybody knowing', async (_, line, name, known) => {
  using project = new Project({
    'datagen.config.ts': `${line}\nexport default { name: ${name}, dimensions: { t: ['a'] }, recipe: { preset: 'singleTurn' } }\n`,
  })
  expect((await project.load()).definition !== undefined).toBe(known)
})

test.each([
  ['another type of a parameter', ': string', ': unknown', true],
  ['no type any more', ': string', '', true],
  ['an assertion', ' as const', '', true],
  ['a type alias', 'type Mood = string\n', 'type Mood = number | string\ninterface More { a: 1 }\n', true],
  ['a word that runs', "'very '", "'quite '", false],
])('a config that imports only from datagen and has %s', async (_, from, to, same) => {
  const text = `import { defineConfig } from 'datagen'
type Mood = string
const louder = (text: string) => 'very ' + text
export default defineConfig({ name: 'n', dimensions: { t: ['a'] }, recipe: { preset: 'singleTurn', system: louder('kind' as const) } })
`
  expect(text.replace(from, to)).not.toBe(text)
  using project = new Project({ 'datagen.config.ts': text })
  const before = (await project.load()).definition
  project.write('datagen.config.ts', text.replace(from, to))
  const after = (await project.load()).definition
  expect(before).toMatch(/^[0-9a-f]{64}$/)
  expect(after === before).toBe(same)
})
