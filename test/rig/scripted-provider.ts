/** A provider in process that records every call, answers anew each time it is asked, and fails or delays by a seed. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../schema/json.ts'
import type { Call, Provider, Reply } from '../../src/generate/provider.ts'
import { canonicalText } from '../../src/key/canonical.ts'

export interface Recorded {
  readonly body: JsonObject
  readonly draw: Call['draw']
  /** Canonical body and draw: one name for each thing that can be bought. */
  readonly name: string
  /** The text answered, when an answer was delivered. */
  content?: string
}

export interface Script {
  /** What happens to the n-th call in all; left out, it is answered. */
  readonly fate?: (
    n: number,
    call: Call,
  ) => 'answer' | 'transient' | 'refused' | 'refusal' | 'html' | 'empty' | 'no-choices' | 'cut-off' | 'null' | 'ansi'
  /** Turns of the event loop before the n-th call is answered. */
  readonly delay?: (n: number) => number
  /** False: the same body and draw always give the same text, so that two runs can be compared. */
  readonly fresh?: boolean
  /** What the n-th call is answered with; undefined for a text that says nothing. */
  readonly content?: (n: number, call: Call) => string | undefined
  /** The vector of a text, where one is asked for. */
  readonly vector?: (text: string) => readonly number[]
}

export class ScriptedProvider implements Provider {
  readonly simulated = false
  readonly calls: Recorded[] = []
  script: Script

  constructor(script: Script = {}) {
    this.script = script
  }

  async ask(call: Call, signal: AbortSignal): Promise<Reply> {
    const n = this.calls.length
    const name = `${canonicalText(call.body)}|${call.draw.ordinal}.${call.draw.attempt}.${call.draw.epoch}${call.version === undefined ? '' : `|${call.version}`}`
    const recorded: Recorded = { body: call.body, draw: call.draw, name }
    this.calls.push(recorded)
    for (let turn = this.script.delay?.(n) ?? 0; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) return { kind: 'failure', failure: { kind: 'aborted', code: 'aborted', message: 'aborted' } }
    const fate = this.script.fate?.(n, call) ?? 'answer'
    if (fate === 'transient' || fate === 'refused')
      return { kind: 'failure', failure: { kind: fate, code: fate, message: `scripted ${fate}` } }
    if (call.endpoint === 'embeddings' && fate === 'answer')
      return raw(JSON.stringify(vectorAnswer(this.script, String(call.body['input']))))
    if (fate === 'html') return raw('<html>sign in</html>')
    if (fate === 'empty') return raw('')
    if (fate === 'no-choices') return raw(JSON.stringify({ choices: [] }))
    const seed = this.script.fresh === false ? name : `${name}|${n}`
    const text = this.script.content?.(n, call) ?? `answer ${createHash('sha256').update(seed).digest('hex').slice(0, 16)}`
    const usage = { prompt_tokens: 10, completion_tokens: 5 }
    const message =
      fate === 'null'
        ? { content: null }
        : fate === 'refusal'
          ? { content: null, refusal: 'no' }
          : { content: fate === 'ansi' ? `${text}\u001b[2J` : text }
    if (fate === 'answer') recorded.content = text
    return raw(
      JSON.stringify({
        id: `r${n}`,
        model: String(call.body['model'] ?? 'scripted-1'),
        choices: [{ index: 0, finish_reason: fate === 'cut-off' ? 'length' : 'stop', message: { role: 'assistant', ...message } }],
        usage,
      }),
    )
  }

  async close(): Promise<void> {}
}

function raw(text: string): Reply {
  return { kind: 'response', raw: new TextEncoder().encode(text) }
}

function vectorAnswer({ vector = () => [1] }: Script, text: string) {
  return { object: 'list', model: 'v', data: [{ index: 0, embedding: vector(text) }], usage: { prompt_tokens: 7, total_tokens: 7 } }
}
