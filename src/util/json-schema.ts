/** The JSON Schemas of a config, compiled once each by ajv, which loads when the first one is met. */
import { createRequire } from 'node:module'
import type { Ajv } from 'ajv'
import type { JsonObject } from '../../schema/json.ts'
import { PatternTooSlow, patientPattern } from './patient-pattern.ts'
import { safeText } from './safe-text.ts'

const LONGEST = 200 // columns: one row of a terminal, or two

/** Says what is wrong with a value, or undefined. */
export type Accepts = (value: unknown) => string | undefined

const bySchema = new WeakMap<JsonObject, Accepts>()
const byText = new Map<string, Accepts>()

/** Throws ajv's error when the schema itself is wrong; `checkSchema` finds that before a build starts. */
export function compileSchema(schema: JsonObject): Accepts {
  const known = bySchema.get(schema)
  if (known) return known
  const text = JSON.stringify(schema)
  const accepts = byText.get(text) ?? compile(schema)
  byText.set(text, accepts)
  bySchema.set(schema, accepts)
  return accepts
}

/** What is wrong with a user's schema, as one sentence; undefined when it compiles. References to other documents never resolve. */
export function checkSchema(schema: JsonObject): string | undefined {
  try {
    compileSchema(schema)
    return undefined
  } catch (error) {
    return safeText(error instanceof Error ? error.message : String(error), { max: LONGEST })
  }
}

function compile(schema: JsonObject): Accepts {
  const validate = newAjv(schema).compile(schema)
  return (value) => {
    try {
      if (validate(value)) return undefined
    } catch (error) {
      if (error instanceof PatternTooSlow) return error.message
      throw error
    }
    const first = validate.errors?.[0]
    return `${first?.instancePath || 'the value'} ${first?.message ?? 'is wrong'}`
  }
}

/** Schemas that name an old draft get it; all others are read as 2020-12. An instance each, so that no `$id` collides. */
function newAjv(schema: JsonObject): Ajv {
  // ajv is CommonJS: `require` keeps it lazy and this module synchronous.
  const require = createRequire(import.meta.url)
  const options = { strict: false, validateFormats: false, logger: false, code: { regExp: patientPattern } } as const
  if (/draft-0[4-7]/.test(String(schema['$schema'] ?? ''))) return new (require('ajv') as typeof import('ajv')).Ajv(options)
  return new (require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')).Ajv2020(options)
}
