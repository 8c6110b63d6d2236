import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../schema/json.ts'
import type { CanonicalRow } from '../../../src/read/canonical.ts'
import { type DatasetOptions, type DatasetRow, readDataset } from '../../../src/read/dataset.ts'
import { formatNamed, type RowFormat } from '../../../src/read/formats.ts'
import { DATASETS, NEEDS_DATASETS } from '../../rig/datasets.ts'

async function read(rows: readonly Json[] | Buffer, options: DatasetOptions = {}) {
  const bytes = Buffer.isBuffer(rows) ? rows : Buffer.from((rows as Json[]).map((row) => `${JSON.stringify(row)}\n`).join(''))
  const dataset = readDataset({ kind: 'stream', name: '-', stream: Readable.from([bytes]) }, options)
  const seen: DatasetRow[] = []
  for await (const row of dataset.rows) seen.push(row)
  return { dataset, seen }
}

const user = { role: 'user', content: 'Hi' } as const
const assistant = { role: 'assistant', content: 'Hello' } as const
const call = { type: 'function', function: { name: 'f', arguments: '{"a":1}' } } as const

const CASES: readonly (readonly [name: string, format: string, row: Json, expected: Partial<CanonicalRow>])[] = [
  [
    'chat',
    'openai-chat',
    { messages: [user, assistant], id: 7 },
    { kind: 'conversation', messages: [user, assistant], prompt: 1, extra: { id: 7 } },
  ],
  ['chat that ends with a question', 'openai-chat', { messages: [user] }, { kind: 'prompt', messages: [user], prompt: 1 }],
  [
    'parts, images and a developer',
    'openai-chat',
    {
      messages: [
        { role: 'developer', content: 'S' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: {} },
            { type: 'text', text: 'b' },
          ],
        },
        assistant,
      ],
    },
    { messages: [{ role: 'system', content: 'S' }, { role: 'user', content: 'a\nb', media: 1 }, assistant] },
  ],
  [
    'calls and their results',
    'openai-chat',
    {
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [{ id: 'c1', ...call }] },
        { role: 'tool', tool_call_id: 'c1', content: 'x' },
        assistant,
      ],
      tools: [{ type: 'function' }],
    },
    {
      prompt: 1,
      tools: [{ type: 'function' }],
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [{ id: 'c1', ...call }] },
        { role: 'tool', content: 'x', tool_call_id: 'c1' },
        assistant,
      ],
    },
  ],
  [
    'calls with objects',
    'trl-messages',
    { messages: [user, { role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'f', arguments: { a: 1 } } }] }] },
    { messages: [user, { role: 'assistant', content: null, tool_calls: [call] }] },
  ],
  ['messages as a text of JSON', 'openai-chat', { messages: JSON.stringify([user, assistant]) }, { messages: [user, assistant] }],
  [
    'thinking',
    'openai-chat',
    { messages: [user, { role: 'assistant', thinking: 'hm', content: 'Hello' }] },
    { messages: [user, { role: 'assistant', content: 'Hello', reasoning: 'hm' }] },
  ],
  [
    'OpenAI preference',
    'openai-preference',
    { input: { messages: [user] }, preferred_output: [assistant], non_preferred_output: [{ role: 'assistant', content: 'Go' }] },
    { kind: 'preference', messages: [user, assistant], prompt: 1, rejected: [{ role: 'assistant', content: 'Go' }] },
  ],
  ['prompt and completion', 'trl-prompt-completion', { prompt: 'Hi', completion: 'Hello' }, { messages: [user, assistant], prompt: 1 }],
  [
    'a prompt that begins with a bracket',
    'trl-prompt-completion',
    { prompt: '[1, 2]', completion: 'Hello' },
    { messages: [{ role: 'user', content: '[1, 2]' }, assistant] },
  ],
  [
    'prompt and completion of messages',
    'trl-prompt-completion',
    { prompt: [user], completion: [assistant] },
    { messages: [user, assistant], prompt: 1 },
  ],
  [
    'TRL preference',
    'trl-preference',
    { prompt: 'Hi', chosen: 'Hello', rejected: 'Go' },
    { kind: 'preference', messages: [user, assistant], rejected: [{ role: 'assistant', content: 'Go' }] },
  ],
  [
    'TRL preference, its prompt in both sides',
    'trl-preference',
    { chosen: [user, assistant], rejected: [user, { role: 'assistant', content: 'Go' }] },
    { kind: 'preference', messages: [user, assistant], prompt: 1, rejected: [{ role: 'assistant', content: 'Go' }] },
  ],
  ['KTO', 'trl-kto', { prompt: 'Hi', completion: 'Hello', label: false }, { kind: 'rated', label: false, messages: [user, assistant] }],
  ['KTO of messages', 'trl-kto', { messages: [user, assistant], label: true }, { kind: 'rated', label: true, extra: {} }],
  ['prompt only', 'trl-prompt-only', { prompt: [user], answer_key: 'B' }, { kind: 'prompt', messages: [user], extra: { answer_key: 'B' } }],
  ['text', 'text', { text: 'Once' }, { kind: 'text', messages: [{ role: 'assistant', content: 'Once' }], prompt: 0 }],
  [
    'ShareGPT',
    'sharegpt',
    {
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Hello' },
      ],
      system: 'S',
    },
    { messages: [{ role: 'system', content: 'S' }, user, assistant], prompt: 2 },
  ],
  [
    'ShareGPT with calls',
    'sharegpt',
    {
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'function_call', value: '{"name":"f","arguments":{"a":1}}' },
        { from: 'observation', value: 'x' },
        { from: 'gpt', value: 'Hello' },
      ],
      tools: '[{"name":"f"}]',
    },
    {
      prompt: 1,
      tools: [{ name: 'f' }],
      messages: [user, { role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', content: 'x' }, assistant],
    },
  ],
  [
    'ShareGPT preference',
    'sharegpt',
    { conversations: [{ from: 'human', value: 'Hi' }], chosen: { from: 'gpt', value: 'Hello' }, rejected: { from: 'gpt', value: 'Go' } },
    { kind: 'preference', messages: [user, assistant], rejected: [{ role: 'assistant', content: 'Go' }] },
  ],
  [
    'ShareGPT KTO',
    'sharegpt',
    {
      conversations: [
        { from: 'human', value: 'Hi' },
        { from: 'gpt', value: 'Hello' },
      ],
      kto_tag: true,
    },
    { kind: 'rated', label: true },
  ],
  [
    'Alpaca',
    'alpaca',
    { instruction: 'Add', input: '1 2', output: '3' },
    {
      messages: [
        { role: 'user', content: 'Add\n1 2' },
        { role: 'assistant', content: '3' },
      ],
      prompt: 1,
    },
  ],
  [
    'Alpaca with a history',
    'alpaca',
    { instruction: 'Hi', input: '', output: 'Hello', history: [['a', 'b']], system: 'S' },
    {
      prompt: 4,
      messages: [{ role: 'system', content: 'S' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }, user, assistant],
    },
  ],
  [
    'Alpaca preference',
    'alpaca',
    { instruction: 'Hi', input: '', chosen: 'Hello', rejected: 'Go' },
    { kind: 'preference', messages: [user, assistant] },
  ],
  [
    'Gemini',
    'gemini',
    {
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Hello' }] },
      ],
    },
    { messages: [{ role: 'system', content: 'S' }, user, assistant], prompt: 2 },
  ],
  [
    'Gemini with calls',
    'gemini',
    {
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] },
      ],
    },
    { messages: [user, { role: 'assistant', content: null, tool_calls: [call] }] },
  ],
  [
    'Gemini preference',
    'gemini-preference',
    {
      contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      completions: [
        { score: 0, completion: { role: 'model', parts: [{ text: 'Go' }] } },
        { score: 1, completion: { role: 'model', parts: [{ text: 'Hello' }] } },
      ],
    },
    { kind: 'preference', messages: [user, assistant], rejected: [{ role: 'assistant', content: 'Go' }] },
  ],
  [
    'Bedrock Claude',
    'bedrock-claude',
    { system: 'S', messages: [user, assistant] },
    { messages: [{ role: 'system', content: 'S' }, user, assistant] },
  ],
  [
    'Bedrock Nova',
    'bedrock-nova',
    {
      schemaVersion: 'bedrock-conversation-2024',
      system: [{ text: 'S' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }] },
        { role: 'assistant', content: [{ text: 'Hello' }] },
      ],
    },
    { messages: [{ role: 'system', content: 'S' }, user, assistant], extra: {} },
  ],
  ['a question and an answer', 'question-answer', { question: 'Hi', answer: 'Hello' }, { messages: [user, assistant], prompt: 1 }],
  [
    'Self-Instruct',
    'self-instruct',
    { instruction: 'Add', instances: [{ input: '1 2', output: '3' }] },
    {
      messages: [
        { role: 'user', content: 'Add\n1 2' },
        { role: 'assistant', content: '3' },
      ],
    },
  ],
  [
    'turns without answers',
    'turns',
    { turns: ['a', 'b'] },
    {
      kind: 'prompt',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
      ],
    },
  ],
]

