/** What a request asks of a simulated model: read from its messages, as a model would read them. */
import type { JsonObject } from '../../../../schema/json.ts'
import { type Topic, topicOf, topicOfMessage } from './topic.ts'

export interface Brief {
  /** `write`: be the user and write their message; `answer`: answer the last message. */
  readonly task: 'write' | 'answer'
  readonly topic: Topic
  readonly phrasing: 'question' | 'command' | 'statement' | 'mixed'
  readonly expertise: 'beginner' | 'intermediate' | 'expert'
  readonly complexity?: 'brief' | 'standard' | 'detailed'
  readonly context?: 'minimal' | 'rich' | 'error'
  /** Id and guide of an edge dimension, a line each, lower case; empty when it is an ordinary case. */
  readonly edge: string
  /** A programming language, when the texts are about code. */
  readonly language?: Language
  /** A friendly system message makes friendly answers. */
  readonly warm: boolean
  /** Names in backticks that the user mentioned. */
  readonly names: readonly string[]
  /** The JSON Schema the answer must match. */
  readonly schema?: JsonObject
  /** What the request says is to happen in this turn of a conversation, when it is not the first one. */
  readonly intent?: string
  /** The turns of a conversation that is to be written whole. */
  readonly turns: readonly { readonly id: string; readonly by: string; readonly intent: string }[]
  /** The tools that may be called next; none when the last word is a tool's and enough was called. */
  readonly tools: readonly OfferedTool[]
  /** Whether a call is demanded. */
  readonly mustCall: boolean
  /** What stands between `<passage>` tags, to be quoted from. */
  readonly passage: string
  /** Any JSON object will do. */
  readonly anyJson: boolean
}

export interface OfferedTool {
  readonly name: string
  readonly parameters?: JsonObject
}

export type Language = 'python' | 'javascript' | 'sql' | 'bash'

interface Line {
  readonly dimension: string
  readonly value: string
  readonly guide: string
}

const SCHEMA_IN_WORDS = 'Answer with one JSON value that matches this JSON Schema, and nothing else:\n'

export function readBrief(body: JsonObject): Brief {
  const messages = (Array.isArray(body['messages']) ? body['messages'] : []) as readonly {
    readonly role?: string
    readonly content?: unknown
  }[]
  const texts = messages.map(({ role, content }) => ({ role, text: typeof content === 'string' ? content : '' }))
  const inWords = texts.find(({ text }) => text.startsWith(SCHEMA_IN_WORDS))
  const system = texts
    .filter((message) => message !== inWords && (message.role === 'system' || message.role === 'developer'))
    .map(({ text }) => text)
    .join('\n')
  const last = texts.findLast(({ role }) => role === 'user')?.text ?? ''
  const everything = `${system}\n${last}`

  const lines = readLines(everything)
  const phrasing = choose(lines, /phras|wording/i, ['question', 'command', 'statement', 'mixed'] as const)
  const reply = THIS_REPLY.exec(system)?.[1]
  const task =
    reply === undefined &&
    (readLines(last).some(({ dimension }) => /phras|wording|scenario/i.test(dimension)) || ASKS_FOR_MESSAGE.test(last))
      ? 'write'
      : 'answer'
  const subject =
    lines.find(({ dimension }) => /scenario|topic|task|intent|subject/i.test(dimension)) ??
    lines.find((line) => !KNOWN.test(line.dimension))
  const edge = lines.find(({ dimension }) => /edge/i.test(dimension))
  const complexity = choose(lines, /complex|depth|detail|length/i, ['brief', 'standard', 'detailed'] as const)
  const context = choose(lines, /context/i, ['minimal', 'rich', 'error'] as const)
  const language = languageOf(everything)
  const schema = schemaOf(body, inWords?.text)
  const intent = reply ?? NEXT_TURN.exec(last)?.[1]
  const tools = body['tool_choice'] === 'none' || !Array.isArray(body['tools']) ? [] : (body['tools'] as { function: OfferedTool }[])
  return {
    task,
    topic: task === 'write' && subject ? topicOf(subject.guide) : topicOfMessage(withoutLines(last)),
    phrasing: phrasing ?? (/\bquestion\b/i.test(last) ? 'question' : 'mixed'),
    expertise: choose(lines, /expert|level|skill/i, ['beginner', 'intermediate', 'expert'] as const) ?? 'intermediate',
    ...(complexity ? { complexity } : {}),
    ...(context ? { context } : {}),
    edge: edge && !/^(none|normal|typical|ordinary|happy|no)$/i.test(edge.value) ? `${edge.value}\n${edge.guide}`.toLowerCase() : '',
    ...(language ? { language } : {}),
    warm: /patient|friendly|kind|encourag|warm|support/i.test(system),
    names: [...new Set([...last.matchAll(/`([\w./-]{2,40})`/g)].map((found) => found[1] ?? ''))].slice(0, 3),
    ...(schema ? { schema } : {}),
    ...(intent ? { intent } : {}),
    turns: [...last.matchAll(TURN)].map(([, id = '', by = '', does = '']) => ({ id, by, intent: does })),
    tools: tools.map((tool) => tool.function),
    mustCall: body['tool_choice'] === 'required' || messages.at(-1)?.role !== 'tool',
    passage: /<passage>\n([\s\S]*?)\n<\/passage>/.exec(everything)?.[1] ?? '',
    anyJson: (body['response_format'] as JsonObject | undefined)?.['type'] === 'json_object',
  }
}

