/** Documents as a dimension: what their edits cost, and that they are noticed. */
import { expect, it } from 'vitest'
import { Project } from '../rig/project.ts'

const CONFIG = `import { defineConfig, documents } from 'datagen'
export default defineConfig({
  name: 'docs',
  models: { default: { use: 'simulated', simulate: { latencyMs: 0 } } },
  dimensions: { passage: documents({ files: ['docs/*.md'] }), tone: ['calm', 'angry'] },
  recipe: {
    steps: { answer: { ask: 'default', prompt: '{{ cell.tone }}: {{ guide.passage }}' } },
    example: { messages: [{ role: 'user', content: '{{ guide.passage }}' }, { role: 'assistant', content: '{{ steps.answer }}' }] },
  },
})
`

const files = { 'datagen.config.ts': CONFIG, 'docs/a.md': '# One\n\nFirst.\n\n# Two\n\nSecond.\n', 'docs/notes.xml': 'x' }

it('an edited passage, a new file and a file that is gone change exactly their cells; anything else changes nothing', async () => {
  using project = new Project(files)
  const asked = async () => {
    const { stdout } = await project.run('build', '--yes', '--reporter', 'json')
    return stdout
      .split('\n')
      .filter((line) => line.includes('"step-start"'))
      .map((line) => (JSON.parse(line) as { cell: string }).cell)
      .sort()
  }
  expect(await asked()).toEqual(['a.md#one × angry', 'a.md#one × calm', 'a.md#two × angry', 'a.md#two × calm'])
  expect((await project.run('build')).stderr).toContain('Up to date')

  project.edit('docs/a.md', (text) => text.replace('Second', 'Another'))
  expect(await asked()).toEqual(['a.md#two × angry', 'a.md#two × calm'])

  // A heading by another name: other cells, which ask what is answered already.
  project.edit('docs/a.md', (text) => text.replace('# One\n\nFirst.', '# One\n\nFirst.\n\n# Empty'))
  expect(await asked()).toEqual([])

  project.write('docs/b.md', 'Third.')
  expect(await asked()).toEqual(['b.md × angry', 'b.md × calm'])
  expect(project.lines('data/train.jsonl')).toHaveLength(6)

  project.write('docs/more.xml', 'x')
  expect((await project.run('build')).stderr).toContain('Up to date')

  project.write('docs/b.md', '')
  expect(await asked()).toEqual([])
  expect(project.lines('data/train.jsonl')).toHaveLength(4)
})