describe('a dataset', () => {
  it.each(CASES)('of %s is found to be %s', async (_, format, row, expected) => {
    const { dataset, seen } = await read([row])
    expect(seen).toMatchObject([{ kind: 'row', format: { id: format }, row: expected, raw: row, place: { row: 1, line: 1, offset: 0 } }])
    expect(dataset.detection).toMatchObject({ format: { id: format }, confidence: 1, rows: 1, others: [] })
  })

  it('whose columns are nulls where a row has none is told by what is there', async () => {
    const { seen } = await read([{ messages: [{ ...user, tool_calls: null, name: null }, assistant], label: null, system: null }])
    expect(seen).toMatchObject([{ kind: 'row', format: { id: 'openai-chat' }, row: { messages: [user, assistant], extra: {} } }])
  })

  it('of mixed formats is named, and each row is read in its own', async () => {
    const { dataset, seen } = await read([
      { messages: [user, assistant] },
      { messages: [user, assistant] },
      { question: 'Hi', answer: 'Hello' },
      { foo: 1 },
      5,
    ])
    expect(dataset.detection).toMatchObject({
      format: { id: 'openai-chat' },
      confidence: 0.4,
      rows: 5,
      others: [{ format: { id: 'question-answer' }, rows: 1 }],
    })
    expect(dataset.formats).toEqual(
      new Map([
        ['openai-chat', 2],
        ['question-answer', 1],
      ]),
    )
    expect(seen.slice(3)).toMatchObject([
      { kind: 'problem', place: { row: 4 }, problem: { code: 'E_FORMAT', message: 'no format that is known has the keys foo' } },
      { kind: 'problem', place: { row: 5 }, problem: { code: 'E_FORMAT', message: 'a row is an object, not a number' } },
    ])
  })

  it('of a given format is read in it, whatever it looks like', async () => {
    const { seen } = await read([{ prompt: 'a', text: 'b' }, { prompt: 'a' }], { format: formatNamed('text') as RowFormat })
    expect(seen).toMatchObject([
      { kind: 'row', row: { kind: 'text', extra: { prompt: 'a' } } },
      { kind: 'problem', problem: { code: 'E_FORMAT', message: 'not text: the text is missing', path: 'text' } },
    ])
  })

  it('says where a message is wrong', async () => {
    const { seen } = await read([{ messages: [user, { role: 'narrator', content: '' }] }, { messages: ['x'] }])
    expect(seen).toMatchObject([
      { kind: 'problem', problem: { message: 'not openai-chat: "narrator" is no role that is known', path: 'messages[1].role' } },
      { kind: 'problem', problem: { message: 'not openai-chat: a message is an object with a role and content', path: 'messages[0]' } },
    ])
  })

  it('whose scores are objects with a toString of their own is read (fuzz seed 621683)', async () => {
    const completion = { role: 'model', parts: [{ text: 'x' }] }
    const completions = [
      { score: { toString: 1 }, completion },
      { score: 1, completion },
    ]
    const { seen } = await read([{ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], completions }])
    expect(seen).toMatchObject([{ kind: 'row', row: { kind: 'preference' } }])
  })

  it('nested deeper than a stack reaches is a named problem', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const { seen } = await read(Buffer.from(`{"messages":[{"role":"user","content":{"a":${deep}}}]}\n{"question":"a","answer":"b"}\n`))
    expect(seen).toMatchObject([{ kind: 'problem', problem: { code: 'E_DEPTH' } }, { kind: 'row' }])
  })

  it('of anything at all ends in rows and problems, one for each record', async () => {
    const keys = fc.constantFrom(
      'messages',
      'conversations',
      'contents',
      'prompt',
      'chosen',
      'rejected',
      'role',
      'content',
      'from',
      'value',
      'parts',
      'text',
      'label',
      'instruction',
      'history',
      'input',
      'output',
      'tool_calls',
      'function',
      'arguments',
      'name',
      'system',
      'completions',
      'completion',
      'score',
      'instances',
      'turns',
      '__proto__',
      'constructor',
      'preferred_output',
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>('user', 'assistant', 'gpt', '[{}]', '{"name":"f"}', null, true, 1.5, '', [], {}),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(keys, tie('tree')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 6 }), async (rows) => {
        // The first row tells that these are lines.
        const { seen } = await read([{}, ...(rows as Json[])])
        expect(seen.length).toBe(rows.length + 1)
        for (const row of seen) if (row.kind === 'row') expect(row.row.prompt).toBeLessThanOrEqual(row.row.messages.length)
      }),
      { numRuns: 400 },
    )
  })
})

