/** YAML says of recipes what TypeScript says: the same steps, requests and examples. */
import { expect, test } from 'vitest'
import type { StepContext } from '../../../schema/config.ts'
import { askRequest } from '../../../src/plan/render.ts'
import { Project } from './project.ts'

const head = (recipe: string) => `import { defineConfig, documents, recipes } from 'datagen'
export default defineConfig({ name: 'x', models: { default: 'vllm:m', other: 'vllm:o' }, dimensions: { passage: documents({ files: ['a.md'] }), asker: ['one', 'two'] }, recipe: ${recipe} })
`
const body = (recipe: string) => `name: x
models: { default: 'vllm:m', other: 'vllm:o' }
dimensions:
  passage: { documents: { files: [a.md] } }
  asker: [one, two]
recipe:
${recipe.replace(/^/gm, '  ')}
`
const tool = `{ type: 'function', function: { name: 'find', parameters: { type: 'object', properties: { id: { type: 'string' } } } } }`
const call = { id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"id":"A"}' } }

test.each<[string, string, string, StepContext['steps']]>([
  [
    'fromDocuments',
    `recipes.fromDocuments({ user: 'other', context: 'user', system: 'Be kind to {{ cell.asker }}.' })`,
    `preset: fromDocuments\nuser: other\ncontext: user\nsystem: Be kind to {{ cell.asker }}.`,
    { user: 'Why?', assistant: { evidence: ['One.'], answer: 'So.' } },
  ],
  [
    'preference',
    `recipes.preference({ candidates: 2, judge: 'other', rubric: '- good' })`,
    `preset: preference\ncandidates: 2\njudge: other\nrubric: '- good'`,
    {
      user: 'Why?',
      'candidate-1': 'So.',
      'candidate-2': 'Not so.',
      judge: { candidate_1: { reasoning: '', score: 1 }, candidate_2: { reasoning: '', score: 2 } },
    },
  ],
  [
    'weakened',
    `recipes.preference({ from: 'weakened', kinds: ['too-terse', { id: 'mine', guide: 'Worse.' }], weakener: 'other' })`,
    `preset: preference\nfrom: weakened\nkinds: [too-terse, { id: mine, guide: Worse. }]\nweakener: other`,
    { user: 'Why?', assistant: 'So.', weakened: 'Not so.' },
  ],
  [
    'toolUse',
    `recipes.toolUse({ tools: [${tool}], rounds: 1, calls: 1, mustCall: true, results: { find: { simulate: 'other', guide: 'All of {{ cell.asker }}.' } } })`,
    `preset: toolUse\ntools: [${tool}]\nrounds: 1\ncalls: 1\nmustCall: true\nresults: { find: { simulate: other, guide: 'All of {{ cell.asker }}.' } }`,
    { user: 'Where?', 'call-1': { content: null, tool_calls: [call] }, 'result-1-1-find': { result: 'here' }, answer: 'Here.' },
  ],
  [
    'evolve',
    `recipes.evolve({ operations: ['deepen', 'combine'], rounds: 1, evolver: 'other' })`,
    'preset: evolve\noperations: [deepen, combine]\nrounds: 1\nevolver: other',
    { user: 'Why?', 'evolve-1': 'Why, really?', assistant: 'So.' },
  ],
  [
    'own steps',
    `{ steps: { who: { spread: 'other', prompt: 'Two.', count: 2, over: 'asker' }, a: { ask: 'default', prompt: '{{ steps.who }}', tools: [${tool}], version: 2 } }, example: { messages: [{ role: 'user', content: '{{ steps.who }}' }, { role: 'assistant', content: 'x' }], rejected: [{ role: 'assistant', content: 'y' }] } }`,
    `steps:\n  who: { spread: other, prompt: Two., count: 2, over: asker }\n  a: { ask: default, prompt: '{{ steps.who }}', tools: [${tool}], version: 2 }\nexample:\n  messages: [{ role: user, content: '{{ steps.who }}' }, { role: assistant, content: x }]\n  rejected: [{ role: assistant, content: y }]`,
    {
      'who:all': {
        candidates: [
          { text: 'Ann', probability: 0.5 },
          { text: 'Bob', probability: 0.5 },
        ],
      },
      who: 'Ann',
      a: 'So.',
    },
  ],
])('%s', async (_, script, data, steps) => {
  const facts = async (file: string, text: string) => {
    using project = new Project({ 'a.md': 'One.', [file]: text })
    const { dataset } = await project.load()
    const context: StepContext = {
      cell: { passage: 'a.md', asker: 'two' },
      guide: { passage: 'One.', asker: 'two' },
      steps,
      sample: 0,
      covered: [],
      remarks: [],
    }
    const { recipe, models } = dataset
    return {
      models: [...models.keys()],
      made: recipe.steps.map((step) => {
        if (step.when && !step.when(context)) return [step.name]
        if (step.kind === 'ask') return [step.name, askRequest(step, context)]
        return [step.name, step.kind === 'derive' ? step.derive(context) : step.argv]
      }),
      makes: recipe.makes,
      example: recipe.example(context),
      details: recipe.details?.(context),
    }
  }
  const fromYaml = await facts('datagen.config.yaml', body(data))
  expect(fromYaml).toEqual(await facts('datagen.config.ts', head(script)))
  expect(fromYaml.made.length).toBeGreaterThan(1)
})
