/** Plans from configs as values, with one asked step whose prompt can be chosen. */
import type { Config, Recipe } from '../../../schema/config.ts'
import { type Plan, planOf } from '../../../src/plan/plan.ts'
import { datasetOf } from '../config/dataset.ts'

/** A recipe of one step that shows what `prompt` says. */
export const asking = (prompt: string): Recipe => ({
  steps: { said: { ask: 'm', prompt } },
  example: {
    messages: [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: '{{ steps.said }}' },
    ],
  },
})

export async function planFor(config: Partial<Config>): Promise<Plan> {
  const { dataset } = await datasetOf({ models: { m: { use: 'openai:m' } }, recipe: asking('the same for all'), ...config })
  return planOf(dataset)
}
