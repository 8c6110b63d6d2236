/** The table of checks in `docs/analyze.md` is made from the thresholds: `UPDATE_DOCS=1 npx vitest run test/unit/measure/docs.test.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { THRESHOLDS, type Threshold } from '../../../src/measure/thresholds.ts'

const DOC = fileURLToPath(new URL('../../../docs/analyze.md', import.meta.url))
const TABLE = /<!-- checks -->[\s\S]*?<!-- \/checks -->/

function limit({ unit, side }: Threshold, value: number | null): string {
  if (value === null) return '–'
  return `${side === 'above' ? '>' : '<'} ${unit === 'share' ? `${Number((value * 100).toFixed(2))} %` : value}`
}

const table = [
  '| check | looks at | warns | fails | because |',
  '|---|---|---|---|---|',
  ...THRESHOLDS.map((threshold: Threshold) => {
    const { id, looksAt, reason, warn, fail } = threshold
    return `| \`${id}\` | ${looksAt.replaceAll('|', '\\|')} | ${limit(threshold, warn)} | ${limit(threshold, fail)} | ${reason} |`
  }),
].join('\n')

it('docs/analyze.md lists the checks as they are', () => {
  const text = readFileSync(DOC, 'utf8')
  const wanted = text.replace(TABLE, `<!-- checks -->\n${table}\n<!-- /checks -->`)
  if (process.env['UPDATE_DOCS']) writeFileSync(DOC, wanted)
  expect(TABLE.test(text)).toBe(true)
  expect(process.env['UPDATE_DOCS'] ? wanted : text).toBe(wanted)
})
