/** Writes a turn in the middle of a simulated conversation: what it does follows from the intent its request names. */
import { writeAnswer } from './assistant-message.ts'
import type { Brief } from './brief.ts'
import { drawDetails } from './details.ts'
import { fill, prose, sentence } from './fill.ts'
import type { Random } from './random.ts'
import { ASKING, CLOSING, REPLIES } from './turn-sentences.ts'

/** What the person says next. */
export function writeReply(brief: Brief, intent: string, random: Random): string {
  const kind = kindOf(intent)
  const say = speaker(brief, random)
  const [first, second] = random.some(REPLIES.detail, 2)
  switch (kind) {
    case 'detail':
      return prose(say(first), say(second), random.chance(0.4) ? say(random.pick(REPLIES.wonder)) : undefined)
    case 'wonder':
      return prose(random.chance(0.5) ? say(random.pick(REPLIES.echo)) : undefined, say(random.pick(REPLIES.wonder)))
    default:
      return prose(say(random.pick(REPLIES[kind])), say(first), say(random.pick(REPLIES.wonder)))
  }
}

/** What the assistant says next, where its request names what to do. */
export function writeNextAnswer(brief: Brief, intent: string, random: Random): string {
  const say = speaker(brief, random)
  if (/\bask\b/i.test(intent) && !/\bexercise|solution\b/i.test(intent))
    return prose(say(random.pick(ASKING.lead)), ...random.some(ASKING.questions, random.int(1, 3)).map(say))
  if (/\b(close|confirm)\b/i.test(intent)) return prose(say(random.pick(CLOSING)), writeAnswer({ ...brief, complexity: 'brief' }, random))
  return writeAnswer(brief, random)
}

function speaker(brief: Brief, random: Random): (text: string | undefined) => string {
  const slots = { ...drawDetails(random, brief.language), ...brief.topic }
  return (text = '') => sentence(fill(text, slots))
}

function kindOf(intent: string): keyof Omit<typeof REPLIES, 'echo'> {
  if (/\b(remaining failure|still|fails)\b/i.test(intent)) return 'fails'
  if (/\bworked\b|how it went/i.test(intent)) return 'works'
  if (/\baccept\b/i.test(intent)) return 'accepts'
  if (/\b(follow up|how to apply|question)\b/i.test(intent) && !/\banswer every question\b/i.test(intent)) return 'wonder'
  return 'detail'
}
