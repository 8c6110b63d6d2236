/** Configs that need no compiler: the same result and the same places as with it, and no guess where it could differ. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of TypeScript configs
import { describe, expect, it } from 'vitest'
import * as datagen from '../../../src/config/authoring.ts'
import { guard } from '../../../src/config/guard.ts'
import { plainModule } from '../../../src/config/plain-module.ts'
import { Project, script } from './project.ts'

const NAMES = new Set(Object.keys(datagen))
const IMPORT = "import { defineConfig } from 'datagen'\n"
const made = (text: string, path = '/p/datagen.config.ts') => plainModule(path, text, NAMES)
/** Stands at the end, so that nothing moves. */
const WITH_COMPILER = "\nimport './empty.ts'\n"

describe('a config', () => {
  const plain: [string, string][] = [
    ['as the guide shows it', script()],
    ['without imports', "export default { name: 'x' }"],
    [
      'that only some of it is imported for',
      "import { checks, defineConfig } from 'datagen'\nimport { file } from 'datagen';\nexport default defineConfig({})\n",
    ],
    [
      'with types',
      `${IMPORT}type Tone = 'a' | 'b'\nconst all: Tone[] = ['a']\nexport default defineConfig({ a: all as Tone[] } satisfies object)\n`,
    ],
    [
      'with an imported type',
      "import { type Value, defineConfig } from 'datagen'\nexport default defineConfig({} as unknown as Value<'a'>)\n",
    ],
    ['with a function of types', `${IMPORT}const pick = <T,>(a: T, b?: number): T => a\nexport default defineConfig(pick<object>({}))\n`],
    ['with a check that is called require', "import { checks } from 'datagen'\nexport default { checks: [checks.require(['a'])] }"],
    ['with statements behind it', 'export default { a: f() }\nfunction f() { return 1 }\n'],
  ]
  it.each(plain)('%s runs as it stands, and nothing in it moves', (_, text) => {
    const module = made(text)
    const lines = (code: string) => code.split('\n').map((line) => line.length)
    expect(module?.code.startsWith(module.prefix)).toBe(true)
    expect(lines(module?.code.slice(module.prefix.length) ?? '').slice(0, -1)).toEqual(lines(text))
  })

  const others: [string, string][] = [
    ['an import of a file', `${IMPORT}import { a } from './a.ts'\nexport default defineConfig({ a })`],
    ['an import under another name', "import { defineConfig as d } from 'datagen'\nexport default d({})"],
    ['an import of everything', "import * as d from 'datagen'\nexport default d.defineConfig({})"],
    ['an import of what datagen has not', "import { defineConfing } from 'datagen'\nexport default defineConfing({})"],
    ['an import twice', `${IMPORT}${IMPORT}export default defineConfig({})`],
    ['an import behind a statement', `const a = 1\n${IMPORT}export default defineConfig({})`],
    ['an import that is assigned', `${IMPORT}export default {}\nfunction f() { defineConfig = 1 }`],
    ['an import that is counted up', `${IMPORT}export default {}\nfunction f() { ++defineConfig }`],
    ['an import with attributes', "import { file } from 'datagen' with { a: 'b' }\nexport default {}"],
    ['a later import', 'export default { a: () => import("x") }'],
    ['import.meta', 'export default { a: import.meta.url }'],
    ['require', 'export default { a: require("fs") }'],
    ['another export', 'export const a = 1\nexport default {}'],
    ['no export', 'const a = 1'],
    ['an exported function', 'export default function a() {}'],
    ['an exported class', 'export default class A {}'],
    ['an export in a block', '{ export default {} }'],
    ['an export behind a condition', 'if (1)\nexport default {}'],
    ['an export as a value', 'const a =\nexport default {}'],
    ['an export of two', 'export default a = 1, b = 2'],
    ['a class', 'class A { x }\nexport default {}'],
    ['an enum', 'enum A { x }\nexport default {}'],
    ['a namespace', 'namespace A { const x = 1 }\nexport default {}'],
    ['a wait', 'export default { a: await 1 }'],
    ['a return', 'export default {}\nreturn'],
    ['a syntax error', 'export default { a: }'],
    ['its own name for exports', 'const exports = 1\nexport default {}'],
    ['a name of the script around it', 'const $dg$in = 1\nexport default {}'],
    ['a slash that cannot be told apart', 'export default { a: (1) / 2 }'],
    ['a decorator', '@a\nexport default {}'],
  ]
  it.each(others)('with %s is left to the compiler', (_, text) => {
    expect(made(text)).toBeUndefined()
  })

  it('is run without a thought for types only where there can be none', () => {
    const text = 'const f = (a, b) => a\nconst a = 1, b = 2, c = 3\nexport default { a: [f(a < b, b > (c))] }'
    expect(made(text, '/p/datagen.config.mjs')).toBeDefined()
    expect(made('const f = (a) => a\nexport default { a: f<string>(1) }')?.code).toContain('f        (1)')
  })

  it('of another kind of file is left to the compiler', () => {
    expect(['.js', '.cts', '.tsx'].map((ending) => made('export default {}', `/p/datagen.config${ending}`))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('with and without the compiler', () => {
  const text = (broken: string) =>
    script({ recipe: `recipes.singleTurn({ system: ({ cell, guide }) => ${broken} })`, where: '[(cell) => cell.tone !== "calm"]' })
  const body = (config: string) => config.replace('export default', 'const shout = (x: string): string => x.toUpperCase()\nexport default')

  it.each([
    ['a value that is none', '(undefined as any).x'],
    ['a method that is none', 'cell.tone.shuot()'],
    ['a call of a name that is none', 'shuot(cell.tone)'],
    ['an error of its own', '{ throw new Error("so") }'],
    ['a call of its own', 'shout(undefined as any)'],
    ['an unknown dimension', 'cell.tnoe'],
  ])('the place of %s is the same', async (_, broken) => {
    const placeOf = async (tail: string) => {
      using project = new Project({ 'datagen.config.ts': body(text(broken)) + tail, 'empty.ts': '' })
      const { dataset } = await project.load()
      const step = dataset.recipe.steps[1]
      if (step?.kind !== 'ask') throw new Error('expected an ask step')
      const names = { topic: 'late', tone: 'calm' }
      const cell = guard<string>(names, 'dimension')
      try {
        step.messages({ cell, guide: names, steps: {}, sample: 0, covered: [], remarks: [] })
      } catch (error) {
        const { place, headline } = (error as { diagnostic: { place: { line: number; column: number }; headline: string } }).diagnostic
        return { line: place.line, column: place.column, headline }
      }
      throw new Error('expected to fail')
    }
    expect(await placeOf('')).toEqual(await placeOf(WITH_COMPILER))
  })

  it('a place in the first line counts from its start', async () => {
    const line =
      "export default { name: 'x', dimensions: { t: ['a'] }, recipe: { preset: 'singleTurn', system: () => { throw new Error('so') } } }"
    using project = new Project({ 'datagen.config.ts': line })
    const { dataset } = await project.load()
    const step = dataset.recipe.steps[1]
    if (step?.kind !== 'ask') throw new Error('expected an ask step')
    const place = expect.objectContaining({ line: 1, column: line.indexOf('new Error') + 1 })
    expect(() => step.messages({ cell: { t: 'a' }, guide: { t: 'a' }, steps: {}, sample: 0, covered: [], remarks: [] })).toThrow(
      expect.objectContaining({ diagnostic: expect.objectContaining({ place }) }),
    )
  })

  it('the dataset and what was read are the same', async () => {
    const config = script({ name: "file('name.txt').trim() + env('KIND', 'x')" })
    const seen = async (tail: string) => {
      using project = new Project({ 'datagen.config.ts': config + tail, 'name.txt': 'n', 'empty.ts': '' })
      const { dataset, reads } = await project.load()
      const files = [...reads.files.keys()].map((path) => path.replace(project.root, '')).filter((path) => path !== '/empty.ts')
      return JSON.stringify([{ ...dataset, models: [...dataset.models] }, files, [...reads.env]]).replaceAll(project.root, '')
    }
    expect(await seen('')).toBe(await seen(WITH_COMPILER))
  })
})
