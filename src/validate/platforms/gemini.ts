/** Gemini on Vertex: contents of parts, where the model's role is "model". */
import type { Json, JsonObject } from '../../../schema/json.ts'
import { type Findings, quoted } from '../findings.ts'
import type { Platform, RowShape } from '../platform.ts'
import { has, isArray, isObject, member, needList, needObject, onlyKeys } from '../shape.ts'
import { checkPair } from '../shapes.ts'
import { checkText } from '../text.ts'

interface PartRules {
  /** Parts besides texts: files, calls and their results. */
  readonly rich: boolean
}

const RICH = ['fileData', 'inlineData', 'functionCall', 'functionResponse']

function checkContents(list: readonly Json[], path: string, last: 'model' | 'user', rules: PartRules, findings: Findings): void {
  if (list.length === 0) return findings.add('E_COUNT', path, 'the conversation is empty')
  let before: string | undefined
  let models = 0
  for (const [i, content] of list.entries()) {
    const at = `${path}[${i}]`
    if (!isObject(content)) {
      findings.add('E_TYPE', at, `a content is an object, not ${quoted(content)}`)
      continue
    }
    const role = member(content, 'role')
    if (role !== 'user' && role !== 'model' && role !== 'function') {
      if (role === undefined) findings.add('E_MISSING', `${at}.role`, 'the role is missing')
      else
        findings.add(
          'E_ROLE',
          `${at}.role`,
          `${quoted(role)} is no role here: user or model`,
          role === 'assistant' ? 'Gemini calls the assistant "model"' : undefined,
        )
    }
    if (role === before && role === 'model') findings.add('E_ALT', `${at}.role`, 'two turns of the model in a row', 'join them')
    if (i === 0 && role === 'model') findings.add('E_FIRST', `${at}.role`, "the first turn is the user's, not the model's")
    before = typeof role === 'string' ? role : undefined
    if (role === 'model') models++
    checkParts(content, at, role === 'model', rules, findings)
  }
  const at = `${path}[${list.length - 1}].role`
  if (last === 'model' && models === 0) findings.add('E_NOASSIST', path, 'there is no turn of the model')
  else if (last === 'model' && before !== undefined && before !== 'model') findings.add('E_LAST', at, "the last turn is the model's")
  else if (last === 'user' && before === 'model') findings.add('E_LAST', at, "the prompt ends with the user's turn")
}

function checkParts(content: JsonObject, at: string, answer: boolean, rules: PartRules, findings: Findings): void {
  const parts = needList(content, 'parts', at, findings)
  if (!parts) return
  if (parts.length === 0) findings.add('E_EMPTY', `${at}.parts`, 'the list of parts is empty')
  for (const [k, part] of parts.entries()) {
    const path = `${at}.parts[${k}]`
    const kinds = isObject(part) ? Object.keys(part).filter((key) => key === 'text' || RICH.includes(key)) : []
    const [kind] = kinds
    if (!isObject(part) || kind === undefined || kinds.length > 1 || (kind !== 'text' && !rules.rich)) {
      findings.add('E_PARTS', path, `a part holds one of text${rules.rich ? `, ${RICH.join(', ')}` : ' and nothing else'}`)
      continue
    }
    if (kind === 'text') {
      const text = member(part, 'text')
      if (typeof text !== 'string') findings.add('E_TYPE', `${path}.text`, `a text, not ${quoted(text)}`)
      else if (text.trim() === '') findings.add('E_EMPTY', `${path}.text`, 'the text is empty')
      else checkText(text, `${path}.text`, answer, findings)
    } else if (kind === 'fileData') {
      const file = needObject(part, 'fileData', path, findings)
      for (const key of ['mimeType', 'fileUri'])
        if (file && typeof member(file, key) !== 'string') findings.add('E_MISSING', `${path}.fileData.${key}`, `"${key}" is missing`)
    } else if (kind === 'functionCall') checkCall(part, path, findings)
  }
}

function checkCall(part: JsonObject, path: string, findings: Findings): void {
  const call = needObject(part, 'functionCall', path, findings)
  if (!call) return
  if (typeof member(call, 'name') !== 'string')
    findings.add('E_MISSING', `${path}.functionCall.name`, 'the name of the function is missing')
  const args = member(call, 'args')
  if (args !== undefined && args !== null && !isObject(args))
    findings.add('E_ARGS', `${path}.functionCall.args`, `args are an object, not ${quoted(args)}`)
}

