/** The corpus of broken rows: each is found with its code at its place, and nothing else is called an error. */
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../schema/json.ts'
import { noFacts, readRecords } from '../../../src/read/records.ts'
import { isCode, severityOf } from '../../../src/validate/codes.ts'
import type { Platform } from '../../../src/validate/platform.ts'
import { PLATFORMS, platformNamed } from '../../../src/validate/platforms.ts'
import { checkRow } from '../../../src/validate/row.ts'

interface Broken {
  readonly platform: string
  readonly name: string
  /** The row, or the line where it is no JSON. */
  readonly row?: Json
  readonly text?: string
  readonly code: string
  readonly path: string
}

const corpus = readFileSync(new URL('../../corpus/broken-rows.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((line) => JSON.parse(line) as Broken)

async function errors({ row, text, platform }: Broken): Promise<{ code: string; path: string }[]> {
  const found: { code: string; path: string }[] = []
  const line = text ?? JSON.stringify(row)
  for await (const record of readRecords({ kind: 'stream', name: '-', stream: Readable.from([Buffer.from(line)]) }, noFacts())) {
    if (record.kind !== 'value') found.push({ code: record.fault.code, path: '' })
    else
      for (const { code, path } of checkRow(record.value, platformNamed(platform) as Platform).findings)
        if (severityOf(code) === 'error') found.push({ code, path })
  }
  return found
}

describe('broken rows', () => {
  it('are many, of every platform, and no two alike', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(120)
    expect(new Set(corpus.map(({ platform }) => platform))).toEqual(new Set(PLATFORMS.map(({ id }) => id)))
    expect(new Set(corpus.map(({ platform, name }) => `${platform}: ${name}`)).size).toBe(corpus.length)
    expect(corpus.filter(({ code }) => !isCode(code))).toEqual([])
  })

  it.each(corpus.map((broken) => [broken.platform, broken.name, broken] as const))('%s: %s', async (_, __, broken) => {
    expect(await errors(broken)).toEqual([{ code: broken.code, path: broken.path }])
  })
})
