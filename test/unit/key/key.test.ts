import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffFields } from '../../../src/key/explain.ts'
import { KEY_FORMAT } from '../../../src/key/format.ts'
import { identify, keyOf } from '../../../src/key/key.ts'
import type { Draw, Request } from '../../../src/key/request.ts'

interface Golden {
  readonly format: number
  readonly keys: readonly { readonly name: string; readonly request: Request; readonly draw: Draw; readonly key: string }[]
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../golden/keys/keys.json', import.meta.url), 'utf8'))

describe('keys', () => {
  it('are what they were: a change here means every dataset is bought again, so raise KEY_FORMAT and say why', () => {
    expect(golden.format).toBe(KEY_FORMAT)
    for (const { name, request, draw, key } of golden.keys) expect([name, keyOf(identify(request).digest, draw)]).toEqual([name, key])
  })

  it('differ for every request and draw of the golden list', () => {
    expect(new Set(golden.keys.map(({ key }) => key)).size).toBe(golden.keys.length)
  })

  it('differ exactly when the explanation names a field', () => {
    const body = fc.record({
      model: fc.constantFrom('a', 'b'),
      temperature: fc.constantFrom(0, 0.5, 1),
      messages: fc.array(fc.record({ role: fc.constantFrom('user', 'system'), content: fc.constantFrom('', 'x', 'y') }), { maxLength: 3 }),
    })
    const request = fc.record({ kind: fc.constant('ask' as const), provider: fc.constantFrom('openai', 'http://x'), body })
    fc.assert(
      fc.property(request, request, (a, b) => {
        expect(identify(a).digest === identify(b).digest).toBe(diffFields(a, b).length === 0)
      }),
      { numRuns: 2_000 },
    )
  })
})
