/** ShareGPT and Alpaca as LLaMA-Factory reads them: what it does not like it drops with a line in the log. */
import type { Json, JsonObject } from '../../../schema/json.ts'
import { type Findings, quoted } from '../findings.ts'
import type { RowShape } from '../platform.ts'
import { has, isArray, isObject, mayText, member, needList, needText } from '../shape.ts'
import { checkPair } from '../shapes.ts'
import { checkText } from '../text.ts'

const ASKING = ['human', 'observation']
const ANSWERING = ['gpt', 'function_call']

export const sharegpt: RowShape = {
  id: 'sharegpt',
  title: '{conversations: [{from, value}], system, tools, chosen, rejected, kto_tag}',
  fits: (row) => has(row, 'conversations'),
  check(row, findings) {
    mayText(row, 'system', '', findings)
    const tools = mayText(row, 'tools', '', findings)
    if (tools !== undefined && tools !== '' && !isArray(parsed(tools)))
      findings.add('E_TOOLDEF', 'tools', 'tools are a text that holds a JSON list')
    const ranking = has(row, 'chosen') || has(row, 'rejected')
    const list = needList(row, 'conversations', '', findings)
    if (list) checkTurns(list, ranking, findings)
    if (ranking) {
      for (const key of ['chosen', 'rejected']) checkEnding(member(row, key), key, findings)
      checkPair(member(row, 'chosen'), member(row, 'rejected'), 'rejected', findings)
    }
    if (has(row, 'kto_tag') && typeof member(row, 'kto_tag') !== 'boolean')
      findings.add('E_LABEL', 'kto_tag', `a label is true or false, not ${quoted(member(row, 'kto_tag'))}`)
  },
  rules: [
    'after a system turn: human or observation, then gpt or function_call, by turns',
    'ends with gpt or function_call; with human or observation when chosen and rejected follow',
    'chosen and rejected: one {from, value} each, and they differ',
    'tools: a text that holds a JSON list',
    'kto_tag: true or false',
  ],
}

function checkTurns(list: readonly Json[], ranking: boolean, findings: Findings): void {
  const [first] = list
  const systems = isObject(first) && member(first, 'from') === 'system' ? 1 : 0
  const count = list.length - systems
  if (count === 0) return findings.add('E_COUNT', 'conversations', 'the conversation is empty')
  let askers = 0
  let answerers = 0
  for (const [i, turn] of list.entries()) {
    const at = `conversations[${i}]`
    if (!isObject(turn)) {
      findings.add('E_TYPE', at, `a turn is an object, not ${quoted(turn)}`)
      continue
    }
    const from = checkTurn(turn, at, findings)
    if (from === undefined || i < systems) continue
    if (from === 'system') {
      findings.add('E_SYS', `${at}.from`, systems > 0 ? 'a second system turn' : 'the system turn is not the first one')
      continue
    }
    const expected = (i - systems) % 2 === 0 ? ASKING : ANSWERING
    if (ASKING.includes(from)) askers++
    else answerers++
    if (!expected.includes(from)) findings.add('E_ALT', `${at}.from`, `${quoted(from)} stands where ${expected.join(' or ')} should`)
  }
  if (!ranking && answerers === 0) findings.add('E_NOASSIST', 'conversations', 'there is no turn of gpt')
  else if (ranking ? count % 2 === 0 : count % 2 === 1)
    findings.add(
      'E_LAST',
      `conversations[${list.length - 1}].from`,
      ranking ? 'with chosen and rejected the last turn is of human or observation' : 'the last turn is of gpt or function_call',
    )
  if (askers === 0) findings.add('E_NOUSER', 'conversations', 'there is no turn of human')
}

function checkTurn(turn: JsonObject, at: string, findings: Findings): string | undefined {
  const from = member(turn, 'from')
  const known = typeof from === 'string' && [...ASKING, ...ANSWERING, 'system'].includes(from)
  if (from === undefined) findings.add('E_MISSING', `${at}.from`, '"from" is missing')
  else if (!known) findings.add('E_ROLE', `${at}.from`, `${quoted(from)} is no role here: human, gpt, system, function_call or observation`)
  const value = needText(turn, 'value', at, findings)
  if (value !== undefined) {
    checkText(value, `${at}.value`, from === 'gpt', findings)
    if (from === 'function_call' && !isCall(parsed(value)))
      findings.add('E_ARGS', `${at}.value`, 'a function_call is a text of JSON: {"name", "arguments"}, or a list of them')
  }
  return known ? (from as string) : undefined
}

function isCall(value: Json | undefined): boolean {
  const calls = isArray(value) ? value : [value]
  return calls.length > 0 && calls.every((call) => isObject(call) && typeof member(call, 'name') === 'string')
}

function checkEnding(value: Json | undefined, key: string, findings: Findings): void {
  if (value === undefined) return findings.add('E_MISSING', key, `"${key}" is missing`)
  if (!isObject(value)) return findings.add('E_TYPE', key, `one {from, value}, not ${quoted(value)}`)
  const from = checkTurn(value, key, findings)
  if (from !== undefined && !ANSWERING.includes(from))
    findings.add('E_ROLE', `${key}.from`, `an answer is of gpt or function_call, not ${quoted(from)}`)
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** `answer`: the key of the answer; LLaMA-Factory says output. */
export function alpacaShape(answer: string): RowShape {
  return {
    id: answer === 'output' ? 'alpaca' : `alpaca-${answer}`,
    title: `{instruction, input, ${answer}, system, history, chosen, rejected}`,
    fits: (row) => has(row, 'instruction') && (answer === 'output' || (has(row, answer) && !has(row, 'output'))),
    check(row, findings) {
      needText(row, 'instruction', '', findings)
      const input = mayText(row, 'input', '', findings)
      if (input !== undefined && /^\s*(?:no input|<no ?input>)\s*$/i.test(input))
        findings.add('W_PLACEHOLDER', 'input', `the input says ${quoted(input)}`, 'leave it empty')
      mayText(row, 'system', '', findings)
      const keys = has(row, 'chosen') || has(row, 'rejected') ? ['chosen', 'rejected'] : [answer]
      for (const key of keys) {
        const text = needText(row, key, '', findings)
        if (text !== undefined) checkText(text, key, true, findings)
      }
      checkPair(member(row, 'chosen'), member(row, 'rejected'), 'rejected', findings)
      checkHistory(row, findings)
      if (has(row, 'kto_tag') && typeof member(row, 'kto_tag') !== 'boolean')
        findings.add('E_LABEL', 'kto_tag', `a label is true or false, not ${quoted(member(row, 'kto_tag'))}`)
    },
    rules: [`texts: instruction and ${answer} (or chosen and rejected) not empty; input and system may be`, 'history: pairs of texts'],
  }
}

function checkHistory(row: JsonObject, findings: Findings): void {
  const history = member(row, 'history')
  if (history === undefined || history === null) return
  if (!isArray(history)) return findings.add('E_TYPE', 'history', `a list of pairs, not ${quoted(history)}`)
  for (const [i, pair] of history.entries())
    if (!isArray(pair) || pair.length !== 2 || !pair.every((text) => typeof text === 'string'))
      findings.add('E_TYPE', `history[${i}]`, 'a round of the history is a pair of texts')
}
