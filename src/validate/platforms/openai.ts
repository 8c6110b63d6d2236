/** OpenAI and Azure OpenAI: supervised chat, preference, and reinforcement rows. */
import type { ChatRules } from '../conversation.ts'
import type { FileRules, Platform } from '../platform.ts'
import { chatShape, preferenceShape } from '../shapes.ts'
import type { ToolRules } from '../tools.ts'

export const OPENAI_TOOLS: ToolRules = { arguments: 'text', ids: 'required', definition: [] }
const KEYS = ['messages', 'tools', 'parallel_tool_calls', 'functions']
/** Of a message: those that the cookbook's checker knows, and the ones of tools and refusals. */
const MESSAGE_KEYS = ['role', 'content', 'name', 'weight', 'tool_calls', 'tool_call_id', 'function_call', 'refusal']

const CHAT: ChatRules = {
  roles: ['system', 'user', 'assistant', 'tool', 'function'],
  system: 'free',
  order: 'free',
  last: 'assistant',
  assistant: 'needed',
  user: 'advised',
  content: { text: true, parts: { user: ['text', 'image_url'], assistant: ['text', 'refusal'] } },
  weight: true,
  keys: MESSAGE_KEYS,
  tools: OPENAI_TOOLS,
}

/** The prompt of a preference, and an ending of it: texts only. */
const PROMPT: ChatRules = {
  ...CHAT,
  last: 'not-assistant',
  assistant: 'free',
  user: 'needed',
  content: { text: true, parts: {} },
}
const ENDING: ChatRules = { ...CHAT, roles: ['assistant'], user: 'free', content: { text: true, parts: {} } }

const FILE: FileRules = { layouts: ['lines'], minRows: 10, goodRows: 50, maxBytes: 512 * 1024 * 1024, maxTokens: 65_536 }
const SOURCE = 'openai-openapi FineTune*Request schemas; supervised fine-tuning guide'

export const chat = chatShape({ id: 'chat', keys: KEYS, extra: 'W_KEYS', rules: CHAT })
export const preference = preferenceShape({ id: 'preference', extra: 'W_KEYS', prompt: PROMPT, ending: ENDING, single: true })

export const openai: Platform = {
  id: 'openai',
  title: 'OpenAI, supervised',
  source: SOURCE,
  seen: '2026-11',
  unconfirmed: 'the size of the file',
  shapes: [chat],
  file: FILE,
}

export const openaiPreference: Platform = {
  id: 'openai-preference',
  title: 'OpenAI, preference (DPO)',
  source: SOURCE,
  seen: '2026-11',
  unconfirmed: 'the size of the file',
  shapes: [preference],
  file: FILE,
}

export const openaiRft: Platform = {
  id: 'openai-rft',
  title: 'OpenAI, reinforcement',
  source: 'openai-openapi FineTuneReinforcementRequestInput; Azure reinforcement guide',
  seen: '2026-11',
  unconfirmed: 'the size of the file',
  shapes: [
    chatShape({
      id: 'prompt',
      keys: KEYS,
      extra: 'kept',
      rules: { ...CHAT, roles: ['developer', 'user', 'assistant', 'tool', 'system'], last: 'user', assistant: 'free', user: 'needed' },
    }),
  ],
  file: { ...FILE, minRows: 1, goodRows: 10 },
}

export const azure: Platform = {
  id: 'azure',
  title: 'Azure OpenAI, supervised or preference',
  source: 'learn.microsoft.com, Azure OpenAI fine-tuning and preference guides',
  seen: '2026-11',
  unconfirmed: 'the size of the file',
  shapes: [
    preferenceShape({
      id: 'preference',
      extra: 'W_KEYS',
      prompt: PROMPT,
      ending: { ...ENDING, roles: ['assistant', 'tool'] },
      single: false,
    }),
    chat,
  ],
  file: FILE,
}
