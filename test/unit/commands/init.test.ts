/** `datagen init`: its starters load as they are, and nothing is overwritten. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { initCommand, type NewFiles } from '../../../src/commands/init.ts'
import { Project } from '../config/project.ts'

const disk: NewFiles = {
  async writeNew(path, text) {
    if (existsSync(path)) return 'exists'
    writeFileSync(path, text)
    return 'written'
  },
}

async function run(project: Project, options: { force?: boolean; yaml?: boolean } = {}): Promise<string> {
  let text = ''
  expect(await initCommand({ cwd: project.root, force: false, ...options }, disk, (part) => (text += part))).toBe(0)
  return text
}

test.each([
  [false, 'datagen.config.ts'],
  [true, 'datagen.config.yaml'],
])('the starter loads and is the same dataset in both languages (yaml: %s)', async (yaml, file) => {
  using project = new Project()
  expect(await run(project, { yaml })).toBe(
    `wrote ${file}\nwrote .gitignore\nnext: \`datagen plan\` shows what would be asked, \`datagen build\` asks it\n`,
  )
  const { dataset, configPath } = await project.load()
  expect(configPath).toBe(project.path(file))
  expect(dataset.dimensions.map(({ name, values }) => [name, values.length])).toEqual([
    ['scenario', 2],
    ['phrasing', 4],
    ['complexity', 3],
  ])
  expect(dataset.constraints.length).toBe(1)
  expect(dataset.outputs[0]?.holdout.map(({ split, share }) => [split, share])).toEqual([['valid', 0.1]])
  expect(dataset.checks.map(({ id }) => id)).toEqual(['unique', 'length'])
  expect(readFileSync(project.path('.gitignore'), 'utf8')).toContain('\n.datagen/\n')
})

test('a config that exists is refused and left alone, whatever its kind', async () => {
  using project = new Project({ 'datagen.config.ts': 'mine' })
  await expect(run(project)).rejects.toMatchObject({ exitCode: 2 })
  await expect(run(project, { force: true })).rejects.toMatchObject({ exitCode: 2 })
  await expect(run(project, { yaml: true })).rejects.toMatchObject({ exitCode: 2 })
  expect(readFileSync(project.path('datagen.config.ts'), 'utf8')).toBe('mine')
  expect(project.tree()).toEqual(['datagen.config.ts', 'package.json'])
})

test('a .gitignore that exists is not touched, and what to add is said unless it is there', async () => {
  using project = new Project({ '.gitignore': 'dist\n' })
  expect(await run(project)).toContain('add this line to .gitignore: .datagen/\n')
  expect(readFileSync(project.path('.gitignore'), 'utf8')).toBe('dist\n')
  using other = new Project({ '.gitignore': 'dist\n/.datagen\n' })
  expect(await run(other)).not.toContain('.gitignore')
})
