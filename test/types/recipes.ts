/** Compiled, never run: recipes with full types, ready-made and of one's own; each `@ts-expect-error` is a mistake that must not compile. */
// biome-ignore-all format: `@ts-expect-error` covers one line
import { defineConfig, dimensions, documents, recipes } from 'datagen'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const prove = <_True extends true>(): void => {}

const models = { writer: 'openai:gpt-5-mini', tutor: 'openai:gpt-5' } as const
const topic = ['csv', { id: 'json', guide: 'read a JSON file' }] as const
const tools = [{ type: 'function', function: { name: 'find', description: 'Finds.', parameters: { type: 'object' } } }] as const

// A recipe of one's own with every kind of step.
defineConfig({
  name: 'own',
  models,
  dimensions: { topic, ...dimensions('expertise', 'personas'), passage: documents({ files: ['docs/*.md'], text: ['a', 'b'] }) },
  recipe: {
    steps: {
      people: { spread: 'writer', prompt: ({ cell }) => cell.topic, count: 3, over: 'expertise' },
      call: {
        ask: 'tutor',
        tools: [{ type: 'function', function: { name: 'find' } }],
        when: ({ cell }) => {
          prove<Same<typeof cell.topic, 'csv' | 'json'>>()
          prove<Same<typeof cell.passage, string>>()
          return cell.personas === 'farmer'
        },
        messages: ({ cell, steps }) => [{ role: 'user', content: `${cell.expertise} ${steps.people}` }],
      },
      shared: { ask: 'tutor', shared: true, prompt: 'x' },
      made: { derive: ({ steps }) => ({ calls: steps.call }) },
    },
    example: ({ steps }) => ({
      messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: `${steps.made}` }],
      rejected: [{ role: 'assistant', content: 'y' }],
      tools: [{ type: 'function', function: { name: 'find' } }],
    }),
  },
  outputs: { pairs: { format: 'trl-preference' } },
})

// The ready-made ones, as calls and as literals.
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.preference({ user: 'writer', assistant: 'tutor', judge: 'tutor', candidates: 3 }) })
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { preset: 'preference', from: 'weakened', kinds: ['wrong-fact', { id: 'mine', guide: 'g' }] } })
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.fromDocuments({ passage: 'topic', user: 'writer', context: 'user' }) })
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.evolve({ operations: ['deepen'], evolver: 'writer' }) })
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.toolUse({ tools: [{ type: 'function', function: { name: 'find' } }], results: { find: ({ id }) => ({ id: id ?? null }) } }) })
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { preset: 'toolUse', tools, results: { find: ({ id }, { cell }) => [id ?? null, cell.topic] }, simulator: 'writer' } })

// @ts-expect-error a misspelled model in preference
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.preference({ judge: 'tutr' }) })
// @ts-expect-error a misspelled model that stands in for a tool
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { preset: 'toolUse', tools, results: { find: { simulate: 'writr' } } } })
// @ts-expect-error a misspelled dimension in a tool's result
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { preset: 'toolUse', tools, results: { find: (_, { cell }) => cell.topik } } })
// @ts-expect-error a misspelled dimension of passages
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.fromDocuments({ passage: 'topik' }) })
// @ts-expect-error a way of splitting that does not exist
documents({ files: ['a.md'], split: { by: 'headings' } })
// @ts-expect-error an output format that does not exist
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.evolve(), outputs: { a: { format: 'sharegtp' } } })

const example = { messages: [{ role: 'user', content: '{{ steps.a }}' }] } as const
// @ts-expect-error a misspelled dimension to spread over
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { spread: 'writer', prompt: 'x', count: 2, over: 'topik' } }, example } })
// @ts-expect-error a spread without a count
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { spread: 'writer', prompt: 'x' } }, example } })
// @ts-expect-error a misspelled step in a function of messages
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', messages: ({ steps }) => [{ role: 'user', content: `${steps.aa}` }] } }, example } })
// @ts-expect-error a tool without a name
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', prompt: 'x', tools: [{ type: 'function', function: { nme: 'x' } }] } }, example } })
