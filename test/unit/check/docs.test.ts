/** docs/checks.md says what the code does: every check, every measure with its limits, every default. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import schema from '../../../schema/datagen.schema.json' with { type: 'json' }
import { CODE_LANGUAGES, CONTAMINATION, MOST_REPETITION } from '../../../src/config/row-rules.ts'
import { COVERAGE_3, MEASURES } from '../../../src/config/set-checks.ts'
import { THRESHOLDS, type Threshold } from '../../../src/measure/thresholds.ts'

const page = readFileSync(new URL('../../../docs/checks.md', import.meta.url), 'utf8')

it('has every check that a config can name', () => {
  const kinds = Object.values(schema.definitions).flatMap((one) => {
    const check = (one as { properties?: { check?: { const?: string } } }).properties?.check?.const
    return check === undefined ? [] : [check]
  })
  expect(kinds.length).toBeGreaterThan(14)
  expect(kinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([])
})

it('has every measure with its limits and the reason for them', () => {
  const rows = Object.entries(MEASURES).flatMap(([check, measures]) => measures.map((measure) => line(check, measure)))
  expect(rows.filter((row) => !page.includes(row))).toEqual([])
})

it('has the defaults of row checks', () => {
  expect(page).toContain(`\`max: ${MOST_REPETITION}\``)
  expect(page).toContain(`no ${CONTAMINATION.any} words in a row in common`)
  expect(page).toContain(`by runs of ${CONTAMINATION.half} words`)
  expect(CODE_LANGUAGES).toEqual(['javascript', 'typescript', 'json', 'yaml'])
})

function line(check: string, measure: string): string {
  const found: Threshold | undefined = THRESHOLDS.find(({ id }) => id === measure)
  const { looksAt, warn, fail, minRows, reason, unit } = found ?? {
    ...COVERAGE_3,
    looksAt: 'triples of values that occur together',
    minRows: 0,
    reason: 'triples grow faster than datasets do, so it only warns; judged where there are as many rows as triples',
    unit: 'share' as const,
  }
  const limit = (n: number | null) => (n === null ? '' : unit === 'share' ? `${Number((n * 100).toFixed(1))} %` : String(n))
  return `| \`${check}\` | \`${measure}\` | ${looksAt.replaceAll('|', '\\|')} | ${limit(warn)} | ${limit(fail)} | ${minRows === 0 ? '' : `${minRows} rows`} | ${reason.replaceAll('|', '\\|')} |`
}
