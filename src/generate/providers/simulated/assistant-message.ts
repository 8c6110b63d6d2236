/** Writes what a simulated assistant answers: as long and as deep as its request asks for. */

import {
  ADVANTAGES,
  APPROACHES,
  CAUTIONS,
  CLOSINGS,
  DRAWBACKS,
  EXAMPLES,
  GOOD_NEWS,
  LEADS,
  OPENINGS,
  REASONS,
  STEPS,
  TAILS,
  TITLES,
  VERDICTS,
} from './assistant-sentences.ts'
import type { Brief } from './brief.ts'
import { codeBlock } from './code.ts'
import { drawDetails } from './details.ts'
import { fill, prose, sentence } from './fill.ts'
import type { Random } from './random.ts'

export function writeAnswer(brief: Brief, random: Random): string {
  const details = drawDetails(random, brief.language)
  const [approach = '', second = '', third = ''] = random.some(APPROACHES[brief.language ? 'code' : 'people'], 3)
  const thing =
    brief.names.length > 0 ? `\`${random.pick(brief.names)}\`` : brief.language ? `\`${details.call}\`` : `${details.person}'s part`
  const slots = { ...details, ...brief.topic, thing, approach, second, third }
  const say = (list: readonly string[]) => sentence(fill(random.pick(list), slots))
  const several = (list: readonly string[], count: number) => random.some(list, count).map((text) => sentence(fill(text, slots)))
  const code = brief.language === undefined ? undefined : codeBlock(brief.language, details, random)

  switch (brief.complexity ?? random.pick(['standard', 'standard', 'brief', 'detailed'] as const)) {
    case 'brief':
      return random.chance(0.5)
        ? sentence(`${fill(random.pick(LEADS), slots)}, ${fill(random.pick(OPENINGS[brief.expertise]), slots)}`)
        : prose(say(OPENINGS[brief.expertise]), say(TAILS))
    case 'standard': {
      const paragraph = prose(
        brief.warm && random.chance(0.5) ? say(GOOD_NEWS) : undefined,
        say(OPENINGS[brief.expertise]),
        ...several(STEPS, random.int(1, 3)),
        random.chance(0.7) ? say(REASONS) : undefined,
      )
      const example =
        code && random.chance(0.7)
          ? `${say(['for example:', 'a small version:', 'with your {thing} it looks like this:', 'in code:'])}\n\n${code}`
          : say(EXAMPLES)
      return [paragraph, example, random.chance(0.5) ? say(random.chance(0.5) ? CAUTIONS : CLOSINGS) : ''].filter(Boolean).join('\n\n')
    }
    case 'detailed': {
      const names = [approach, second, third].slice(0, random.int(2, 3))
      const style = random.pick(['headings', 'numbers', 'bold'] as const)
      const steps = several(STEPS, 3 * names.length)
      const advantages = several(ADVANTAGES, names.length)
      const drawbacks = several(DRAWBACKS, names.length)
      const sections = names.map((name, index) => {
        const title = sentence(name)
        const head =
          style === 'headings'
            ? `### ${index + 1}. ${title}\n\n`
            : style === 'numbers'
              ? `${index + 1}. **${title}.** `
              : `**${title}**\n\n`
        const text = prose(...steps.splice(0, random.int(2, 3)))
        const example = code && index === 0 ? `\n\n${style === 'numbers' ? code.replace(/^/gm, '   ') : code}` : ''
        const indent = style === 'numbers' ? '   ' : ''
        return `${head}${text}${example}\n\n${indent}- Pro: ${advantages[index]}\n${indent}- Con: ${drawbacks[index]}`
      })
      const title = style === 'headings' && random.chance(0.5) ? `## ${say(TITLES)}\n\n` : ''
      const opening = prose(brief.warm ? say(GOOD_NEWS) : undefined, say(OPENINGS[brief.expertise]), say(REASONS))
      const tradeOff = `${style === 'headings' ? '### Trade-offs\n\n' : ''}${prose(say(VERDICTS), say(CAUTIONS), random.chance(0.5) ? say(CLOSINGS) : undefined)}`
      return `${title}${[opening, ...sections, tradeOff].join('\n\n')}`
    }
  }
}

/** Brings an answer to about this many tokens, at four characters each: whole paragraphs more, or a shorter text that still ends. */
export function stretch(text: string, brief: Brief, random: Random, tokens: number): string {
  const length = tokens * 4
  let long = text
  while (long.length < length)
    long += `\n\n${writeAnswer({ ...brief, complexity: length - long.length > 1200 ? 'detailed' : 'brief' }, random)}`
  if (long.length <= length * 1.2) return long
  const cut = long.slice(0, Math.max(8, length))
  const end = Math.max(cut.lastIndexOf('. '), cut.lastIndexOf('.\n'))
  return end > 0 ? cut.slice(0, end + 1) : `${cut.trimEnd()}.`
}
