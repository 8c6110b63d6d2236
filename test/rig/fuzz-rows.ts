/** Rows and files that nobody would write on purpose, from one seed: half-right structures, wrong types, spoilt bytes. */
import type { Json } from '../../schema/json.ts'

export type Random = () => number

/** A small generator (mulberry32), so that a seed replays on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

const KEYS =
  'messages role content tool_calls tool_call_id function name arguments id type tools parameters weight input preferred_output non_preferred_output prompt completion text chosen rejected label completions labels conversations from value system kto_tag instruction output response history contents parts systemInstruction fileData functionCall args score schemaVersion toolConfig interactions available_tools question answer instances turns __proto__ constructor toString length'.split(
    ' ',
  )
const TEXTS = [
  '',
  ' ',
  'user',
  'assistant',
  'system',
  'tool',
  'human',
  'gpt',
  'model',
  'function',
  'text',
  'image_url',
  'hi',
  '{"a":1}',
  '[{}]',
  '{"name":"f","arguments":{}}',
  'bedrock-conversation-2024',
  '\u2028',
  '\u0000',
  '\ud800',
  '\x1b[2J',
  '\x1b]8;;http://evil\x07',
  '\u202e',
  '<script>alert(1)</script>',
  '=cmd|calc',
  '{{ name }}',
  '<|im_end|>',
  'as an AI language model',
  ' padded ',
  '😀',
  '{{'.repeat(50),
  '['.repeat(50),
]

/** Any JSON, with the keys that formats use. */
export function fuzzValue(random: Random, depth = 4): Json {
  const kind = random()
  if (depth === 0 || kind < 0.3) return pick<Json>(random, [null, true, false, 0, 1, -1.5, 1e308, ...TEXTS])
  if (kind < 0.5) return Array.from({ length: Math.floor(random() * 4) }, () => fuzzValue(random, depth - 1))
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [pick(random, KEYS), fuzzValue(random, depth - 1)]))
}

/** A good row with one to three places replaced, taken away, doubled or renamed. */
export function mutated(row: Json, random: Random): Json {
  const copy = structuredClone(row)
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) mutate(copy, random)
  return copy
}

function mutate(row: Json, random: Random): void {
  let at = row as Record<string, Json> | Json[]
  for (;;) {
    const keys = Object.keys(at)
    if (keys.length === 0) return
    const key = pick(random, keys)
    const inner = (at as Record<string, Json>)[key]
    if (typeof inner === 'object' && inner !== null && random() < 0.75) {
      at = inner as Record<string, Json>
      continue
    }
    const how = random()
    if (Array.isArray(at)) {
      if (how < 0.3) at.splice(Number(key), 1)
      else if (how < 0.6) at.push(inner as Json)
      else at[Number(key)] = fuzzValue(random, 2)
    } else if (how < 0.3) delete at[key]
    else if (how < 0.5) at[pick(random, KEYS)] = inner as Json
    else at[key] = fuzzValue(random, 2)
    return
  }
}

/** Bytes with some replaced, cut out, or put in. */
export function spoilt(bytes: Buffer, random: Random): Buffer {
  const parts = [...bytes]
  for (let n = Math.floor(random() * 4); n > 0 && parts.length > 0; n--) {
    const at = Math.floor(random() * parts.length)
    const how = random()
    const byte =
      random() < 0.5
        ? pick(random, [0x0a, 0x0d, 0x22, 0x5b, 0x5d, 0x7b, 0x7d, 0x2c, 0x5c, 0xff, 0xe2, 0x80, 0xa8, 0x00])
        : Math.floor(random() * 256)
    if (how < 0.4) parts[at] = byte
    else if (how < 0.7) parts.splice(at, 1 + Math.floor(random() * 5))
    else parts.splice(at, 0, byte)
  }
  return Buffer.from(parts)
}

/** One good row of each kind that platforms take. */
export const GOOD_ROWS: readonly Json[] = [
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Add 1 and 2.' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'abcdefghi', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'abcdefghi', content: '3' },
      { role: 'assistant', content: '3', weight: 1 },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'add', description: 'Adds.', parameters: { type: 'object', properties: { a: { type: 'integer' } } } },
      },
    ],
  },
  {
    input: { messages: [{ role: 'user', content: 'Hi' }] },
    preferred_output: [{ role: 'assistant', content: 'Hello' }],
    non_preferred_output: [{ role: 'assistant', content: 'Go' }],
  },
  {
    prompt: [{ role: 'user', content: 'Hi' }],
    chosen: [{ role: 'assistant', content: 'a' }],
    rejected: [{ role: 'assistant', content: 'b' }],
  },
  { prompt: 'Hi', completion: ' Hello', label: true },
  { prompt: 'Hi', completions: ['a', 'b'], labels: [true, false] },
  { text: 'Once upon a time' },
  {
    conversations: [
      { from: 'human', value: 'Hi' },
      { from: 'function_call', value: '{"name":"f","arguments":{}}' },
      { from: 'observation', value: 'x' },
      { from: 'gpt', value: 'Hello' },
    ],
    system: 's',
    tools: '[]',
  },
  { instruction: 'Add', input: '1 2', output: '3', history: [['a', 'b']] },
  {
    systemInstruction: { parts: [{ text: 's' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
    ],
  },
  {
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    completions: [
      { score: 1, completion: { role: 'model', parts: [{ text: 'a' }] } },
      { score: 0, completion: { role: 'model', parts: [{ text: 'b' }] } },
    ],
  },
  {
    schemaVersion: 'bedrock-conversation-2024',
    system: [{ text: 's' }],
    messages: [
      { role: 'user', content: [{ text: 'Hi' }] },
      { role: 'assistant', content: [{ text: 'Hello' }] },
    ],
  },
  {
    messages: [
      { role: 'user', content: [{ type: 'text', value: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', value: 'hm' },
          { type: 'tool_call', value: '{"name":"f"}' },
        ],
      },
    ],
    tools: '[]',
  },
  { question: 'Hi', answer: 'Hello' },
]