describe.skipIf(!DATASETS)(`real datasets${NEEDS_DATASETS}`, () => {
  it.each([
    ['gsm8k/test.jsonl', 'question-answer', 1319, 'conversation'],
    ['humaneval/HumanEval.jsonl.gz', 'question-answer', 164, 'conversation'],
    ['llamafactory_demos/alpaca_en_demo.json', 'alpaca', 999, 'conversation'],
    ['llamafactory_demos/dpo_en_demo.json', 'sharegpt', 300, 'preference'],
    ['llamafactory_demos/kto_en_demo.json', 'trl-kto', 300, 'rated'],
    ['llamafactory_demos/glaive_toolcall_en_demo.json', 'sharegpt', 300, 'conversation'],
    ['llamafactory_demos/reason_tool_use_demo_50.jsonl', 'openai-chat', 50, 'conversation'],
    ['anthropic_bedrock/json_mode_dataset.jsonl', 'bedrock-claude', 500, 'conversation'],
    ['bedrock_nova/formatted_test_ft.jsonl', 'bedrock-nova', 120, 'conversation'],
    ['azure_openai/chat_train.jsonl', 'openai-chat', 449, 'conversation'],
    ['azure_openai/dpo_chat.jsonl', 'openai-preference', 12, 'preference'],
    ['azure_openai/rft_medmcq_test.jsonl', 'openai-chat', 6150, 'prompt'],
    ['gpteacher/roleplay-instruct.json', 'alpaca', 1923, 'conversation'],
    ['fastchat/dummy_conversation.json', 'sharegpt', 500, 'conversation'],
    ['fastchat/mt_bench_question.jsonl', 'turns', 80, 'prompt'],
    ['self_instruct/seed_tasks.jsonl', 'self-instruct', 175, 'conversation'],
    ['mistral/ft_training_file.jsonl', 'openai-chat', 21, 'conversation'],
    ['fireworks/text2sql_dataset.jsonl', 'openai-chat', 100, 'conversation'],
  ])('%s is %s', async (name, format, count, kind) => {
    const path = join(DATASETS as string, name)
    const dataset = readDataset({ kind: 'file', name, path })
    const kinds = new Map<string, number>()
    for await (const row of dataset.rows) {
      const seen = row.kind === 'row' ? row.row.kind : row.problem.message
      kinds.set(seen, (kinds.get(seen) ?? 0) + 1)
    }
    expect([...kinds]).toEqual([[kind, count]])
    expect(dataset.detection).toMatchObject({ confidence: 1, format: { id: format }, others: [] })
  })
})
