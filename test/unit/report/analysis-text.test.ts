/** What `analyze` prints: within its columns, and with everything from the file made safe. */
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/measure/evaluate.ts'
import { AnalysisProgress } from '../../../src/report/analysis-progress.ts'
import { analysisText } from '../../../src/report/analysis-text.ts'
import type { AnalysisView } from '../../../src/report/analysis-view.ts'
import { comparisonText } from '../../../src/report/comparison-text.ts'
import { width } from '../../../src/util/safe-text.ts'

const HOSTILE = '\x1b[31mred\x1b]8;;http://evil\x07\u202e<script>\u200b\u200b\u200b=cmd()'

async function view(name: string, rows: number, message = 'no JSON: something is missing'): Promise<AnalysisView> {
  const measures = await evaluate(
    Array.from({ length: rows }, (_, i) => ({
      row: {
        messages: [
          { role: 'system', content: `${HOSTILE} be kind` },
          { role: 'user', content: `${HOSTILE} tell me about the one and only number ${i % 250}` },
          { role: 'assistant', content: `- ${i}\n- ${'x'.repeat(300)} ${HOSTILE}\n\n\`\`\`\ncode\n\`\`\`` },
        ],
        rejected: [{ role: 'assistant', content: 'no' }],
        prompt: 2,
      },
      cell: { [`tone${HOSTILE}`]: `${HOSTILE}${i % 3}` },
    })),
  )
  return {
    file: {
      name,
      bytes: 123_456_789,
      layout: 'JSON Lines',
      packing: 'gzip',
      formats: { 'openai-chat': rows },
      broken: { rows: 2, examples: [{ row: 7, line: 8, code: 'E_JSON', message }] },
    },
    measures,
    tokens: {
      tokenizer: 'o200k_base',
      prompt: 12_345,
      response: 1_234_567,
      other: 12,
      total: 1_246_924,
      estimated: true,
      cost: { usdPerMillion: 3, usd: 3.74 },
    },
  }
}

describe('the screen of analyze', () => {
  it.each([80, 120])('keeps within %i columns', async (columns) => {
    const one = await view('data/train.jsonl', 300)
    for (const text of [
      analysisText(one, { columns, color: false }),
      comparisonText(one, await view('data/other.jsonl', 260), { columns, color: false }),
    ]) {
      for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(columns)
    }
  })

  it('makes everything from the file safe', async () => {
    const one = await view(`data/${HOSTILE}.jsonl`, 300, HOSTILE)
    for (const text of [analysisText(one, { color: false }), comparisonText(one, one, { color: false })]) {
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]/)
      expect(text).toContain('script')
    }
  })

  it('says each number once', async () => {
    const text = analysisText(await view('train.jsonl', 300), { columns: 100, color: false })
    expect(text).toMatch(
      /^ train\.jsonl {3}openai-chat, JSON Lines, gzip, 123 MB\n rows {8}300\n unreadable {2}2 rows\n {13}row 7 \(line 8\): E_JSON/,
    )
    expect(text).toMatch(/ pairs {7}300; the preferred answer is longer in 100 %, shorter in 0 %/)
    expect(text).toMatch(/ tokens {6}≈ 1\.2M: prompts 12\.3k · answers 1\.2M · other 12 \(o200k_base, by a sample\)/)
    expect(text).toMatch(/ cost {8}≈ \$3\.74 an epoch, at \$3\.00 for a million tokens/)
    expect(text).toMatch(/ ✖ boilerplate of prompts {2}\d+ %, fails above 15 %\n {3}text inside phrases/)
  })
})

describe('progress', () => {
  const at = (isTTY: boolean) => {
    let now = 0
    const written: string[] = []
    const progress = new AnalysisProgress({ write: (text) => written.push(text), isTTY, columns: 80 }, () => now)
    return { progress, written, wait: (ms: number) => (now += ms) }
  }

  it('renews one line on a terminal and takes it away', () => {
    const { progress, written, wait } = at(true)
    progress.rows('a\x1b[2J', 256)
    expect(written).toEqual([])
    wait(1500)
    progress.rows('a\x1b[2J', 512)
    progress.rows('a\x1b[2J', 768)
    progress.stage('a\x1b[2J', 'prompts')
    progress.end()
    expect(written).toEqual(['\r\x1b[Ka\\x1b[2J: 512 rows read', '\r\x1b[Ka\\x1b[2J: measuring prompts', '\r\x1b[K'])
  })

  it('is a line now and then in a log, and nothing for a file that is soon done', () => {
    const { progress, written, wait } = at(false)
    for (let i = 1; i <= 30; i++) {
      wait(1000)
      progress.rows('a', i * 256)
    }
    progress.stage('a', 'prompts')
    progress.end()
    expect(written).toEqual(['a: 2,560 rows read\n', 'a: 5,120 rows read\n', 'a: 7,680 rows read\n'])
  })
})
