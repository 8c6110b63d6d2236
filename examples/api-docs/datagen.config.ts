import { checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: 'api-docs',
  models: { writer: { use: 'simulated' }, author: { use: 'simulated' } }, // for example 'openai:gpt-5'
  format: 'technical-docs',
  dimensions: {
    scenario: [
      { id: 'list orders', guide: 'GET /v1/orders: cursor pagination with `limit` and `after`, filters by status and date' },
      { id: 'create refund', guide: 'POST /v1/refunds: full or partial, an idempotency key, at most what was paid' },
      { id: 'webhooks', guide: 'signed webhooks: how to verify the signature, retries for three days, out-of-order delivery' },
      { id: 'rate limits', guide: '100 requests a minute for each key; 429 with Retry-After; how to back off' },
    ],
    ...dimensions('phrasing', 'expertise'),
  },
  recipe: recipes.singleTurn({
    user: 'writer',
    assistant: 'author',
    system: 'You write the documentation of the Acme payments API. You state what is certain and name what is not documented.',
  }),
  batches: { all: { select: 'pairwise' } },
  checks: [checks.unique()],
  outputs: { train: {} },
})
