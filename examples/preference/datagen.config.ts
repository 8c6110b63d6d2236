import { checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: 'sql-preference',
  models: {
    writer: { use: 'simulated' }, // for example 'openai:gpt-5-mini'
    tutor: { use: 'simulated' }, // the model whose answers you want to rank
    judge: { use: 'simulated' }, // better one of another family than the tutor
  },
  dimensions: {
    topic: [
      { id: 'slow query', guide: 'a SQL query on a table of some million rows has become slow' },
      { id: 'duplicates', guide: 'rows that should be unique are in a table twice' },
      { id: 'running total', guide: 'a running total for each customer and month' },
    ],
    ...dimensions('expertise', 'complexity'),
  },
  recipe: recipes.preference({
    from: 'best-of',
    candidates: 3,
    user: 'writer',
    assistant: 'tutor',
    judge: 'judge',
    system: 'You are a database consultant. You answer with SQL that runs on PostgreSQL 16.',
    rubric: `- right: the SQL runs and does what was asked
- safe: nothing is deleted or locked without a word about it
- fitting: as deep and as long as this person needs it`,
  }),
  checks: [checks.unique(), checks.length({ of: 'assistant', max: 4000 })],
  outputs: {
    dpo: { format: 'trl-preference', holdout: { valid: 0.1 } },
    openai: { format: 'openai-preference' },
  },
})
