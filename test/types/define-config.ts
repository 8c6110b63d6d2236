/** Compiled, never run: names and values of a config are literals, and each `@ts-expect-error` is a mistake that must not compile. */
// biome-ignore-all lint/suspicious/noThenProperty: a constraint's own word
// biome-ignore-all format: `@ts-expect-error` covers one line
import { checks, defineConfig, dimensions, recipes } from 'datagen'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const prove = <_True extends true>(): void => {}

const models = { writer: 'openai:gpt-5-mini', tutor: { use: 'openai:gpt-5', temperature: 1 } } as const
const topic = ['csv', { id: 'json', guide: 'read a JSON file', weight: 2 }] as const

// A prompt function sees its dimensions' ids as literals.
defineConfig({
  name: 'literals',
  models: { writer: 'openai:gpt-5-mini' },
  dimensions: { topic: ['csv', { id: 'json', guide: 'read a JSON file' }], ...dimensions('expertise'), phrasing: { preset: 'phrasing', pick: ['question'] }, edge: { preset: 'edge' } },
  where: [
    { not: { topic: 'csv', expertise: ['beginner', 'expert'] } },
    { if: { phrasing: 'question' }, then: { edge: 'happy' } },
    (cell) => {
      prove<Same<typeof cell.topic, 'csv' | 'json'>>()
      prove<Same<typeof cell.expertise, 'beginner' | 'intermediate' | 'expert'>>()
      prove<Same<typeof cell.phrasing, 'question'>>()
      prove<Same<typeof cell.edge, 'happy' | 'boundary' | 'error' | 'special'>>()
      return cell.topic === 'csv'
    },
  ],
  recipe: {
    steps: {
      user: {
        ask: 'writer',
        prompt: ({ cell, guide }) => {
          prove<Same<typeof cell.topic, 'csv' | 'json'>>()
          prove<Same<typeof guide.topic, string>>()
          return cell.topic
        },
      },
      shout: { derive: ({ steps }) => `${steps.user}!` },
      count: { run: ['wc', '-w'], when: ({ cell }) => cell.edge === 'happy' },
      ideas: { ask: 'writer', prompt: 'ten ideas', shared: true, when: ({ steps }) => steps.count !== null },
    },
    example: ({ steps }) => ({ messages: [{ role: 'user', content: `${steps.user}` }] }),
  },
  batches: { core: { where: { topic: 'csv' } }, few: { select: 'pairwise' }, even: { size: 4, quota: { topic: { csv: 3, json: 1 } } }, rest: { after: ['core'], where: (cell) => cell.expertise !== 'expert' } },
  checks: [
    checks.unique({ of: 'conversation' }),
    checks.length({ of: 'user', max: 400, where: { expertise: 'beginner' } }),
    checks.length({ of: 'assistant', by: 'expertise', bounds: { beginner: { max: 900 } } }),
    checks.refusal({ where: { expertise: ['beginner', 'expert'] } }),
    checks.repetition(),
    checks.nearDuplicates({ of: 'conversation', similarity: 0.9 }),
    checks.templates({ limits: { opening: { warn: 0.2, fail: null } }, severity: 'fail' }),
    checks.share({ expertise: [0.2, 0.3] }),
    checks.language({ is: 'en' }),
    checks.json({ schema: { type: 'object' }, fenced: true }),
    checks.code({ languages: ['json'] }),
    checks.contamination({ files: ['eval.jsonl'] }),
    checks.custom('polite', (example, cell) => cell['topic'] === 'csv' || example.messages.length > 0 || 'no messages'),
    {
      check: 'custom',
      name: 'kind',
      test: (_example, cell) => {
        prove<Same<typeof cell.topic, 'csv' | 'json'>>()
        return true
      },
    },
  ],
  outputs: { train: { holdout: { valid: 0.1 }, where: { topic: 'json' }, batches: ['core'] } },
})

