/** How a simulated call goes wrong. */
import type { Simulate, SimulatedFault } from '../../../../schema/config.ts'
import type { Json, JsonObject } from '../../../../schema/json.ts'
import type { Failure } from '../../provider.ts'

/** Faults of the line or the server: another try of the same call gets through. The others are answers, paid like any. */
export const TRANSIENT: ReadonlySet<SimulatedFault> = new Set([
  'rate-limit',
  'server-error',
  'timeout',
  'html',
  'empty-body',
  'no-choices',
  'truncated-json',
])

/** The fault that a draw from 0 to 1 falls on, by shares in the order of their names. */
export function drawFault(faults: Simulate['faults'], at: number): SimulatedFault | undefined {
  let sum = 0
  for (const [fault, share = 0] of Object.entries(faults ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)) as [SimulatedFault, number?][]) {
    sum += share
    if (at < sum) return fault
  }
  return undefined
}

/** Faults without any body. */
export function failureOf(fault: SimulatedFault, latencyMs: number): Failure | undefined {
  switch (fault) {
    case 'rate-limit':
      return { kind: 'transient', code: 'rate-limit', message: 'simulated: too many requests', retryAfterMs: Math.max(1, 2 * latencyMs) }
    case 'server-error':
      return { kind: 'transient', code: 'server-error', message: 'simulated: the server is overloaded' }
    case 'timeout':
      return { kind: 'transient', code: 'timeout', message: 'simulated: no answer in time' }
    default:
      return undefined
  }
}

type Completion = JsonObject & { readonly choices: readonly [{ readonly message: JsonObject & { readonly content: string } }] }

/** The body that a fault makes of a good answer. */
export function spoil(fault: SimulatedFault | undefined, good: Completion): string {
  const { content } = good.choices[0].message
  const withChoice = (message: { readonly [name: string]: Json }, finish: string): string =>
    JSON.stringify({ ...good, choices: [{ index: 0, message: { role: 'assistant', refusal: null, ...message }, finish_reason: finish }] })
  switch (fault) {
    case 'html':
      return '<!doctype html><html><head><title>502 Bad Gateway</title></head><body>simulated</body></html>'
    case 'empty-body':
      return ''
    case 'no-choices':
      return JSON.stringify({ ...good, choices: [] })
    case 'truncated-json': {
      const text = JSON.stringify(good)
      return text.slice(0, Math.floor(text.length / 2)).toWellFormed()
    }
    case 'null-content':
      return withChoice({ content: null }, 'stop')
    case 'length':
      return withChoice({ content: content.slice(0, Math.ceil(content.length / 2)).toWellFormed() }, 'length')
    case 'refusal':
      return withChoice({ content: null, refusal: "I'm sorry, I can't help with that." }, 'stop')
    case 'ansi':
      return withChoice({ content: `\u001b[31m${content}\u001b[0m\u001b]52;c;aGk=\u0007` }, 'stop')
    case 'not-json':
      return withChoice({ content: `Sure, here it is: {"almost": ${content.slice(0, 40).toWellFormed()}` }, 'stop')
    default:
      return JSON.stringify(good)
  }
}
