/** The summary of a report: whole on any paper, safe whatever a model said. */
import { describe, expect, it } from 'vitest'
import { reportText } from '../../../src/report/report-text.ts'
import { width } from '../../../src/util/safe-text.ts'
import { largeReport } from '../../rig/large-report.ts'

const page = { path: '.datagen/report.html', bytes: 8_160_925 }

describe('the summary of a report', () => {
  it.each([80, 120])('fits %i columns and loses nothing', async (columns) => {
    const { report } = await largeReport(1000, 30)
    const text = reportText(report, page, { columns, color: false })
    for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(columns)
    const words = (shown: string) => shown.split(/\s+/).filter((word) => word !== '')
    expect(words(text)).toEqual(words(reportText(report, page, { color: false })))
  })

  it('says what came, by batch and round, and what it cost', async () => {
    const { report } = await largeReport(1000, 30)
    const lines = reportText(report, page, { color: false }).split('\n')
    expect(lines.filter((line) => /^ (large|cells|batch|judge|cost|runs|page)/.test(line))).toEqual([
      ' large',
      ' cells    700 of 1,000 accepted, 100 rejected, 100 failed, 100 to ask',
      ' batch    broad    350 of 500 accepted, 50 rejected, 50 failed, 50 to ask',
      ' batch    gaps 1   280 of 400 accepted, 40 rejected, 40 failed, 40 to ask',
      ' batch    gaps 2   70 of 100 accepted, 10 rejected, 10 failed, 10 to ask',
      ' judge    helpfulness, score: 4.10 on average of 700 rows',
      ' cost     $0.40 for 800 answers behind rows; 812 answers kept in all, for $0.70',
      ' runs     2 runs, 4,031 calls; kept answers saved $31.20',
      ' page     .datagen/report.html, 8.2 MB',
    ])
    expect(lines).toContain('          100 × length: the assistant text is too long')
  })

  it('phrases and names cannot reach the terminal as they are', async () => {
    const { report } = await largeReport(1000, 30)
    const esc = '\u001b[2J\u202e'
    const hostile = {
      ...report,
      dataset: `data${esc}`,
      simulated: [`m${esc}`],
      problems: [{ state: 'rejected' as const, code: `c${esc}`, message: `says ${esc}`, count: 1 }],
      measures: {
        ...report.measures,
        prompt: {
          ...report.measures.prompt,
          boilerplate: { coverage: 0.5, heavyShare: 0, phrases: [{ phrase: esc, rows: 9, example: 1 }] },
        },
      },
    }
    const text = reportText(hostile, { ...page, path: `p${esc}` }, { columns: 80, color: false })
    expect(text).not.toMatch(/[\u001b\u202e]/)
    expect(text.split('\\x1b[2J\\u202e').length).toBeGreaterThan(4)
  })
})
