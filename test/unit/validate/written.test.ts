/** What datagen writes is good for those it is written for: each output format against its platforms. */
import { describe, expect, it } from 'vitest'
import type { Example, OutputFormat } from '../../../schema/config.ts'
import schema from '../../../schema/datagen.schema.json' with { type: 'json' }
import type { Json } from '../../../schema/json.ts'
import { FORMATS } from '../../../src/assemble/formats.ts'
import { READERS } from '../../../src/config/platforms.ts'
import { severityOf } from '../../../src/validate/codes.ts'
import type { Platform } from '../../../src/validate/platform.ts'
import { PLATFORMS, platformNamed } from '../../../src/validate/platforms.ts'
import { checkRow } from '../../../src/validate/row.ts'
import { calling, callingTwice, pair, plain, twoTurns } from '../assemble/examples.ts'

const EXAMPLES: readonly (readonly [name: string, example: Example])[] = [
  ['a plain one', plain],
  ['two turns', twoTurns],
  ['a call', calling],
  ['two calls', callingTwice],
  ['a pair', pair],
]

describe('what is written', () => {
  it('has a reader for every format', () => {
    expect(Object.keys(READERS).sort()).toEqual(Object.keys(FORMATS).sort())
    expect(Object.values(READERS).filter((readers) => readers.length === 0)).toEqual([])
  })

  it('can be for every platform that there are rules of', () => {
    expect([...schema.definitions.PlatformName.enum].sort()).toEqual(PLATFORMS.map(({ id }) => id).sort())
  })

  it.each(Object.entries(READERS).flatMap(([format, readers]) => readers.map((reader) => [format as OutputFormat, reader] as const)))(
    'as %s is good for %s',
    (format, reader) => {
      const errors: unknown[] = []
      let rows = 0
      for (const [name, example] of EXAMPLES) {
        if (FORMATS[format].problem(example) !== undefined) continue
        for (const row of FORMATS[format].rows(example)) {
          rows++
          const { findings } = checkRow(JSON.parse(JSON.stringify(row)) as Json, platformNamed(reader) as Platform)
          errors.push(...findings.filter(({ code }) => severityOf(code) === 'error').map((finding) => ({ name, ...finding })))
        }
      }
      expect(rows).toBeGreaterThan(0)
      expect(errors).toEqual([])
    },
  )
})
