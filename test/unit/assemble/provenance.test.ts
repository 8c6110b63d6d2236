import { describe, expect, it } from 'vitest'
import { provenanceRow } from '../../../src/assemble/provenance.ts'
import { guard } from '../../../src/config/guard.ts'

const cell = guard<string>(Object.assign(Object.create(null), { tone: 'calm', level: 'expert' }), 'dimension')
const source = { step: 'user', key: 'ab12', model: 'm-1', inputTokens: 10, outputTokens: 5, usd: 0.001 }

describe('the sidecar line of a row', () => {
  it('says which cell it is, which answers are behind it, and what they cost', () => {
    expect(provenanceRow(cell, 2, [source, { ...source, step: 'answer', key: 'cd34', usd: null }], false)).toEqual({
      cell: { tone: 'calm', level: 'expert' },
      sample: 2,
      steps: {
        user: { key: 'ab12', model: 'm-1', inputTokens: 10, outputTokens: 5, usd: 0.001 },
        answer: { key: 'cd34', model: 'm-1', inputTokens: 10, outputTokens: 5, usd: null },
      },
    })
  })

  it('marks simulated answers as not for training, before anything else about them', () => {
    const row = provenanceRow(cell, 0, [source], true)
    expect(row).toMatchObject({ simulated: true, use: 'not for training' })
    expect(Object.keys(row)).toEqual(['cell', 'sample', 'simulated', 'use', 'steps'])
  })

  it('keeps the members in one order, so that equal rows have equal bytes', () => {
    expect(JSON.stringify(provenanceRow(cell, 0, [source], false))).toBe(
      '{"cell":{"tone":"calm","level":"expert"},"sample":0,"steps":{"user":{"key":"ab12","model":"m-1","inputTokens":10,"outputTokens":5,"usd":0.001}}}',
    )
  })
})
