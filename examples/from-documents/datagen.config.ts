import { checks, defineConfig, dimensions, documents, recipes } from 'datagen'

export default defineConfig({
  name: 'handbook-questions',
  models: {
    writer: { use: 'simulated' }, // for example 'openai:gpt-5-mini'
    expert: { use: 'simulated' },
  },
  dimensions: {
    passage: documents({
      files: ['docs/*.md', 'docs/faq.csv'],
      split: { by: 'heading', max: 400 },
      text: ['question', 'answer'],
      id: 'id',
    }),
    ...dimensions('phrasing'),
    asker: dimensions.pick('personas', ['shop-owner', 'new-parent', 'immigrant-carpenter']),
  },
  recipe: recipes.fromDocuments({
    user: 'writer',
    assistant: 'expert',
    system: 'You answer questions of customers of the Nordpost bicycle shop.',
    context: 'none', // 'user' or 'system' shows the passage in the row
  }),
  batches: { questions: { size: 40 } },
  checks: [checks.unique(), checks.forbid(['the passage', 'the document', 'as stated above'])],
  outputs: { train: { holdout: { valid: 0.1 } }, prompts: { format: 'trl-prompt-completion' } },
})
