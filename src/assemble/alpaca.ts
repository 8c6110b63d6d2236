/** Alpaca rows: one instruction and its output; `input` stays empty, because the instruction is whole. */
import type { Example, Message } from '../../schema/config.ts'
import type { JsonObject } from '../../schema/json.ts'
import { inTurn, oneMessageEach, oneRow, pairOf, withoutSystem } from './format.ts'

export const alpaca = oneRow(
  'alpaca',
  (example) => ({ ...asked(example), output: text(pairOf(example).chosen), ...systemOf(example) }),
  inTurn,
)

export const alpacaPreference = oneRow(
  'alpaca-preference',
  (example) => {
    const { chosen, rejected } = pairOf(example)
    return { ...asked(example), chosen: text(chosen), rejected: text(rejected), ...systemOf(example) }
  },
  (example) => inTurn(example) ?? oneMessageEach(example),
)

function asked({ messages }: Example): JsonObject {
  return { instruction: text(withoutSystem(messages).turns), input: '' }
}

function systemOf({ messages }: Example): { readonly system?: string } {
  const { system } = withoutSystem(messages)
  return system === undefined ? {} : { system }
}

function text([message]: readonly Message[]): string {
  return message?.content ?? ''
}
