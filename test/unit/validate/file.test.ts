import { describe, expect, it } from 'vitest'
import { checkFile, type FileSeen } from '../../../src/validate/file.ts'
import type { Platform } from '../../../src/validate/platform.ts'
import { platformNamed } from '../../../src/validate/platforms.ts'

const good: FileSeen = {
  rows: 1000,
  packedBytes: 1_000_000,
  layout: 'lines',
  packing: 'none',
  bom: false,
  blankLines: 0,
  shapes: new Map([['chat', 1000]]),
}

describe('a file as a whole', () => {
  it.each<readonly [string, string, Partial<FileSeen>, readonly string[]]>([
    ['good', 'openai', {}, []],
    ['with 9 rows', 'openai', { rows: 9 }, ['E_MIN']],
    ['with 10 rows', 'openai', { rows: 10 }, ['W_FEW']],
    ['without rows', 'trl', { rows: 0, layout: undefined }, ['E_MIN']],
    ['with 2 rows', 'fireworks', { rows: 2 }, ['E_MIN']],
    ['with 3,000,001 rows', 'fireworks', { rows: 3_000_001 }, ['E_MAX']],
    ['with 31 rows', 'bedrock-claude', { rows: 31 }, ['E_MIN']],
    ['with 10,001 rows', 'bedrock-claude', { rows: 10_001 }, ['E_MAX']],
    ['of 999 bytes', 'mistral', { packedBytes: 999 }, ['E_SIZE']],
    ['of 512 MiB and a byte', 'openai', { packedBytes: 512 * 1024 ** 2 + 1 }, ['E_SIZE']],
    ['of 1 GiB and a byte', 'gemini', { packedBytes: 1024 ** 3 + 1 }, ['E_SIZE']],
    ['as an array', 'openai', { layout: 'array' }, ['E_LAYOUT']],
    ['as an array', 'llama-factory', { layout: 'array' }, []],
    ['over several lines', 'trl', { layout: 'sequence' }, ['E_LAYOUT']],
    ['as Parquet', 'together', { layout: 'parquet' }, []],
    ['as Parquet', 'mistral', { layout: 'parquet' }, ['E_LAYOUT']],
    ['packed', 'openai', { packing: 'gzip' }, ['E_PACKED']],
    ['packed', 'trl', { packing: 'zstd' }, []],
    [
      'of two kinds of rows',
      'together',
      {
        shapes: new Map([
          ['chat', 999],
          ['text', 1],
        ]),
      },
      ['E_MIXED'],
    ],
    ['with a mark and blank lines', 'openai', { bom: true, blankLines: 2, firstBlankLine: 7 }, ['W_BOM', 'W_BLANK']],
  ])('%s, for %s', (_, platform, change, codes) => {
    expect(checkFile({ ...good, ...change }, platformNamed(platform) as Platform).map(({ code }) => code)).toEqual(codes)
  })
})
