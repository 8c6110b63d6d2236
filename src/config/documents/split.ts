/** A document cut into passages of a bounded size, at the places where its author made a break. */
import { type Section, sectionsOf } from './markdown.ts'

export type SplitBy = 'heading' | 'paragraph' | 'size' | 'none'

export interface Piece {
  readonly heading?: string
  readonly text: string
}

/** Of a text in a language with letters; counting exactly would need the model. */
const CHARACTERS_PER_TOKEN = 4

export function splitText(text: string, markdown: boolean, by: SplitBy, maxTokens: number): Piece[] {
  const most = maxTokens * CHARACTERS_PER_TOKEN
  const sections = sectionsOf(text, markdown)
  switch (by) {
    case 'none':
      return text.trim() === '' ? [] : [{ text: sections.map(textOf).join('\n\n') }]
    case 'size':
      return packed(
        sections.flatMap(({ blocks }) => blocks),
        most,
      ).map((piece) => ({ text: piece }))
    case 'paragraph':
      return sections.flatMap(({ heading, blocks }) =>
        headed(
          heading,
          paragraphs({ heading, blocks }).flatMap((one) => packed([one], most)),
        ),
      )
    case 'heading':
      return sections.flatMap(({ heading, blocks }) => headed(heading, packed(blocks, most)))
  }
}

function headed(heading: string | undefined, texts: readonly string[]): Piece[] {
  return texts.map((text) => (heading === undefined ? { text } : { heading, text }))
}

function textOf({ blocks }: Section): string {
  return blocks.join('\n\n')
}

/** A heading goes with what follows it, and a lead-in such as "For example:" with the list or code it introduces. */
function paragraphs({ heading, blocks }: { heading?: string | undefined; blocks: readonly string[] }): string[] {
  const all: string[] = []
  let lead: string | undefined
  for (const [i, block] of blocks.entries()) {
    const whole = lead === undefined ? block : `${lead}\n\n${block}`
    lead = undefined
    if ((heading !== undefined && i === 0) || (block.endsWith(':') && i < blocks.length - 1)) lead = whole
    else all.push(whole)
  }
  return lead === undefined ? all : [...all, lead]
}

/** As many blocks as fit; one that is too large alone is cut at its sentences, unless it is code. */
function packed(blocks: readonly string[], most: number): string[] {
  const pieces: string[] = []
  let open = ''
  const close = () => {
    if (open !== '') pieces.push(open)
    open = ''
  }
  for (const [part, joint] of blocks.flatMap((block) => partsOf(block, most))) {
    if (open !== '' && open.length + joint.length + part.length > most) close()
    open = open === '' ? part : `${open}${joint}${part}`
  }
  close()
  return pieces
}

/** With what joins each part to the one before it. */
function partsOf(block: string, most: number): (readonly [part: string, joint: string])[] {
  if (block.length <= most || /^ {0,3}(`{3}|~{3})/m.test(block)) return [[block, '\n\n']]
  const sentences = block.split(/(?<=[.!?。！？]["')\]]*)[ \n]+|\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])/u)
  return sentences.map((sentence, i) => [sentence, i === 0 ? '\n\n' : /^[ \t]*(?:[-*+]|\d+[.)])[ \t]/.test(sentence) ? '\n' : ' '] as const)
}
