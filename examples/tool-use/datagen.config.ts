import { checks, defineConfig, dimensions, file, recipes } from 'datagen'
import { orderStatus } from './orders.ts'

export default defineConfig({
  name: 'order-desk-tools',
  models: {
    writer: { use: 'simulated' }, // for example 'openai:gpt-5-mini'
    agent: { use: 'simulated' }, // a model that can call tools
  },
  dimensions: {
    scenario: [
      { id: 'where is it', guide: 'a parcel is late, and the customer wants to know where it is' },
      { id: 'refund', guide: 'the customer wants money back for something that broke' },
      { id: 'reschedule', guide: 'the customer will not be at home on the day of delivery' },
    ],
    mood: ['calm', 'in a hurry', 'annoyed'],
    ...dimensions('phrasing'),
  },
  recipe: recipes.toolUse({
    user: 'writer',
    assistant: 'agent',
    system: file('policy.md').trim(),
    rounds: 2,
    calls: 2,
    mustCall: true,
    tools: [
      {
        type: 'function',
        function: {
          name: 'order_status',
          description: 'Where an order is, by its number.',
          parameters: {
            type: 'object',
            properties: { order: { type: 'string', pattern: '^[A-Z]{2}-[0-9]{4}$', description: 'such as AB-1234' } },
            required: ['order'],
            additionalProperties: false,
          },
        },
      },
      {
        type: 'function',
        function: {
          name: 'delivery_days',
          description: 'The next days on which a parcel can be delivered to a postcode.',
          parameters: {
            type: 'object',
            properties: { postcode: { type: 'string', pattern: '^[0-9]{5}$' } },
            required: ['postcode'],
            additionalProperties: false,
          },
        },
      },
      {
        type: 'function',
        function: {
          name: 'open_ticket',
          description: 'Hands a case over to a person.',
          parameters: {
            type: 'object',
            properties: { reason: { type: 'string', enum: ['damage', 'loss', 'delay', 'other'] }, urgent: { type: 'boolean' } },
            required: ['reason', 'urgent'],
            additionalProperties: false,
          },
        },
      },
    ],
    results: {
      order_status: ({ order }) => orderStatus(String(order)), // a function of the arguments
      delivery_days: { run: ['node', 'delivery-days.mjs'] }, // a command
      open_ticket: { simulate: 'writer', guide: 'Tickets have numbers such as T-20391.' }, // a model that stands in for the tool
    },
  }),
  checks: [checks.unique()],
  outputs: {
    train: { format: 'openai-chat' },
    trl: { format: 'trl-messages' },
  },
})
