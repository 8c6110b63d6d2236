/** `datagen presets`. */
import { expect, test } from 'vitest'
import { presetsCommand } from '../../../src/commands/presets.ts'
import { presetKinds, presetNames, readPreset } from '../../../src/config/presets.ts'

async function run(args: readonly string[] = [], columns?: number): Promise<string> {
  let text = ''
  expect(await presetsCommand(args, (part) => (text += part), columns)).toBe(0)
  return text
}

const KINDS = presetKinds()
const ALL = KINDS.flatMap((kind) => presetNames(kind).map((name) => `${kind}/${name}`))

test('all presets are listed by kind, the dimensions with their values', async () => {
  const text = await run([], 120)
  expect(text).toMatch(/^ {2}phrasing +how the user puts it: question, command, statement, mixed$/m)
  expect(text).toMatch(/^ {2}technical +programming help for people who write and run code$/m)
  expect(text.split('\n').filter((line) => /^ {2}\S/.test(line)).length).toBe(ALL.length)
  for (const kind of KINDS) expect(text).toMatch(new RegExp(`^${kind}\\b`, 'm'))
})

test.each([80, 120])('every preset is shown in full within %d columns, and so is the list', async (columns) => {
  for (const name of ALL) {
    const [kind, id] = name.split('/') as [string, string]
    const text = await run([name], columns)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
    const words = text.replace(/\s+/g, ' ')
    for (const told of texts(readPreset(kind, id))) expect(words).toContain(told.replace(/\s+/g, ' '))
  }
  expect(Math.max(...(await run([], columns)).split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
})

test('a preset is shown with guides, examples and weights; a rubric with its levels', async () => {
  expect(await run(['edge'])).toContain('edge: how ordinary the case is (dimension)\n\n  happy ')
  expect(await run(['edge'])).toContain('(weight 3)')
  expect(await run(['conversation'])).toContain('(passes from here)')
  expect(await run(['support'], 110)).toContain('Rejects a form letter with its blanks left in. (forbid; of assistant; phrases [customer,')
})

test('a name that two kinds have shows both; with its kind, one', async () => {
  const both = await run(['code'])
  expect(both).toContain('(format)')
  expect(both).toContain('(rubric)')
  expect(await run(['formats/code'])).not.toContain('(rubric)')
  expect(await run(['format/code'])).toBe(await run(['formats/code']))
})

test('--json prints the data', async () => {
  const all = JSON.parse(await run(['--json'])) as { kind: string; name: string }[]
  expect(all.map(({ kind, name }) => `${kind}/${name}`)).toEqual(ALL)
  expect((JSON.parse(await run(['phrasing', '--json'])) as { values: unknown[] }).values.length).toBe(4)
})

test('an unknown preset is an error with a suggestion', async () => {
  await expect(run(['phrasng'])).rejects.toMatchObject({
    exitCode: 2,
    diagnostics: [{ headline: 'there is no preset "phrasng"', hint: 'did you mean "phrasing"?' }],
  })
  await expect(run(['domains/tecnical'])).rejects.toMatchObject({ diagnostics: [{ hint: 'did you mean "domains/technical"?' }] })
})

/** Every guide and example of a preset. */
function texts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    (key === 'guide' || key === 'example') && typeof inner === 'string' ? [inner] : texts(inner),
  )
}
