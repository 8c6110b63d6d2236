/** OpenAI's messages and tools in the shapes of node-llama-cpp. */
import type { Json, JsonObject } from '../../../../schema/json.ts'
import type { HistoryCall, HistoryItem, LlamaFunctions } from './llama.ts'

/** Ends with an empty answer, which the model is to write. */
export function historyOf(messages: readonly JsonObject[]): HistoryItem[] {
  const history: HistoryItem[] = []
  const calls = new Map<string, HistoryCall>()
  for (const message of messages) {
    const text = textOf(message['content'])
    switch (message['role']) {
      case 'system':
      case 'developer':
        history.push({ type: 'system', text })
        break
      case 'assistant':
        history.push({ type: 'model', response: [...(text === '' ? [] : [text]), ...callsOf(message['tool_calls'], calls)] })
        break
      case 'tool': {
        const call = calls.get(String(message['tool_call_id']))
        if (call) call.result = text
        break
      }
      default:
        history.push({ type: 'user', text })
    }
  }
  // After the results of its calls the model goes on in the same answer.
  if (messages.at(-1)?.['role'] !== 'tool') history.push({ type: 'model', response: [] })
  return history
}

function callsOf(list: Json | undefined, calls: Map<string, HistoryCall>): HistoryCall[] {
  if (!Array.isArray(list)) return []
  return (list as JsonObject[]).map((one) => {
    const asked = (one['function'] ?? {}) as JsonObject
    const call: HistoryCall = { type: 'functionCall', name: String(asked['name']), params: parsed(asked['arguments']), result: null }
    calls.set(String(one['id']), call)
    return call
  })
}

/** Texts, and the texts among parts. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return (content as JsonObject[]).map((part) => (typeof part?.['text'] === 'string' ? part['text'] : '')).join('')
}

function parsed(text: Json | undefined): Json {
  try {
    return JSON.parse(String(text)) as Json
  } catch {
    return {}
  }
}

export function functionsOf(tools: Json | undefined): LlamaFunctions | undefined {
  if (!Array.isArray(tools) || tools.length === 0) return undefined
  return Object.fromEntries(
    (tools as JsonObject[]).map((tool) => {
      const { name, description, parameters } = (tool['function'] ?? {}) as JsonObject
      return [
        String(name),
        { ...(typeof description === 'string' ? { description } : {}), ...(parameters ? { params: parameters as JsonObject } : {}) },
      ]
    }),
  )
}
