/** The committed schema is the one the types make, and the generated validator is up to date. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { presetsPage } from '../../../schema/presets.build.ts'
import { publishedReference, publishedSchema, validatorModule } from '../../../schema/schema.build.ts'

test('datagen.schema.json is what the interfaces make; after an edit run `node schema/schema.build.ts`', () => {
  expect(readFileSync('schema/datagen.schema.json', 'utf8')).toBe(publishedSchema())
})

test('docs/config.md is what the interfaces make', () => {
  expect(readFileSync('docs/config.md', 'utf8')).toBe(publishedReference())
})

test('docs/presets.md is what the files in presets/ make', () => {
  expect(readFileSync('docs/presets.md', 'utf8')).toBe(presetsPage())
})

test('the generated validator is what the interfaces make', () => {
  expect(readFileSync('schema/validator.generated.js', 'utf8')).toBe(validatorModule())
})

test('the published schema accepts a YAML config, knows no functions, and refuses what is unknown', () => {
  const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false, discriminator: true }).compile(
    JSON.parse(publishedSchema()),
  )
  const config = parse(
    'name: x\ndimensions: { topic: [a, { id: b }], phrasing: { preset: phrasing } }\nrecipe: { preset: singleTurn, system: hi }\nchecks: [{ check: unique }]\nwhere: [{ not: { topic: a } }]\n',
  )
  expect([validate(config), validate.errors]).toEqual([true, null])
  expect(validate({ ...config, checks: [{ check: 'custom', name: 'x' }] })).toBe(false)
  expect(validate({ ...config, dimension: {} })).toBe(false)
  expect(publishedSchema()).not.toMatch(/namedArgs|TextFunction|CellPredicate|CustomCheck/)
})
