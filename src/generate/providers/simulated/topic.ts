/** What a text is about, bent into the forms that sentences need. */
import { DOUBLING, STOP_WORDS, VERBS } from './words.ts'

export interface Topic {
  /** `read a CSV file` */
  readonly do: string
  /** `reading a CSV file`, or a noun */
  readonly doing: string
}

const LONGEST_TOPIC_WORDS = 12

/** From a guide such as "The user wants to read a CSV file. …", a noun ("late deliveries") or a gerund. */
export function topicOf(guide: string): Topic {
  const phrase = (guide.split(/[.;:\n(]|, | - | — /)[0] ?? '')
    .trim()
    .replace(
      /^(?:(?:the|a|an|their|our)\s+)?[\w-]+\s+(?:wants?|needs?|would like|tries|asks?|is trying|wishes)\s+(?:help\s+)?(?:to|for|about|with|how to)?\s*/i,
      '',
    )
    .replace(/^(how to|about|help with|questions? about|to)\s+/i, '')
  const words = phrase.split(/\s+/).filter(Boolean).slice(0, LONGEST_TOPIC_WORDS)
  const [first = 'it', ...rest] = words
  const verb = first.toLowerCase()
  const tail = rest.length > 0 ? ` ${rest.join(' ')}` : ''
  if (VERBS.has(verb)) {
    // `read a file and sum a column` has two verbs to bend.
    const bent = tail.replace(/\b(and|or|then) ([a-z]+)\b/g, (all, link: string, next: string) =>
      VERBS.has(next) ? `${link} ${gerund(next)}` : all,
    )
    return { do: verb + tail, doing: gerund(verb) + bent }
  }
  const noun = lowerFirst(words.join(' ')) || 'this'
  const base = BASES.get(verb)
  if (base) return { do: base + tail, doing: noun }
  return /^[a-z]{2,}ing$/.test(verb) ? { do: `get ${noun} right`, doing: noun } : { do: `deal with ${noun}`, doing: noun }
}

/** From a user's message: its first clause that begins with a telling verb, or else its longest meaningful words. */
export function topicOfMessage(message: string): Topic {
  const text = message.replace(/```[\s\S]*?```/g, ' ').replace(/\s+/g, ' ')
  for (const [, start = '', rest = ''] of text.matchAll(
    /(?<=^|[.?!] |\b(?:to|me|please|i|you|we|for|on|with|of|through|when|others|(?:should|can) [A-Z]\w+|turn|demonstrate|is|about|nothing) )([A-Za-z]+)\b(?=([^.,;:?!`]*))/gi,
  )) {
    const verb = start.toLowerCase()
    const telling = (VERBS.has(verb) && !WEAK.has(verb)) || (/^[a-z]{2,}ing$/.test(verb) && !WEAK_GERUNDS.test(verb))
    if (!telling) continue
    // A clause may hold the telling verb further inside: `fix my attempt to read ...`.
    const inner = /\bto ([a-z]+ [^.,;:?!`]*)/.exec(rest)?.[1]
    const clause = cutClause(inner && VERBS.has(inner.split(' ')[0] ?? '') ? inner : `${verb}${rest}`)
    if (clause.includes(' ')) return topicOf(clause)
  }
  const words = [...new Set(keywords(text.replace(/`[^`]*`/g, ' ')))].sort((a, b) => b.length - a.length).slice(0, 2)
  return topicOf(words.length > 0 ? words.join(' and ') : 'this request')
}

/** Verbs of asking, not of doing. */
const WEAK: ReadonlySet<string> = new Set(
  `accept agree allow answer ask attach book call care change choose compare confirm cut describe decide demonstrate explain follow get give have help keep know leave let
  list look need outline place prepare recommend send show sketch start suggest take talk tell turn understand use want watch wait walk work write`.split(
    /\s+/,
  ),
)
const WEAK_GERUNDS =
  /^(trying|looking|going|doing|being|having|asking|starting|getting|morning|evening|anything|something|nothing|everything|missing|failing|losing|learning|working|string)$/

/** Meaningful words of a text, lower case, in order. */
export function keywords(text: string): string[] {
  return (text.toLowerCase().match(/[a-z][a-z0-9_+#-]{2,}/g) ?? []).filter((word) => !STOP_WORDS.has(word))
}

/** Drops what follows a subordinate word, and prepositions left at the end: neither is part of the topic. */
function cutClause(clause: string): string {
  return (
    clause.split(
      /\s(?:so that|without|because|while|when|whenever|before|after|using|comes? up|and (?:know|could|say|what)|inside|in (?:a way|small|line)|(?:for|on|in|with) (?:a|an|our|my|the|\d+)|with|under|at constant|now that|(?:for|by) [A-Z])\b/,
    )[0] ?? ''
  )
    .replace(/(\s(?:in|on|for|with|of|the|a|and|to|from|at|by|my|our))+\s*$/, '')
    .trim()
}

function gerund(verb: string): string {
  if (DOUBLING.has(verb)) return `${verb}${verb.slice(-1)}ing`
  if (/[^eoy]e$/.test(verb)) return `${verb.slice(0, -1)}ing`
  return `${verb}ing`
}

/** Verbs by their gerunds. */
const BASES: ReadonlyMap<string, string> = new Map([...VERBS].map((verb) => [gerund(verb), verb]))

/** Acronyms and names keep their capital. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]?.toLowerCase() + text.slice(1) : text
}
