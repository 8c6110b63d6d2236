/** A scripted provider whose words follow from what was said to it. */
import type { Call, Reply } from '../../src/generate/provider.ts'
import { type Recorded, type Script, ScriptedProvider } from './scripted-provider.ts'

/** What is said to a model's last message; undefined for words of its own. */
export type Say = (model: string, message: string, draw: Call['draw']) => string | undefined

export class Speaker extends ScriptedProvider {
  readonly #say: Say
  constructor(say: Say = () => undefined, script: Script = {}) {
    super(script)
    this.#say = say
  }

  override async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const reply = await super.ask(call, signal)
    const words = this.#say(String(call.body['model']), lastMessage(call.body), call.draw)
    if (words === undefined || reply.kind !== 'response') return reply
    const body = JSON.parse(new TextDecoder().decode(reply.raw))
    body.choices[0].message.content = words
    return { kind: 'response', raw: new TextEncoder().encode(JSON.stringify(body)) }
  }
}

function lastMessage(body: Recorded['body']): string {
  return (body['messages'] as { content: string }[]).at(-1)?.content as string
}

/** `writer: on a @0.0.0`: whom, what, and which ordinal, attempt and epoch of it. */
export function said(calls: readonly Recorded[]): string[] {
  return calls.map(({ body, draw }) => `${body['model']}: ${lastMessage(body)} @${draw.ordinal}.${draw.attempt}.${draw.epoch}`).sort()
}
