import { batches, checks, defineConfig, dimensions, recipes } from 'datagen'

export default defineConfig({
  name: 'refund-support',
  models: { customer: { use: 'simulated' }, agent: { use: 'simulated' } }, // for example 'openai:gpt-5-mini' and 'openai:gpt-5'
  domain: 'support',
  dimensions: {
    scenario: [
      { id: 'late parcel', guide: 'a parcel that should have come last week, paid for with express delivery' },
      { id: 'broken on arrival', guide: 'a coffee grinder that came with a cracked hopper, photographed' },
      { id: 'wrong size', guide: 'shoes worn once indoors, too small, past the 30 days of the return policy by four days' },
      { id: 'double charge', guide: 'an order that was charged twice, one of the two still pending at the bank' },
    ],
    ...dimensions('edge', 'phrasing'),
  },
  recipe: recipes.conversation({
    pattern: 'support',
    user: 'customer',
    assistant: 'agent',
    system:
      'You are the support agent of Lindholm Coffee. Refunds up to 50 € you may grant yourself, beyond that you open a case. Returns within 30 days, warranty two years. Never promise what the policy does not.',
  }),
  batches: batches.fourStage({ size: 20, override: { foundation: { gate: { accepted: 0.5 } } } }),
  checks: [checks.unique({ of: 'conversation' })],
  outputs: { train: {} },
})
