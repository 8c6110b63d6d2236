/** Every folder of `examples/`, copied and built as a reader would, offline. */
import { cpSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../src/assemble/formats.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Project } from '../rig/project.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const names = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

/** What an accepted row may have lost on the way, with the simulated provider: fewer than this share. */
const MOST_REJECTED = 0.25

it('there are examples', () => expect(names.length).toBeGreaterThan(2))

describe.each(names)('the example %s', (name) => {
  it('builds offline, says the same the second time, and has a README that fits it', { timeout: 120_000 }, async () => {
    using project = new Project()
    cpSync(`${EXAMPLES}/${name}`, project.root, { recursive: true })
    delete project.env['OPENAI_API_KEY']
    project.write('package.json', '{"name": "example", "type": "module"}')
    const { dataset } = await loadConfig({ cwd: project.root, env: {} })
    for (const { provider } of dataset.models.values()) expect(provider).toBe('simulated')

    const built = await project.run('build', '--yes', '--reporter', 'json')
    expect([0, 1], built.stderr).toContain(built.code)
    const end = built.stdout.split('\n').findLast((line) => line.includes('"run-end"')) as string
    const { counts } = JSON.parse(end) as { counts: { items: number; accepted: number; rejected: number; failed: number; pending: number } }
    expect(counts).toMatchObject({ failed: 0, pending: 0 })
    expect(counts.accepted, end).toBeGreaterThan(counts.items * (1 - MOST_REJECTED))

    for (const { name: output, format, path, holdout } of dataset.outputs) {
      const files = [path, ...holdout.map((split) => split.path)].map((file) => file.slice(project.root.length + 1))
      const rows = files.flatMap((file) => project.lines(file))
      expect([output, rows.length]).toEqual([output, counts.accepted * FORMATS[format].rowsPerExample])
      for (const row of rows) expect(Object.keys(JSON.parse(row) as object).length).toBeGreaterThan(0)
    }

    const again = await project.run('build')
    expect(again.stderr).toContain('Up to date')
    const readme = project.read('README.md')
    expect(readme).toContain('datagen build')
    for (const [, file] of readme.matchAll(/`((?:data|docs)\/[\w.-]+)`/g)) expect([file, project.has(file as string)]).toEqual([file, true])
  })
})
