/** What the rows of each output format can hold, so that a recipe that makes something else is told before it costs anything. */
import type { OutputFormat } from '../../schema/config.ts'
import type { Makes } from './dataset.ts'

/** What a format asks of an example. */
export interface FormatRules {
  /** A row is a pair: the example must have a rejected answer. */
  readonly pair: boolean
  /** Whether there is a place for tools and their calls. */
  readonly tools: boolean
  /** `one`: one message of the user and the answer to it. */
  readonly turns: 'one' | 'many'
}

const CHAT: FormatRules = { pair: false, tools: true, turns: 'many' }
const TEXTS: FormatRules = { ...CHAT, tools: false }

export const FORMAT_RULES: { readonly [F in OutputFormat]: FormatRules } = {
  'openai-chat': CHAT,
  'openai-preference': { ...CHAT, pair: true },
  'trl-messages': CHAT,
  'trl-prompt-completion': CHAT,
  'trl-prompt-only': CHAT,
  'trl-preference': { ...CHAT, pair: true },
  'trl-kto': { ...CHAT, pair: true },
  sharegpt: CHAT,
  'sharegpt-preference': { ...TEXTS, pair: true },
  alpaca: { ...TEXTS, turns: 'one' },
  'alpaca-preference': { pair: true, tools: false, turns: 'one' },
  mistral: CHAT,
  gemini: TEXTS,
  'gemini-preference': { ...TEXTS, pair: true },
  'bedrock-nova': TEXTS,
}

/** Why a format cannot hold what the recipe makes, and what could; undefined when it can. */
export function lacking(format: OutputFormat, makes: Makes): { readonly why: string; readonly hint: string } | undefined {
  const rules = FORMAT_RULES[format]
  if (rules.pair && !makes.rejected)
    return { why: 'and the recipe makes no rejected answers', hint: 'use the recipe `preference`, or give the example `rejected`' }
  if (!rules.tools && makes.tools) return { why: 'which has no place for tool calls', hint: `use ${listed(({ tools }) => tools)}` }
  if (rules.turns === 'one' && makes.turns === 'many')
    return { why: 'which holds one question and one answer', hint: `use ${listed(({ turns }) => turns === 'many')}` }
  return undefined

  /** Formats of the same kind that could. */
  function listed(could: (rules: FormatRules) => boolean): string {
    const names = Object.entries(FORMAT_RULES).flatMap(([name, other]) => (other.pair === rules.pair && could(other) ? [`"${name}"`] : []))
    return names.slice(0, 4).join(', ')
  }
}