const KNOWN = /phras|wording|expert|level|skill|complex|depth|detail|length|context|edge/i
const ASKS_FOR_MESSAGE =
  /\b(write|compose|create|generate|draft|invent|produce|give)\b[^.\n]{0,80}\b(question|request|message|query|prompt|instruction)\b/i
const NEXT_TURN = /^In their next message they do this: (.+)$/m
const THIS_REPLY = /^For this reply, [^:\n]*: (.+)$/m
const TURN = /^\d+\. ([\p{L}\p{N}_-]+) \((user|assistant)\): (.+)$/gmu
const LINE = /^[ \t]*[-*][ \t]+([\w .-]{1,60}?):[ \t]+(.+?)(?:[ \t]+(?:—|–|--|-)[ \t]+(.+))?$/gm

/** Labelled lines: `- phrasing: question — ask directly`. */
function readLines(text: string): Line[] {
  return [...text.matchAll(LINE)].map(([, dimension = '', value = '', guide = value]) => ({
    dimension,
    value: value.trim(),
    guide: guide.trim(),
  }))
}

function withoutLines(text: string): string {
  return text.replace(LINE, '')
}

/** The value that a dimension of this kind names, by its id or else by a word of its guide. */
function choose<const V extends string>(lines: readonly Line[], dimension: RegExp, values: readonly V[]): V | undefined {
  const line = lines.find((candidate) => dimension.test(candidate.dimension))
  if (!line) return undefined
  return (
    values.find((value) => value === line.value.toLowerCase()) ??
    values.find((value) => `${line.value} ${line.guide}`.toLowerCase().includes(value))
  )
}

function languageOf(text: string): Language | undefined {
  if (/\bpython\b|\bpandas\b|\bpip\b|\bdjango\b/i.test(text)) return 'python'
  if (/\b(javascript|typescript|node(\.?js)?|react|npm)\b/i.test(text)) return 'javascript'
  if (/\b(sql|postgres|sqlite|database quer)/i.test(text)) return 'sql'
  if (/\b(bash|shell script|command line|terminal)\b/i.test(text)) return 'bash'
  return /\b(code|function|script|programming|json|csv|string|regex|api|algorithm|debug|exception|compile)\b/i.test(text)
    ? 'python'
    : undefined
}

function schemaOf(body: JsonObject, inWords: string | undefined): JsonObject | undefined {
  const format = body['response_format'] as { readonly json_schema?: { readonly schema?: JsonObject } } | undefined
  if (format?.json_schema?.schema) return format.json_schema.schema
  if (!inWords) return undefined
  try {
    return JSON.parse(inWords.slice(SCHEMA_IN_WORDS.length)) as JsonObject
  } catch {
    return undefined
  }
}
