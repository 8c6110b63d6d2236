/** docs/validate.md says what the code says: each platform's line and each code's are pinned here. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CODES } from '../../../src/validate/codes.ts'
import { fileWords } from '../../../src/validate/file.ts'
import { PLATFORMS } from '../../../src/validate/platforms.ts'

const page = readFileSync(new URL('../../../docs/validate.md', import.meta.url), 'utf8')

it('the page lists every platform with its rows, limits and source', () => {
  const rows = PLATFORMS.map((platform) => {
    const { id, title, shapes, source, seen } = platform
    return `| \`${id}\` | ${title} | ${shapes.map((shape) => shape.id).join(', ')} | ${fileWords(platform).join('; ')} | ${source} (${seen}) |`
  })
  expect(page).toContain(['| `--for` | who | rows | the file | source |', '|---|---|---|---|---|', ...rows, ''].join('\n'))
})

it('the page lists every code', () => {
  expect(page).toContain(
    ['| code | meaning |', '|---|---|', ...Object.entries(CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`), ''].join('\n'),
  )
})
