/** Axolotl: messages by the model's own chat template, and the old instruction formats. */
import type { ChatRules } from '../conversation.ts'
import type { Platform } from '../platform.ts'
import { chatShape, textShape } from '../shapes.ts'
import { alpacaShape, sharegpt } from './sharegpt.ts'
import { trl } from './trl.ts'

const CHAT: ChatRules = {
  roles: ['system', 'developer', 'user', 'assistant', 'tool'],
  system: 'free',
  order: 'free',
  last: 'free',
  assistant: 'needed',
  user: 'advised',
  content: { text: true, parts: { system: ['text'], user: ['text', 'image', 'audio', 'video'], assistant: ['text'], tool: ['text'] } },
  tools: { arguments: 'either', ids: 'optional', definition: [] },
}

const preference = trl.shapes.filter(({ id }) => id === 'preference')

export const axolotl: Platform = {
  id: 'axolotl',
  title: 'Axolotl',
  source: 'axolotl 067b021 docs/dataset-formats/conversation.qmd, inst_tune.qmd',
  seen: '2026-11',
  shapes: [
    chatShape({ id: 'messages', keys: ['messages', 'tools'], extra: 'kept', rules: CHAT }),
    sharegpt,
    alpacaShape('response'),
    alpacaShape('output'),
    ...preference,
    textShape('question-answer', ['question', 'answer'], ['answer'], 'kept'),
    textShape('text', ['text'], ['text'], 'kept'),
  ],
  file: { layouts: ['lines', 'array', 'parquet'], packings: ['none', 'gzip', 'zstd'], minRows: 1 },
}
