/** Patterns that would never end on what a model wrote (T18). */
import { expect, test } from 'vitest'
import { parseAnswer } from '../../../src/generate/parse.ts'
import { compileSchema } from '../../../src/util/json-schema.ts'
import { patientPattern } from '../../../src/util/patient-pattern.ts'

const trap = `${'a'.repeat(40)}!`

test('a pattern that would try more ways than there are atoms is given up, and the answer with it', () => {
  const schema = {
    type: 'object',
    properties: { id: { type: 'string', pattern: '^(a+)+$' }, other: { type: 'string', pattern: '^(b+)+$' } },
  }
  expect(parseAnswer(JSON.stringify({ id: trap }), schema)).toEqual({
    kind: 'rejected',
    code: 'schema',
    message: 'the answer does not match the schema: the pattern /^(a+)+$/u takes too long on it',
  })
  // Each pattern is its own, and one that is given up spoils no other text.
  const accepts = compileSchema(schema)
  expect([accepts({ id: 'a'.repeat(40) }), accepts({ other: 'b'.repeat(40) }), accepts({ other: 'a'.repeat(40) })]).toEqual([
    undefined,
    undefined,
    '/other must match pattern "^(b+)+$"',
  ])
})

test.each(['^[a-z]+$', '^\\d{4}-\\d{2}-\\d{2}$', '^(yes|no)$', 'csv|json', '^(a+)$', '^[(+*?]{3}\\++$', '^https?:'])(
  'what cannot be a trap is an expression like any other: %s',
  (source) => expect(patientPattern(source, 'u')).toBeInstanceOf(RegExp),
)

test.each(['^(a+)+$', '^(a|aa)+$', 'a+$', '^(a?){40}a{40}$', '^a?a?a?a?aaaa$', '^a*a*b', '^(?:x{1,9}){1,9}$'])(
  'what can be one has a limit: %s',
  (source) => expect(patientPattern(source, 'u')).not.toBeInstanceOf(RegExp),
)
