/** Gemini on Vertex: contents of parts, the model's role is "model". */

import type { JsonObject } from '../../../schema/json.ts'
import { answerStart, isMisfit, type Misfit, type Turn } from '../canonical.ts'
import type { RowFormat } from '../formats.ts'
import { isArray, isObject, listOf, member, without } from '../json-shape.ts'
import { turnOf, turnsOf } from '../turns.ts'

function promptOf(row: JsonObject): Turn[] | Misfit {
  const list = listOf(member(row, 'contents'))
  if (!list) return { misfit: 'a list of contents is missing', path: 'contents' }
  const turns = turnsOf(list.map(withRole), 'contents')
  if (isMisfit(turns)) return turns
  const system = member(row, 'systemInstruction') ?? member(row, 'system_instruction')
  if (!isObject(system)) return turns
  const instruction = turnOf({ ...system, role: 'system' }, 'systemInstruction')
  return isMisfit(instruction) ? instruction : [instruction, ...turns]
}

/** A content may leave its role out when there is only one turn. */
function withRole<T>(content: T): T | (T & { role: string }) {
  return typeof content === 'object' && content !== null && !Array.isArray(content) && !Object.hasOwn(content, 'role')
    ? { ...content, role: 'user' }
    : content
}

export const gemini: RowFormat = {
  id: 'gemini',
  title: 'Gemini: contents of parts, systemInstruction, tools',
  fit: (row) => (isArray(member(row, 'contents')) ? (member(row, 'completions') === undefined ? 1 : 0.5) : 0),
  read(row) {
    const messages = promptOf(row)
    if (isMisfit(messages)) return messages
    const prompt = answerStart(messages)
    const tools = listOf(member(row, 'tools'))
    return {
      kind: prompt === messages.length ? 'prompt' : 'conversation',
      messages,
      prompt,
      ...(tools ? { tools } : {}),
      extra: without(row, ['contents', 'systemInstruction', 'system_instruction', 'tools', 'toolConfig', 'generationConfig']),
    }
  },
}

export const geminiPreference: RowFormat = {
  id: 'gemini-preference',
  title: 'Gemini preference: contents, two completions with scores',
  fit: (row) => (isArray(member(row, 'contents')) && isArray(member(row, 'completions')) ? 1 : 0),
  read(row) {
    const asked = promptOf(row)
    if (isMisfit(asked)) return asked
    const sides: { turn: Turn; score: number }[] = []
    for (const [i, side] of (listOf(member(row, 'completions')) ?? []).entries()) {
      const path = `completions[${i}]`
      if (!isObject(side)) return { misfit: 'a completion is an object with a score', path }
      const turn = turnOf(withRole(member(side, 'completion') ?? null), `${path}.completion`)
      if (isMisfit(turn)) return turn
      const score = member(side, 'score')
      sides.push({ turn: { ...turn, role: 'assistant' }, score: typeof score === 'number' ? score : 0 })
    }
    const [better, worse] = sides.sort((a, b) => b.score - a.score)
    if (!better || !worse) return { misfit: 'two completions are needed', path: 'completions' }
    return {
      kind: 'preference',
      messages: [...asked, better.turn],
      prompt: asked.length,
      rejected: [worse.turn],
      extra: without(row, ['contents', 'systemInstruction', 'system_instruction', 'completions']),
    }
  },
}
