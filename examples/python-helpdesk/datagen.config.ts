import { batches, checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: 'python-helpdesk',
  models: { default: { use: 'simulated' } }, // for example 'openai:gpt-5-mini'
  domain: 'technical',
  dimensions: dimensions('phrasing', 'expertise', 'complexity', 'edge', 'context'),
  recipe: recipes.singleTurn({ system: 'You are a patient Python tutor. Answer with code that runs and say why it works.' }),
  batches: batches.fourStage({ size: 60 }),
  checks: [checks.unique()],
  outputs: { train: { holdout: { valid: 0.1 } } },
})