// Without models, every step asks `default`.
defineConfig({ name: 'default', dimensions: { topic }, recipe: recipes.singleTurn({ system: 'You help.' }) })
defineConfig({ name: 'default', dimensions: { topic }, recipe: { steps: { a: { ask: 'default', prompt: 'x' } }, example: { messages: [{ role: 'user', content: '{{ steps.a }}' }] } } })
defineConfig({ name: 'functions', models, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer', assistant: 'tutor', answer: ['topic'], system: ({ cell }) => `${cell['topic']}` }) })
defineConfig({ name: 'functions', models, dimensions: { topic }, recipe: { preset: 'singleTurn', user: 'writer', system: ({ cell }) => cell.topic } })
defineConfig({ name: 'talk', models, dimensions: { topic }, recipe: recipes.conversation({ pattern: 'support', user: 'writer', persona: 'topic', resolved: { by: 'tutor', after: 2 } }) })
defineConfig({ name: 'talk', models, dimensions: { topic }, recipe: { preset: 'conversation', pattern: { turns: [{ id: 'a', by: 'user', intent: 'ask' }, { id: 'b', by: 'assistant', intent: 'answer' }] }, goal: ({ cell }) => cell.topic } })
// `dimensions.pick` keeps the ids it picked.
const picked = dimensions.pick('phrasing', ['question', 'command'])
prove<Same<(typeof picked)[number]['id'], 'question' | 'command'>>()

// @ts-expect-error a preset that does not exist
dimensions('phrasings')
// @ts-expect-error a value that the preset does not have
dimensions.pick('phrasing', ['questions'])
// @ts-expect-error a check that does not exist
checks.uniqe()

// @ts-expect-error a misspelled dimension in `not`
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), where: [{ not: { topik: 'csv' } }] })
// @ts-expect-error a misspelled value in `not`
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), where: [{ not: { topic: 'cvs' } }] })
// @ts-expect-error a misspelled dimension in a constraint function
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), where: [(cell) => cell.topik === 'csv'] })
// @ts-expect-error a misspelled value in a constraint function
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), where: [(cell) => cell.topic === 'cvs'] })
// @ts-expect-error a misspelled dimension in a batch
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), batches: { a: { where: { topik: 'csv' } } } })
// @ts-expect-error a misspelled value in an output
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), outputs: { train: { where: { topic: 'cvs' } } } })
// @ts-expect-error a quota that leaves a value out
defineConfig({ name: 'x', dimensions: { t: ['csv', 'json'] }, recipe: recipes.singleTurn(), batches: { a: { quota: { t: { csv: 1 } } } } })
// @ts-expect-error a batch that does not exist
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), batches: { a: {}, b: { after: ['aa'] } } })
// @ts-expect-error a misspelled check
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), checks: [{ check: 'uniqe' }] })
// @ts-expect-error a misspelled dimension in a share
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), checks: [checks.share({ topci: [0.2, 0.3] })] })
// @ts-expect-error a misspelled value in a check for refusals
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), checks: [checks.refusal({ where: { topic: 'cvs' } })] })
// @ts-expect-error a misspelled value in a check
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn(), checks: [checks.length({ of: 'user', max: 9, where: { topic: 'cvs' } })] })
// @ts-expect-error a misspelled model in singleTurn
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writter' }) })
// @ts-expect-error a pattern that does not exist
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.conversation({ pattern: 'suport' }) })
// @ts-expect-error a misspelled model that judges
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.conversation({ pattern: 'support', resolved: { by: 'tuter' } }) })
// @ts-expect-error a misspelled persona
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.conversation({ pattern: 'support', persona: 'topik' }) })
// @ts-expect-error a misspelled dimension in `answer`
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer', answer: ['topik'] }) })
// @ts-expect-error a model, and none is configured
defineConfig({ name: 'x', dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer' }) })
// @ts-expect-error a preset that does not exist
defineConfig({ name: 'x', dimensions: { topic, phrasing: { preset: 'phrasin' } }, recipe: recipes.singleTurn() })

const example = { messages: [{ role: 'user', content: '{{ steps.a }}' }] } as const
// @ts-expect-error a misspelled model in `ask`
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writter', prompt: 'x' } }, example } })
// @ts-expect-error a misspelled dimension in a prompt
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', prompt: ({ cell }) => cell.topik } }, example } })
// @ts-expect-error a misspelled dimension in a guide
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', prompt: ({ guide }) => guide.topik } }, example } })
// @ts-expect-error a step that does not exist
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', prompt: 'x' }, b: { derive: ({ steps }) => steps.aa } }, example } })
// @ts-expect-error a misspelled dimension in a condition
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', prompt: 'x', when: ({ cell }) => cell.topic === 'cvs' } }, example } })
// @ts-expect-error a condition that decides nothing
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { derive: 'x', when: ({ cell }) => cell.topic } }, example } })
// @ts-expect-error a misspelled key of a step
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { steps: { a: { ask: 'writer', promt: 'x' } }, example } })
// @ts-expect-error a misspelled dimension in a singleTurn function
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: { preset: 'singleTurn', user: 'writer', system: ({ cell }) => cell.topik } })
// @ts-expect-error a misspelled dimension in a custom check
defineConfig({ name: 'x', models, dimensions: { topic }, recipe: recipes.singleTurn(), checks: [{ check: 'custom', name: 'a', test: (_example, cell) => cell.topik === 'csv' || 'x' }] })

