/** Every domain, format, dimension and rubric builds a dataset, offline. */
import { expect, it } from 'vitest'
import { presetNames } from '../../src/config/presets.ts'
import { Project } from '../rig/project.ts'

const ROWS = 3

/** A config as YAML text: JSON is YAML. */
const project = (config: object) =>
  new Project({
    'datagen.config.yaml': JSON.stringify({
      name: 'presets',
      models: { default: { use: 'simulated', simulate: { latencyMs: 0 } } },
      recipe: { preset: 'singleTurn', attempts: 3 },
      batches: { few: { size: ROWS } },
      ...config,
    }),
  })

interface Meta {
  readonly cell: Record<string, string>
  readonly scores?: Record<string, Record<string, { readonly score: number }>>
}

/** Builds, and gives back the sidecar lines; some rows may be turned down, as among real ones. */
async function built(at: Project): Promise<Meta[]> {
  const ran = await at.run('build', '--reporter', 'plain')
  expect(ran.stderr).not.toMatch(/datagen bug|error:/)
  expect([0, 1]).toContain(ran.code)
  const metas = at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line) as Meta)
  expect(metas.length).toBeGreaterThan(0)
  expect(at.lines('data/train.jsonl').length).toBe(metas.length)
  return metas
}

const STANDARD = ['phrasing', 'expertise', 'context', 'complexity', 'edge']
const DOMAINS = { education: 'depth', support: 'tone', technical: 'focus' } as const
const FORMATS = { code: 'extent', creative: 'genre', 'data-analysis': 'purpose', 'technical-docs': 'document' } as const

it('every domain and format is among those built here', () => {
  expect(presetNames('domains')).toEqual(Object.keys(DOMAINS))
  expect(presetNames('formats')).toEqual(Object.keys(FORMATS))
  expect(presetNames('rubrics').filter((name) => !Object.hasOwn(FORMATS, name))).toEqual(['adherence', 'conversation', 'preference'])
})

it.each(Object.entries(DOMAINS))(
  'the domain %s, with all standard dimensions, judged by the conversation checklist',
  async (domain, own) => {
    const dimensions = Object.fromEntries(STANDARD.map((preset) => [preset, { preset }]))
    using at = project({ domain, dimensions, checks: [{ check: 'judge', by: 'default', rubric: 'conversation' }] })
    for (const { cell, scores } of await built(at)) {
      expect(Object.keys(cell)).toEqual(expect.arrayContaining([...Object.keys(dimensions), 'scenario', own]))
      expect(Object.keys(scores?.['judge'] ?? {})).toHaveLength(7)
    }
  },
)

it.each(Object.entries(FORMATS))('the format %s on a domain, judged by its own rubric and for adherence', async (format, own) => {
  using at = project({
    domain: 'education',
    format,
    checks: [
      { check: 'judge', by: 'default' },
      { check: 'judge', by: 'default', rubric: 'adherence', dimensions: [own], severity: 'warn' },
    ],
  })
  for (const { cell, scores } of await built(at)) {
    expect(Object.keys(cell)).toContain(own)
    expect(Object.keys(scores ?? {})).toEqual(['judge', 'judge-2'])
    expect(Object.keys(scores?.['judge-2'] ?? {})).toEqual([own])
  }
})

it('pairs of a domain, compared by what makes one answer better than another', async () => {
  using at = project({
    domain: 'education',
    recipe: { preset: 'preference', from: 'weakened', attempts: 3 },
    checks: [{ check: 'judge', by: 'default', compare: true, min: 'loses' }],
    outputs: { train: { format: 'trl-preference' } },
  })
  for (const { scores } of await built(at)) expect(Object.keys(scores?.['judge'] ?? {})).toEqual(['right', 'helpful', 'fitting', 'overall'])
})

it('a name, a domain and a recipe in TypeScript are a config', async () => {
  using at = new Project({
    'datagen.config.ts': `import { defineConfig, recipes } from 'datagen'
export default defineConfig({
  name: 'least',
  domain: { preset: 'support', scenarios: ['late-parcel'], dimensions: ['tone'] },
  recipe: recipes.singleTurn(),
})
`,
  })
  const { stdout, code } = await at.run('show', 'cells')
  expect([code, stdout.trim().split('\n').length]).toEqual([0, 3])
})
