import { expect, it } from 'vitest'
import { fuzzInput } from '../../fuzz/validate-input.ts'
import { seeded } from '../../rig/fuzz-rows.ts'

/** A small share of `npm run fuzz:validate`, always the same. */
it.each([
  ['rows', true, 4000],
  ['files', false, 300],
] as const)('fuzzed %s never crash, never hang, and keep the laws', async (_, asRow, inputs) => {
  const wrong: string[] = []
  for (let seed = 1; seed <= inputs; seed++) {
    const found = await fuzzInput(seeded(seed), asRow)
    if (found !== undefined) wrong.push(`seed ${seed}: ${found}`)
  }
  expect(wrong).toEqual([])
})
