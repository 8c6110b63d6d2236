/** Writes what a simulated user says: the phrasing, the expertise, the context and the edge case of its cell. */
import type { Brief } from './brief.ts'
import { type Details, drawDetails } from './details.ts'
import { fill, prose, sentence } from './fill.ts'
import type { Random } from './random.ts'
import { edgeOf } from './user-edges.ts'
import { BACKGROUND, COMMANDS, ERRORS, FOLLOW_UPS, LEVELS, QUESTIONS, STATEMENTS } from './user-sentences.ts'
import { CONCERNS } from './words.ts'

export function writeUserMessage(brief: Brief, random: Random): string {
  const details = drawDetails(random, brief.language)
  const slots = { ...details, ...brief.topic, concern: () => random.pick(CONCERNS[brief.expertise]) }
  const say = (list: readonly string[]) => sentence(fill(random.pick(list), slots))
  const edge = brief.edge ? edgeOf(brief.edge, slots, random) : undefined

  const minimal = brief.context === 'minimal' || (brief.complexity === 'brief' && brief.context === undefined)
  const before: string[] = []
  if (edge?.before) before.push(edge.before)
  if (random.chance(0.45)) before.push(say(LEVELS[brief.expertise]))
  if (!minimal && random.chance(brief.context === 'rich' ? 1 : 0.4)) before.push(say(BACKGROUND))
  if (brief.context === 'rich' || brief.complexity === 'detailed')
    before.push(...random.some(BACKGROUND, random.int(1, 2)).map((text) => sentence(fill(text, slots))))
  const context = prose(...new Set(minimal ? before.slice(0, edge?.before ? 1 : 0) : before))
  const error = brief.context === 'error' ? errorBlock(brief, details, random) : ''

  const text = arrange(brief, { context, error, after: edge?.after ?? '' }, say, random)
  return edge?.change ? edge.change(text, random) : text
}

interface Parts {
  readonly context: string
  readonly error: string
  readonly after: string
}

/** A question ends the message, a command begins it, a statement is all there is; `mixed` has both moods. */
function arrange(brief: Brief, { context, error, after }: Parts, say: (list: readonly string[]) => string, random: Random): string {
  const block = error ? `\n\n${error}\n\n` : ' '
  switch (brief.phrasing) {
    case 'question': {
      const lead = prose(context, after)
      if (error) return `${prose(lead, say(ERRORS))}${block}${say(QUESTIONS)}`
      return prose(lead, say(QUESTIONS))
    }
    case 'command':
      return `${prose(say(COMMANDS), context, after)}${error ? `\n\n${error}` : ''}`
    case 'statement': {
      const wish = say(STATEMENTS)
      const body = random.chance(0.5) ? prose(context, after, wish) : prose(wish, context, after)
      return error ? `${body} ${say(ERRORS)}\n\n${error}` : body
    }
    case 'mixed': {
      const both = random.chance(0.5)
        ? [say(COMMANDS), context, after, say(FOLLOW_UPS)]
        : [context, after, say(STATEMENTS), say(FOLLOW_UPS)]
      return error ? `${prose(...both.slice(0, -1))}${block}${both.at(-1)}` : prose(...both)
    }
  }
}

function errorBlock(brief: Brief, { file, call, name, ...draw }: Details, random: Random): string {
  const line = random.int(2, 480)
  const small = draw.small()
  const amount = draw.amount()
  switch (brief.language) {
    case undefined:
      return `> Reference ${name.toUpperCase()}-${amount.replace(',', '')}: the request could not be completed (reason ${small}).`
    case 'javascript':
      return `\`\`\`\n${random.pick(['TypeError: Cannot read properties of undefined', 'RangeError: Invalid array length', 'SyntaxError: Unexpected end of JSON input'])}\n    at ${call} (${name}.js:${line}:${small})\n\`\`\``
    case 'sql':
      return `\`\`\`\nERROR:  ${random.pick(['column', 'relation'])} "${name}" does not exist\nLINE ${line}: SELECT ${name} FROM ...\n\`\`\``
    case 'bash':
      return `\`\`\`\n./${call}.sh: line ${line}: ${file}: ${random.pick(['No such file or directory', 'Permission denied', 'ambiguous redirect'])}\n\`\`\``
    default:
      return `\`\`\`\nTraceback (most recent call last):\n  File "${name}.py", line ${line}, in ${call}\n${random.pick([`ValueError: invalid literal for int() with base 10: '${amount}'`, `KeyError: '${name}'`, `FileNotFoundError: [Errno 2] No such file or directory: '${file}'`, `IndexError: list index out of range`, `TypeError: unsupported operand type(s) for +: 'int' and 'str'`])}\n\`\`\``
  }
}
