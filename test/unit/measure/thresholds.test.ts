/** The thresholds on real data: what people wrote passes, what was made from templates fails, and each failure says by which phrase. */
import { describe, expect, it } from 'vitest'
import type { MeasureReport } from '../../../src/events/measures.ts'
import { evaluate } from '../../../src/measure/evaluate.ts'
import { THRESHOLDS } from '../../../src/measure/thresholds.ts'
import { type DatasetName, viewsOf } from '../../rig/reference-views.ts'
import { NEEDS_SHARED, WITHOUT_SHARED } from '../../rig/shared.ts'

async function reportOf(name: DatasetName, sides: 'both' | 'prompts' = 'both'): Promise<MeasureReport> {
  const { prompt, response } = viewsOf(name)
  return evaluate(
    prompt.map((content, i) => ({
      row:
        sides === 'prompts'
          ? { kind: 'prompt', messages: [{ role: 'user', content }] }
          : {
              messages: [
                { role: 'user', content },
                { role: 'assistant', content: response[i] as string },
              ],
            },
    })),
  )
}

const remarks = (report: MeasureReport) =>
  report.checks
    .filter(({ status }) => status === 'warn' || status === 'fail')
    .map(({ id, view, status }) => `${status} ${id}${view ? ` of ${view}` : ''}`)
const failed = (report: MeasureReport) => report.checks.filter(({ status }) => status === 'fail')

describe.skipIf(WITHOUT_SHARED)(`thresholds on real data${NEEDS_SHARED}`, () => {
  it.each(['gsm8k_test', 'seed_tasks', 'user_oriented'] as const)('human prompts pass: %s', async (name) => {
    expect(remarks(await reportOf(name, 'prompts'))).toEqual([])
  })

  it('a set that people wrote fails nothing; its formulaic answers are remarked on', async () => {
    const report = await reportOf('gsm8k_test')
    expect(failed(report)).toEqual([])
    expect(report.status).not.toBe('fail')
  })

  it.each(['fastchat_dummy', 'text2sql'] as const)('a set from templates fails, naming the phrase: %s', async (name) => {
    const report = await reportOf(name)
    expect(report.status).toBe('fail')
    for (const check of failed(report)) {
      expect(check.findings.length, check.id).toBeGreaterThan(0)
      expect(
        check.findings.every(({ phrase, rows }) => phrase !== undefined || rows.length > 0),
        check.id,
      ).toBe(true)
    }
    expect(
      failed(report)
        .flatMap(({ findings }) => findings.map(({ phrase }) => phrase ?? ''))
        .join('\n'),
    ).toMatch(name === 'text2sql' ? /\S/ : /i am vicuna|language model/)
  })

  it('openings give away what nothing else sees', async () => {
    const report = await reportOf('gpteacher_roleplay')
    expect(failed(report).map(({ id, view }) => `${id} ${view}`)).toEqual(['openings prompt'])
    const openings = report.checks.find(({ id, view }) => id === 'openings' && view === 'prompt')
    expect(openings?.value).toBeCloseTo(0.7665, 4)
    expect(openings?.findings[0]).toMatchObject({ phrase: 'imagine you are', count: 511 })
    expect(report.checks.find(({ id, view }) => id === 'opening' && view === 'prompt')).toMatchObject({ status: 'warn' })
  })

  it('one answer that repeats itself is found, with what it says and how often', async () => {
    const report = await reportOf('openai_toy')
    const repetition = report.checks.find(({ id }) => id === 'repetition')
    expect(repetition).toMatchObject({ status: 'fail' })
    expect(repetition?.findings[0]).toMatchObject({ phrase: 'eat a banana', rows: [5] })
    expect(repetition?.findings[0]?.what).toMatch(/^said 2,?000 times in a row/)
  })

  it('evaluation items in a training set are found', async () => {
    const { prompt } = viewsOf('azure_chat_train')
    const rows = prompt.map((content) => ({ row: { kind: 'prompt', messages: [{ role: 'user', content }] } }))
    const found = await evaluate(rows, { evaluation: viewsOf('gsm8k_train').prompt })
    expect(found.contamination).toEqual({ items: 7473, halfCovered8: 449, any13: 449 })
    expect(found.checks.find(({ id }) => id === 'contamination-any')).toMatchObject({ status: 'fail', value: 1 })
    const other = await evaluate(rows, { evaluation: viewsOf('gsm8k_test').prompt })
    expect(other.contamination).toEqual({ items: 1319, halfCovered8: 1, any13: 2 })
  })

  it('gives the reference values through the whole machinery', async () => {
    const report = await reportOf('fastchat_dummy')
    expect(report.prompt.duplicates).toMatchObject({ raw: 346, normalised: 346 })
    expect(report.response.duplicates).toMatchObject({ raw: 460, normalised: 460 })
    expect(report.whole.duplicates).toMatchObject({ raw: 0, normalised: 0 })
    expect(report.prompt.boilerplate.coverage).toBeCloseTo(0.4541, 4)
    expect(report.response.boilerplate.coverage).toBeCloseTo(0.9994, 4)
    expect(report.whole.near).toMatchObject({ pairs: 46, clusters: 24, removable: 39 })
    expect(report.prompt.openings.top1Share).toBeCloseTo(0.334, 3)
  })
})

describe('thresholds', () => {
  it('say where they stand and why', () => {
    expect(new Set(THRESHOLDS.map(({ id }) => id)).size).toBe(THRESHOLDS.length)
    for (const { warn, fail, side, reason, looksAt } of THRESHOLDS) {
      expect(reason.length).toBeGreaterThan(20)
      expect(looksAt.length).toBeGreaterThan(20)
      if (fail !== null) expect(side === 'above' ? fail >= warn : fail <= warn).toBe(true)
    }
  })
})
