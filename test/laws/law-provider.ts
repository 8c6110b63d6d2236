/** The scripted provider as the laws need it: some answers break a check or repeat each other, and every bill is remembered. */
import type { Call, Reply } from '../../src/generate/provider.ts'
import { canonicalText } from '../../src/key/canonical.ts'
import { type Script, ScriptedProvider } from '../rig/scripted-provider.ts'

/** What was paid for: a text, or an answer that cannot be used. */
export type Heard = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'rejected' }

/** One call, in the order they were made. */
export interface Asked {
  /** Server and canonical body. */
  readonly request: string
  /** The request and its draw: one name for each thing that can be bought. */
  readonly name: string
  /** Present when the answer was billed. */
  heard?: Heard
}

export const FORBIDDEN = 'forbidden'
export const LONGEST = 40

export class LawProvider extends ScriptedProvider {
  readonly asked: Asked[] = []
  /** The endpoint's identity in the config that is built: the wire does not show it. */
  server = 'here'
  /** Whether two writers may come upon the same words. */
  readonly #echoes: boolean

  constructor(script: Script, echoes: boolean) {
    super(script)
    this.#echoes = echoes
  }

  override async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const request = `${this.server}|${canonicalText(call.body)}`
    const asked: Asked = { request, name: nameOf(request, call.draw.ordinal, call.draw.attempt, call.draw.epoch) }
    this.asked.push(asked)
    const reply = await super.ask(call, signal)
    const envelope = reply.kind === 'response' ? parsed(reply.raw) : undefined
    const choice = envelope?.choices?.[0]
    if (!choice) return reply
    const { content } = choice.message
    if (typeof content !== 'string' || choice.finish_reason !== 'stop' || content.includes('\u001b')) {
      asked.heard = { kind: 'rejected' }
      return reply
    }
    const text = this.#say(content, String(call.body['model']).startsWith('writer'))
    asked.heard = { kind: 'text', text }
    choice.message.content = text
    return { kind: 'response', raw: new TextEncoder().encode(JSON.stringify(envelope)) }
  }

  /** Which kind of answer it is follows from its own digits, so that equal seeds give equal answers. */
  #say(text: string, writer: boolean): string {
    const digit = text.at(-1)
    if (digit === 'f') return `${text} ${FORBIDDEN}`
    if (digit === 'e') return `${text} and so on, and on, and on`
    return writer && this.#echoes && /[a-d]$/.test(text) ? `the same words ${/[ab]$/.test(text) ? 'here' : 'there'}` : text
  }
}

export function nameOf(request: string, ordinal: number, attempt: number, epoch: number): string {
  return `${request}|${ordinal}.${attempt}.${epoch}`
}

interface Body {
  readonly choices?: { readonly finish_reason: string; readonly message: { content: string | null } }[]
}

/** Undefined for what is no answer and is never billed. */
function parsed(raw: Uint8Array): Body | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(raw)) as Body
  } catch {
    return undefined
  }
}
