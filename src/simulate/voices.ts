/** Who writes the answers: somebody terse for tests, or the writer of the simulated provider for people. */
import type { Json } from '../../schema/json.ts'
import type { Question, Spoken, Voice } from './said.ts'

/** A hash for an answer: short, the same for the same digest, and no two alike. */
export const terse: Voice = ({ raw }, digest) => ({
  content: `answer ${digest.toString('hex').slice(0, 24)}`,
  finish: 'stop',
  input: Math.ceil(raw.length / 4),
  output: 12,
})

/** Texts that follow the request, as the simulated provider writes them. Loaded here, because tests of the wire need none of it. */
export async function plausible(): Promise<Voice> {
  const { simulatedCompletion } = await import('../generate/providers/simulated.ts')
  return ({ chat }: Question, digest: Buffer): Spoken => {
    const { choices, usage } = simulatedCompletion(chat, digest, undefined)
    const [{ message, finish_reason: finish }] = choices
    const calls = (message as { readonly tool_calls?: readonly Json[] }).tool_calls
    return {
      content: message.content,
      finish,
      input: usage.prompt_tokens,
      output: usage.completion_tokens,
      ...(calls ? { calls } : {}),
    }
  }
}
