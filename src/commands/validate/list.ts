/** `datagen validate --list`: the platforms, what they take, and where that was read. */
import { type Line, type Paper, write } from '../../report/line.ts'
import { fileWords } from '../../validate/file.ts'
import type { Platform } from '../../validate/platform.ts'

export function listText(platforms: readonly Platform[], paper: Paper): string {
  const width = Math.max(...platforms.map(({ id }) => id.length))
  const blocks = platforms.map((platform): Line[] => [
    [[platform.id.padEnd(width), 'bold'], `  ${platform.title}: ${platform.shapes.map(({ id }) => id).join(', ')}`],
    [' '.repeat(width + 2), [fileWords(platform).join('; '), 'dim']],
  ])
  const lines = blocks.flatMap((block) => write(block, paper, width + 2))
  return `${[...lines, '', 'The rules of one: `datagen validate --list --for together`.'].join('\n')}\n`
}

export function rulesText(platform: Platform, paper: Paper): string {
  const { title, id, source, seen, unconfirmed, shapes } = platform
  const lines: Line[] = [
    [[`${id}: ${title}`, 'bold']],
    [`  from ${source} (read ${seen})`],
    ...(unconfirmed === undefined ? [] : [[`  widely told, not found in that source: ${unconfirmed}`]]),
    [],
    ['  the file'],
    ...fileWords(platform).map((word): Line => [`    - ${word}`]),
    ...shapes.flatMap((shape): Line[] => [
      [],
      [`  ${shape.id}  `, [shape.title, 'dim']],
      ...shape.rules.map((rule): Line => [`    - ${rule}`]),
    ]),
  ]
  return `${write(lines, paper, 6).join('\n')}\n`
}