// A domain and a format bring dimensions that functions see; own ones of the same name win.
defineConfig({
  name: 'brought',
  models,
  domain: 'technical',
  format: { preset: 'code', dimensions: ['extent', 'paradigm'], without: ['paradigm'] },
  dimensions: { topic, language: ['rust'] },
  where: [
    { not: { focus: 'errors', extent: ['program'] } },
    (cell) => {
      prove<Same<typeof cell.topic, 'csv' | 'json'>>()
      prove<Same<typeof cell.language, 'rust'>>()
      prove<Same<typeof cell.focus, 'language' | 'library' | 'performance' | 'errors'>>()
      prove<Same<typeof cell.extent, 'snippet' | 'function' | 'program'>>()
      return cell.scenario !== 'parse-log'
    },
  ],
  recipe: { preset: 'singleTurn', user: 'writer', assistant: 'tutor', answer: ['language'], system: ({ cell }) => cell.scenario },
})
// A name, a domain and a recipe are enough.
defineConfig({
  name: 'domain',
  domain: { preset: 'support', scenarios: ['late-parcel', 'wrong-item'], without: ['tone'] },
  recipe: {
    preset: 'singleTurn',
    system: ({ cell }) => {
      prove<Same<typeof cell.scenario, 'late-parcel' | 'wrong-item'>>()
      prove<Same<keyof typeof cell, 'scenario' | 'request' | 'policy'>>()
      return cell.policy
    },
  },
})

// @ts-expect-error a domain that does not exist
defineConfig({ name: 'x', domain: 'tecnical', recipe: recipes.singleTurn() })
// @ts-expect-error a scenario that the domain does not have
defineConfig({ name: 'x', domain: { preset: 'technical', scenarios: ['late-parcel'] }, recipe: recipes.singleTurn() })
// @ts-expect-error a dimension that only another domain brings
defineConfig({ name: 'x', domain: 'technical', recipe: recipes.singleTurn(), where: [{ not: { tone: 'professional' } }] })
// @ts-expect-error a misspelled value of a dimension that the domain brings
defineConfig({ name: 'x', domain: 'technical', recipe: recipes.singleTurn(), where: [(cell) => cell.focus === 'error'] })
// @ts-expect-error a dimension that was left out
defineConfig({ name: 'x', format: { preset: 'code', without: ['paradigm'] }, recipe: recipes.singleTurn(), batches: { a: { where: { paradigm: 'functional' } } } })

// A judge check names a model of the config and a rubric that exists.
defineConfig({ name: 'judged', models: { writer: 'openai:a', judge: 'openai:b' }, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer', assistant: 'writer' }), checks: [checks.judge({ by: 'judge' }), checks.judge({ by: 'judge', rubric: 'adherence', where: { topic: 'csv' }, min: 'partly' }), { check: 'judge', by: 'judge', rubric: 'code' }] })
// @ts-expect-error a judge that is no model of the config
defineConfig({ name: 'judged', models: { writer: 'openai:a', judge: 'openai:b' }, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer' }), checks: [checks.judge({ by: 'juge' })] })
// @ts-expect-error a rubric that does not exist
checks.judge({ by: 'judge', rubric: 'codes' })
// @ts-expect-error a misspelled value in the cells that are judged
defineConfig({ name: 'judged', models: { writer: 'openai:a', judge: 'openai:b' }, dimensions: { topic }, recipe: recipes.singleTurn({ user: 'writer' }), checks: [checks.judge({ by: 'judge', where: { topic: 'cvs' } })] })
