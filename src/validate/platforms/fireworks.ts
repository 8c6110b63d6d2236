/** Fireworks: OpenAI's rows, with the system first. */
import type { ChatRules } from '../conversation.ts'
import type { Platform } from '../platform.ts'
import { chatShape, preferenceShape } from '../shapes.ts'
import { OPENAI_TOOLS } from './openai.ts'

const CHAT: ChatRules = {
  roles: ['system', 'user', 'assistant', 'tool'],
  system: 'first',
  order: 'free',
  last: 'assistant',
  assistant: 'needed',
  user: 'advised',
  content: { text: true, parts: { user: ['text', 'image_url'], assistant: ['text'] } },
  weight: true,
  tools: OPENAI_TOOLS,
}

export const fireworks: Platform = {
  id: 'fireworks',
  title: 'Fireworks',
  source: 'docs.fireworks.ai, fine-tuning',
  seen: '2026-11',
  shapes: [
    preferenceShape({
      id: 'preference',
      extra: 'W_KEYS',
      prompt: { ...CHAT, last: 'not-assistant', assistant: 'free', user: 'needed' },
      ending: { ...CHAT, roles: ['assistant'], user: 'free' },
      single: true,
    }),
    chatShape({ id: 'chat', keys: ['messages', 'tools'], extra: 'W_KEYS', rules: CHAT }),
  ],
  file: { layouts: ['lines'], minRows: 3, maxRows: 3_000_000 },
}
