/** `datagen presets`. */
import { expect, test } from 'vitest'
import { presetsCommand } from '../../../src/commands/presets.ts'

async function run(...args: string[]): Promise<string> {
  let text = ''
  expect(await presetsCommand(args, (part) => (text += part))).toBe(0)
  return text
}

test('all presets are listed with their values', async () => {
  const text = await run()
  expect(text).toContain('  phrasing    how the user puts it: question, command, statement, mixed\n')
  expect(text.split('\n').filter((line) => line.startsWith('  ')).length).toBe(5)
})

test('one preset is shown with guides, examples and weights, within 100 columns', async () => {
  const text = await run('edge')
  expect(text).toContain('edge: how ordinary the case is\n\n  happy ')
  expect(text).toContain('(weight 3)')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('--json prints the data', async () => {
  expect((JSON.parse(await run('--json')) as { name: string }[]).map(({ name }) => name)).toEqual([
    'complexity',
    'context',
    'edge',
    'expertise',
    'phrasing',
  ])
  expect((JSON.parse(await run('phrasing', '--json')) as { values: unknown[] }).values.length).toBe(4)
})

test('an unknown preset is an error with a suggestion', async () => {
  await expect(run('phrasng')).rejects.toMatchObject({
    exitCode: 2,
    diagnostics: [{ headline: 'there is no preset "phrasng"', hint: 'did you mean "phrasing"?' }],
  })
})
