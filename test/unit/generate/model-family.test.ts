/** Names under which models answer. */
import { expect, test } from 'vitest'
import { isFamily } from '../../../src/generate/model-family.ts'

test.each([
  ['gpt-5', 'gpt-5-2025-08-07'],
  ['gpt-5-mini', 'gpt-5-mini-2025-08-07'],
  ['gpt-4o-2024-05-13', 'gpt-4o-2024-08-06'],
  ['gpt-4-turbo', 'gpt-4-0125-turbo'],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
  ['anthropic/claude-sonnet-4.5', 'anthropic/claude-4.5-sonnet-20250929'],
  ['mistral-large-latest', 'mistral-large-2411'],
  ['gemini-2.5-flash', 'models/gemini-2.5-flash'],
  ['gemini-2.0-flash', 'gemini-2.0-flash-001'],
  ['deepseek/deepseek-r1:free', 'deepseek/deepseek-r1'],
  ['qwen3:8b', 'qwen3:8b'],
  ['meta-llama/Llama-3.3-70B-Instruct', 'llama-3.3-70b-instruct'],
])('%s may answer as %s', (asked, answered) => {
  expect(isFamily(asked, answered)).toBe(true)
})

test.each([
  ['gpt-5', 'gpt-5-mini-2025-08-07'],
  ['gpt-5', 'gpt-4o-2024-08-06'],
  ['gpt-5-mini', 'gpt-5'],
  ['qwen3:8b', 'qwen3:14b'],
  ['claude-sonnet-4-5', 'claude-opus-4-5'],
  ['deepseek-chat', 'deepseek-reasoner'],
  ['gpt-4', 'gpt-5'],
  ['a', ''],
])('%s does not answer as %s', (asked, answered) => {
  expect(isFamily(asked, answered)).toBe(false)
})