function checkSystem(row: JsonObject, key: string, findings: Findings): void {
  if (!has(row, key)) return
  const system = needObject(row, key, '', findings)
  if (system) checkParts(system, key, false, { rich: false }, findings)
}

const KEYS = ['systemInstruction', 'contents', 'tools', 'toolConfig', 'generationConfig', 'labels']

const chat: RowShape = {
  id: 'chat',
  title: '{systemInstruction, contents, tools}',
  fits: (row) => has(row, 'contents') && !has(row, 'completions'),
  check(row, findings) {
    onlyKeys(row, KEYS, '', 'E_KEYS', findings)
    checkSystem(row, 'systemInstruction', findings)
    const contents = needList(row, 'contents', '', findings)
    if (contents) checkContents(contents, 'contents', 'model', { rich: true }, findings)
    const tools = member(row, 'tools')
    if (tools !== undefined && !isArray(tools)) findings.add('E_TYPE', 'tools', `tools must be a list, not ${quoted(tools)}`)
  },
  rules: [
    'roles: user, model',
    'begins with the user, ends with the model, which never speaks twice in a row',
    `a part holds one of text, ${RICH.join(', ')}`,
    'systemInstruction: texts only',
    `keys of a row: ${KEYS.join(', ')}, and no other`,
  ],
}

const preference: RowShape = {
  id: 'preference',
  title: '{system_instruction, contents, completions}',
  fits: (row) => has(row, 'completions'),
  check(row, findings) {
    onlyKeys(row, ['system_instruction', 'systemInstruction', 'contents', 'completions'], '', 'E_KEYS', findings)
    for (const key of ['system_instruction', 'systemInstruction']) checkSystem(row, key, findings)
    const contents = needList(row, 'contents', '', findings)
    if (contents) checkContents(contents, 'contents', 'user', { rich: false }, findings)
    const completions = needList(row, 'completions', '', findings)
    if (completions) checkCompletions(completions, findings)
  },
  rules: ['contents: texts, end with the user', 'exactly two completions of the model, one with score 1 and one with score 0, that differ'],
}

function checkCompletions(list: readonly Json[], findings: Findings): void {
  if (list.length !== 2) findings.add('E_COUNT', 'completions', `two completions are needed, not ${list.length}`)
  const scores: unknown[] = []
  for (const [i, side] of list.entries()) {
    const at = `completions[${i}]`
    if (!isObject(side)) {
      findings.add('E_TYPE', at, `a completion is an object, not ${quoted(side)}`)
      continue
    }
    const score = member(side, 'score')
    scores.push(score)
    if (score !== 0 && score !== 1) findings.add('E_SCORE', `${at}.score`, `a score is 0 or 1, not ${quoted(score)}`)
    const completion = needObject(side, 'completion', at, findings)
    if (!completion) continue
    if (member(completion, 'role') !== 'model') findings.add('E_ROLE', `${at}.completion.role`, 'the role of a completion is "model"')
    checkParts(completion, `${at}.completion`, true, { rich: false }, findings)
  }
  if (scores.length === 2 && scores.every((score) => score === 0 || score === 1) && scores[0] === scores[1])
    findings.add('E_SCORE', 'completions', 'one completion has the score 1 and the other 0')
  const said = list.map((side) => {
    const completion = isObject(side) ? member(side, 'completion') : undefined
    return isObject(completion) ? member(completion, 'parts') : undefined
  })
  if (said.length === 2 && said[0] !== undefined && JSON.stringify(said[0]) === JSON.stringify(said[1]))
    checkPair('', '', 'completions[1]', findings)
}

const GIB = 1024 ** 3

export const gemini: Platform = {
  id: 'gemini',
  title: 'Gemini on Vertex AI, supervised',
  source: 'cloud.google.com, Gemini supervised tuning: text',
  seen: '2026-11',
  shapes: [chat],
  file: { layouts: ['lines'], minRows: 1, goodRows: 100, maxRows: 1_000_000, maxBytes: GIB, maxTokens: 131_072 },
}

export const geminiPreference: Platform = {
  id: 'gemini-preference',
  title: 'Gemini on Vertex AI, preference',
  source: 'docs.cloud.google.com, Gemini preference tuning: prepare',
  seen: '2026-11',
  shapes: [preference],
  file: { layouts: ['lines'], minRows: 1, goodRows: 100, maxBytes: GIB, maxTokens: 128_000 },
}
