import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { noFacts, readRecords } from '../../../src/read/records.ts'
import { type Code, severityOf } from '../../../src/validate/codes.ts'
import { checkFile } from '../../../src/validate/file.ts'
import type { Platform } from '../../../src/validate/platform.ts'
import { platformNamed } from '../../../src/validate/platforms.ts'
import { checkRow } from '../../../src/validate/row.ts'
import { DATASETS, NEEDS_DATASETS } from '../../rig/datasets.ts'

/** Codes with how often, of a file of real data. */
async function codesOf(name: string, id: string): Promise<Partial<Record<Code, number>>> {
  const platform = platformNamed(id) as Platform
  const facts = noFacts()
  const counts: Partial<Record<Code, number>> = {}
  const shapes = new Map<string, number>()
  const count = (code: Code) => {
    counts[code] = (counts[code] ?? 0) + 1
  }
  for await (const record of readRecords({ kind: 'file', name, path: join(DATASETS as string, name) }, facts)) {
    if (record.kind !== 'value') {
      count(record.fault.code)
      continue
    }
    const { shape, findings } = checkRow(record.value, platform)
    if (shape) shapes.set(shape, (shapes.get(shape) ?? 0) + 1)
    for (const { code } of findings) count(code)
  }
  for (const { code } of checkFile({ ...facts, shapes }, platform)) count(code)
  return counts
}

describe.skipIf(!DATASETS)(`real files${NEEDS_DATASETS}`, () => {
  it.each([
    ['anthropic_bedrock/json_mode_dataset.jsonl', 'bedrock-claude', { W_PLACEHOLDER: 1 }],
    ['azure_openai/chat_train.jsonl', 'azure', { W_WS: 449 }],
    ['azure_openai/chat_train.jsonl', 'openai', { W_WS: 449 }],
    ['azure_openai/chat_train.jsonl', 'together', { W_WS: 449 }],
    ['azure_openai/chat_validation.jsonl', 'azure', { W_WS: 50 }],
    ['azure_openai/dpo_chat.jsonl', 'azure', { W_FEW: 1 }],
    ['azure_openai/dpo_chat.jsonl', 'openai-preference', { W_FEW: 1 }],
    ['azure_openai/dpo_chat.jsonl', 'together', { W_FEW: 1 }],
    ['azure_openai/dpo_chat.jsonl', 'fireworks', {}],
    ['azure_openai/rft_medmcq_test.jsonl', 'openai-rft', {}],
    ['bedrock_nova/formatted_test_ft.jsonl', 'bedrock-nova', { W_VERSION: 120 }],
    ['fireworks/text2sql_dataset.jsonl', 'fireworks', {}],
    ['fireworks/text2sql_dataset.jsonl', 'trl', {}],
    ['mistral/ft_training_file.jsonl', 'mistral', {}],
    ['llamafactory_demos/alpaca_en_demo.json', 'llama-factory', { W_PLACEHOLDER: 11 }],
    ['llamafactory_demos/dpo_en_demo.json', 'llama-factory', { W_PLACEHOLDER: 7 }],
    ['llamafactory_demos/kto_en_demo.json', 'llama-factory', { W_PLACEHOLDER: 6, W_SPECIAL: 2 }],
    ['llamafactory_demos/glaive_toolcall_en_demo.json', 'llama-factory', {}],
    ['llamafactory_demos/reason_tool_use_demo_50.jsonl', 'llama-factory', {}],
    ['fastchat/dummy_conversation.json', 'llama-factory', {}],
    ['fastchat/dummy_conversation.json', 'axolotl', {}],
    ['gpteacher/roleplay-instruct.json', 'axolotl', { W_PLACEHOLDER: 6, W_WS: 3 }],
    ['gsm8k/test.jsonl', 'axolotl', {}],
    // Five rows, one without a user: what OpenAI's cookbook shows as a toy.
    ['openai_cookbook/toy_chat_fine_tuning.jsonl', 'openai', { E_MIN: 1, W_NOUSER: 1 }],
  ] as const)('%s is good for %s, with these remarks', async (name, platform, expected) => {
    expect(await codesOf(name, platform)).toEqual(expected)
  })

  it.each([
    ['azure_openai/chat_train.jsonl', 'gemini', { E_FORMAT: 449 }],
    ['azure_openai/rft_medmcq_test.jsonl', 'openai', { E_NOASSIST: 6150 }],
    ['anthropic_bedrock/json_mode_dataset.jsonl', 'together', { E_KEYS: 500 }],
    ['bedrock_nova/formatted_test_ft.jsonl', 'bedrock-claude', { E_KEYS: 120, E_TYPE: 360 }],
    ['fastchat/dummy_conversation.json', 'openai', { E_FORMAT: 500, E_LAYOUT: 1 }],
  ] as const)('%s is not for %s, and the errors say why', async (name, platform, expected) => {
    const codes = await codesOf(name, platform)
    expect(Object.fromEntries(Object.entries(codes).filter(([code]) => severityOf(code as Code) === 'error'))).toEqual(expected)
  })
})
