/** A scripted provider whose words follow from what was said to it. */
import type { Call, Reply } from '../../src/generate/provider.ts'
import { type Recorded, type Script, ScriptedProvider } from './scripted-provider.ts'

/** Calls of tools, each a name with its arguments as text. */
export interface Calling {
  readonly calls: readonly (readonly [name: string, given: string])[]
}

/** What is said to a model's last message; undefined for words of its own. */
export type Say = (model: string, message: string, draw: Call['draw'], call: Call) => string | Calling | undefined

export class Speaker extends ScriptedProvider {
  readonly #say: Say
  #ids = 0
  constructor(say: Say = () => undefined, script: Script = {}) {
    super(script)
    this.#say = say
  }

  override async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const reply = await super.ask(call, signal)
    const words = this.#say(String(call.body['model']), lastMessage(call.body), call.draw, call)
    if (words === undefined || reply.kind !== 'response') return reply
    const body = JSON.parse(new TextDecoder().decode(reply.raw))
    const [choice] = body.choices
    if (typeof words === 'string') choice.message.content = words
    else {
      choice.message.content = null
      choice.finish_reason = 'tool_calls'
      // As servers do it: another id each time.
      choice.message.tool_calls = words.calls.map(([name, given]) => ({
        id: `call_${this.#ids++}`,
        type: 'function',
        function: { name, arguments: given },
      }))
    }
    return { kind: 'response', raw: new TextEncoder().encode(JSON.stringify(body)) }
  }
}

function lastMessage(body: Recorded['body']): string {
  return (body['messages'] as { content: string }[]).at(-1)?.content as string
}

/** `writer: on a @0.0.0`: whom, what, and which ordinal, attempt and epoch of it. */
export function said(calls: readonly Recorded[], short: (message: string) => string = (message) => message): string[] {
  return calls
    .map(({ body, draw }) => `${body['model']}: ${short(lastMessage(body))} @${draw.ordinal}.${draw.attempt}.${draw.epoch}`)
    .sort()
}
