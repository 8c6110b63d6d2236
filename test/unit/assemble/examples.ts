/** Examples of every kind that a recipe can make. */
import type { Example, Message } from '../../../schema/config.ts'

const system: Message = { role: 'system', content: 'Be kind.' }
const question: Message = { role: 'user', content: 'How late is it?\u2028' }
const answer: Message = { role: 'assistant', content: 'Noon.' }

export const plain: Example = { messages: [system, question, answer] }

export const twoTurns: Example = {
  messages: [question, answer, { role: 'user', content: 'Sure?' }, { role: 'assistant', content: 'Yes.' }],
}

export const pair: Example = { messages: [system, question, answer], rejected: [{ role: 'assistant', content: 'No idea.' }] }

const call = (id: string, city: string): NonNullable<Message['tool_calls']>[number] => ({
  id,
  type: 'function',
  function: { name: 'time_in', arguments: `{"city":"${city}","exact":true}` },
})

export const tools: Example['tools'] = [
  {
    type: 'function',
    function: {
      name: 'time_in',
      description: 'The time in a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]

export const calling: Example = {
  messages: [
    question,
    { role: 'assistant', content: null, tool_calls: [call('call_0_0', 'Oslo')] },
    { role: 'tool', tool_call_id: 'call_0_0', content: '{"time":"12:00"}' },
    answer,
  ],
  tools,
}

export const callingTwice: Example = {
  messages: [
    question,
    { role: 'assistant', content: null, tool_calls: [call('a', 'Oslo'), call('b', 'Rome')] },
    { role: 'tool', tool_call_id: 'b', content: '{"time":"12:00"}' },
    { role: 'tool', tool_call_id: 'a', content: '{"time":"12:00"}' },
    answer,
  ],
  tools,
}
