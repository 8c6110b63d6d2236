/** Tool use: calls that are held to their schemas, results from three sources, and what edits of them ask anew. */
import { expect, it } from 'vitest'
import type { Config, ToolUse } from '../../schema/config.ts'
import { type Calling, Speaker, said } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const find = (description = 'Finds a parcel.') => ({
  type: 'function' as const,
  function: {
    name: 'find',
    description,
    parameters: {
      type: 'object',
      properties: { id: { type: 'string', pattern: '^[A-Z]$' } },
      required: ['id'],
      additionalProperties: false,
    },
  },
})

const config = (recipe: Partial<ToolUse> = {}): Config => ({
  name: JSON.stringify(Object.keys(recipe)).slice(0, 50),
  models: { writer: 'openai:writer', agent: 'openai:agent' },
  dimensions: { parcel: ['A', 'B'] },
  recipe: {
    preset: 'toolUse',
    user: 'writer',
    assistant: 'agent',
    tools: [find()],
    results: { find: ({ id }) => ({ id: id as string, place: `place of ${id}` }) },
    ...recipe,
  },
})

const parcelIn = (text: string) => (text.includes('parcel: A') ? 'A' : 'B')
const short = (message: string) => (message.includes('parcel:') ? parcelIn(message) : message)

/** Writes `Where is A?`; `agent` says what comes next. */
const talking = (agent: (message: string, attempt: number) => string | Calling) =>
  new Speaker((model, message, { attempt }) =>
    model === 'writer'
      ? message.includes('The tool:')
        ? JSON.stringify({ result: 'simulated' })
        : `Where is ${parcelIn(message)}?`
      : agent(message, attempt),
  )

const calling = (...calls: Calling['calls']): Calling => ({ calls })
/** Calls once, and then says what it was told. */
const once = talking((message) => (message.startsWith('Where') ? calling(['find', `{"id":"${message.at(-2)}"}`]) : `It is at ${message}.`))

it('calls, gets the result of a function and answers, with ids of our own', async () => {
  using world = new World(once)
  const { calls } = await world.build(config())
  expect(said(calls, short)).toEqual([
    'agent: Where is A? @0.0.0',
    'agent: Where is B? @0.0.0',
    'agent: {"id":"A","place":"place of A"} @0.0.0',
    'agent: {"id":"B","place":"place of B"} @0.0.0',
    'writer: A @0.0.0',
    'writer: B @0.0.0',
  ])
  expect(world.rows()?.[0]?.line).toBe(
    `{"messages":[{"role":"user","content":"Where is A?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1_1","type":"function","function":{"name":"find","arguments":"{\\"id\\":\\"A\\"}"}}]},{"role":"tool","tool_call_id":"call_1_1","content":"{\\"id\\":\\"A\\",\\"place\\":\\"place of A\\"}"},{"role":"assistant","content":"It is at {\\"id\\":\\"A\\",\\"place\\":\\"place of A\\"}."}],"tools":${JSON.stringify([find()])}}`,
  )
  expect((await world.build(config())).calls).toEqual([])
})

it('another result asks on only where it was given; another description asks from the first call on', async () => {
  using world = new World(once)
  await world.build(config())
  const moved = config({
    results: { find: ({ id }) => ({ id: id as string, place: id === 'A' ? 'elsewhere' : `place of ${id}` }) },
    rounds: 3,
  })
  expect(said((await world.build(moved)).calls, short)).toEqual(['agent: {"id":"A","place":"elsewhere"} @0.0.0'])
  const described = { tools: [find('Finds any parcel.')] }
  expect(said((await world.build(config(described))).calls, short)).toEqual([
    'agent: Where is A? @0.0.0',
    'agent: Where is B? @0.0.0',
    'agent: {"id":"A","place":"place of A"} @0.0.0',
    'agent: {"id":"B","place":"place of B"} @0.0.0',
    // What the assistant can do decides what people come to it with.
    'writer: A @0.0.0',
    'writer: B @0.0.0',
  ])
})

it.each<[string, Calling | string, Partial<ToolUse>]>([
  ['unknown-tool', calling(['fnd', '{}']), {}],
  ['arguments-not-json', calling(['find', '{"id":']), {}],
  ['arguments-schema', calling(['find', '{"id":"a"}']), {}],
  ['arguments-schema', calling(['find', '{"id":"A","x":1}']), {}],
  ['too-many-calls', calling(['find', '{"id":"A"}'], ['find', '{"id":"B"}'], ['find', '{"id":"C"}']), {}],
  ['no-call', 'I know without looking.', { mustCall: true }],
])('%s: asked for again, and rejected when that does not help', async (code, wrong, recipe) => {
  using world = new World(
    talking((message, attempt) =>
      message.startsWith('Where') ? (message.includes('A') || attempt === 0 ? wrong : calling(['find', '{"id":"B"}'])) : `At ${message}`,
    ),
  )
  const { calls, result } = await world.build(config(recipe))
  expect(said(calls, short).filter((line) => line.includes('Where'))).toEqual([
    'agent: Where is A? @0.0.0',
    'agent: Where is A? @0.1.0',
    'agent: Where is B? @0.0.0',
    'agent: Where is B? @0.1.0',
  ])
  expect(result?.end.counts).toMatchObject({ accepted: 1, rejected: 1 })
  expect(result?.end.problems.map((problem) => problem.code)).toEqual([code])
  expect((await world.build(config(recipe))).calls).toEqual([])
})

it('calls at once and in rounds, from a model that stands in and from nothing at all, and ends by itself or is made to', async () => {
  using world = new World(
    talking((message) => {
      if (message === 'Where is A?') return calling(['find', '{"id":"A"}'], ['find', '{"id":"B"}'])
      return message === 'Where is B?' ? 'Nowhere.' : calling(['find', '{"id":"C"}'])
    }),
  )
  const { calls, result } = await world.build(config({ results: {}, rounds: 2 }))
  const first = calls.filter(({ body }) => body['model'] === 'agent')
  // Two rounds of calls for A, after which the tools are only shown; B needs none.
  expect(first.map(({ body }) => [(body['messages'] as unknown[]).length, body['tool_choice'] ?? null]).sort()).toEqual([
    [1, null],
    [1, null],
    [4, null],
    [6, 'none'],
    [6, 'none'],
  ])
  expect(calls.filter(({ body }) => body['model'] === 'writer')).toHaveLength(5)
  // It went on calling when it should have answered.
  expect(result?.end.problems.map(({ code }) => code)).toEqual(['tool-calls'])
  expect(world.rows()?.map(({ row }) => row.messages)).toEqual([
    [
      { role: 'user', content: 'Where is B?' },
      { role: 'assistant', content: 'Nowhere.' },
    ],
  ])
})

it('a command answers equal calls once', async () => {
  using world = new World(talking((message) => (message.startsWith('Where') ? calling(['find', '{"id":"Z"}']) : `At ${message}`)))
  const command = { find: { run: ['node', '-e', 'process.stdin.pipe(process.stdout)'] } }
  const { events } = await world.build(config({ results: command }), { concurrency: 1 })
  expect(events.filter((event) => event.type === 'step-start' && event.step.startsWith('result')).length).toBe(1)
  expect(world.rows()?.[0]?.row.messages[2]).toEqual({
    role: 'tool',
    tool_call_id: 'call_1_1',
    content: '{"tool":"find","arguments":{"id":"Z"}}',
  })
})
