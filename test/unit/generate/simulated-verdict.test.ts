/** The simulated judge: verdicts that every judge check can use, mostly good ones. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { lowLevels } from '../../../src/check/judged.ts'
import { presetNames } from '../../../src/config/presets.ts'
import { seededRandom } from '../../../src/generate/providers/simulated/random.ts'
import { isVerdict, verdictOf } from '../../../src/generate/providers/simulated/verdict.ts'
import { compileSchema } from '../../../src/util/json-schema.ts'
import { datasetOf } from '../config/dataset.ts'

test('for every rubric 500 verdicts are usable, and between two thirds and all but a few pass', async () => {
  for (const rubric of presetNames('rubrics')) {
    const { dataset } = await datasetOf({
      models: { default: 'simulated' },
      dimensions: { a: ['x'], b: ['y'], c: ['z'] },
      checks: [{ check: 'judge', by: 'default', rubric }],
    })
    const step = dataset.recipe.steps.at(-1)
    const rule = dataset.checks[0]?.rule
    if (step?.kind !== 'ask' || !step.schema || !step.verdict || rule?.check !== 'judge') throw new Error('no judge')
    expect(isVerdict(step.schema)).toBe(true)
    const accepts = compileSchema(step.schema)
    let passed = 0
    for (let i = 0; i < 500; i++) {
      const seed = createHash('sha256').update(`${rubric} ${i}`).digest()
      const verdict = verdictOf(step.schema, seededRandom(seed), () => 'The words decide it.')
      expect([accepts(verdict), step.verdict.refuse(verdict)]).toEqual([undefined, undefined])
      if (lowLevels(rule, { [step.name]: verdict }) === undefined) passed++
    }
    expect([rubric, passed > 333, passed < 498]).toEqual([rubric, true, true])
  }
})

test('other schemas are none of its affair', () => {
  expect(isVerdict({ type: 'object', properties: { level: { enum: ['a', 'b'] } } })).toBe(false)
  expect(isVerdict({ title: 'verdict', type: 'object' })).toBe(false)
})
