/** In which manner a text speaks (question, command, statement) and what it contains (code, lists, headers, tables, JSON). */

export type Ask = 'question' | 'command' | 'statement'

const QUESTION_MARK = /[?？؟][\s"'”’)\]*_]*(?:$|\s)/
const QUESTION_WORD =
  /^(?:what|how|why|when|where|which|who|whom|whose|is|are|am|was|were|do|does|did|can|could|should|would|will|has|have|may|might)(?:'s|n't)?\b/i

// The verbs that begin tasks in the instruction sets looked at; a list, because no word shows by itself that it commands.
const COMMANDS =
  /^(?:please\s+|now\s+|then\s+|first,?\s+|kindly\s+)*(?:add|adapt|adopt|act|analy[sz]e|answer|apply|arrange|ask|assume|assess|brainstorm|build|calculate|categori[sz]e|change|check|choose|cite|classify|code|come up|combine|compare|compile|complete|compose|compute|condense|consider|construct|continue|contrast|convert|correct|count|craft|create|critique|debug|decide|define|delete|demonstrate|derive|describe|design|detect|determine|develop|devise|diagnose|differentiate|discuss|display|do|draft|draw|edit|elaborate|eliminate|enumerate|estimate|evaluate|examine|expand|explain|explore|express|extend|extract|fill|find|fix|follow|form|formulate|generate|get|give|go|group|guess|help|highlight|identify|illustrate|imagine|implement|improve|include|infer|insert|interpret|introduce|invent|judge|keep|label|let|list|look|make|match|merge|mention|modify|name|note|offer|optimi[sz]e|order|organi[sz]e|outline|parse|paraphrase|perform|pick|plan|point|predict|prepare|present|pretend|print|process|produce|proofread|propose|prove|provide|put|rank|rate|read|recall|recommend|record|reduce|refactor|remove|rename|reorder|rephrase|replace|reply|report|respond|restate|return|reverse|review|revise|rewrite|role-?play|run|say|score|search|select|send|separate|set|shorten|show|simplify|simulate|sketch|solve|sort|specify|split|start|state|suggest|sum|summari[sz]e|take|teach|tell|test|think|transform|translate|treat|try|turn|update|use|validate|verify|visuali[sz]e|write)\b/i

/** Of what the user says. Languages other than English only have the question mark to go by. */
export function askOf(text: string): Ask {
  const plain = text.includes('```') ? text.replace(/```[\s\S]*?(?:```|$)/g, ' ') : text
  const said = plain.trim()
  if (QUESTION_MARK.test(said)) return 'question'
  if (COMMANDS.test(said)) return 'command'
  return QUESTION_WORD.test(said) ? 'question' : 'statement'
}

const LIST_LINE = /^[ \t]{0,6}(?:[-*+•]|\d{1,3}[.)])[ \t]+\S/gm
const HEADER_LINE = /^#{1,6}[ \t]+\S/m
const TABLE_LINE = /^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*\|/m
const CODE_FENCE = /^[ \t]{0,3}(?:```|~~~)/m

export interface Contents {
  readonly code: boolean
  readonly list: boolean
  readonly header: boolean
  readonly table: boolean
  readonly json: boolean
}

/** In Markdown, which is what models write; a list has two lines or more. Cheap tests come first, most texts have none of it. */
export function contentsOf(text: string): Contents {
  const lines = text.includes('\n')
  return {
    code: (text.includes('```') || text.includes('~~~')) && CODE_FENCE.test(text),
    list: lines && (text.match(LIST_LINE)?.length ?? 0) >= 2,
    header: text.includes('# ') && HEADER_LINE.test(text),
    table: lines && text.includes('|') && TABLE_LINE.test(text),
    json: isJson(text),
  }
}

function isJson(text: string): boolean {
  const said = text.trim()
  if (!(said.startsWith('{') && said.endsWith('}')) && !(said.startsWith('[') && said.endsWith(']'))) return false
  try {
    JSON.parse(said)
    return true
  } catch {
    return false
  }
}
