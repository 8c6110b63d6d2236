/** The shape of a config: ajv's errors, said to a person. */
import type { Check, Config } from '../../schema/config.ts'
import { type SchemaError, validate } from '../../schema/validator.generated.js'
import { Complaints, didYouMean } from './complaints.ts'
import type { ConfigPath, Locator } from './locate.ts'
import { name } from './plain.ts'

const CHECKS = [
  'unique',
  'near-duplicates',
  'semantic-duplicates',
  'length',
  'forbid',
  'require',
  'refusal',
  'repetition',
  'language',
  'json',
  'code',
  'contamination',
  'templates',
  'diversity',
  'spread',
  'drift',
  'coverage',
  'balance',
  'share',
  'judge',
  'command',
  'custom',
] as const satisfies readonly Check['check'][]

/** Throws a `DatagenError` unless the value has the shape of a config. */
export function validateShape(config: unknown, locate: Locator): asserts config is Config {
  if (validate(config)) return
  const complaints = new Complaints(locate)
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if')
  for (const error of errors) if (!isEcho(error, errors)) complain(error, config, complaints)
  complaints.throwIfAny()
  throw new Error(`datagen bug: the config validator refused without a reason`)
}

/** A misspelled required key is both unknown and missing; the unknown one says it better. */
function isEcho(error: SchemaError, errors: readonly SchemaError[]): boolean {
  if (error.keyword !== 'required') return false
  const missing = String(error.params['missingProperty'])
  return errors.some(
    (other) =>
      other.keyword === 'additionalProperties' &&
      other.instancePath === error.instancePath &&
      didYouMean(String(other.params['additionalProperty']), [missing]) !== undefined,
  )
}

function complain(error: SchemaError, config: unknown, complaints: Complaints): undefined {
  const { params, data } = error
  const path = pathOf(error.instancePath, config)
  const found: readonly [string, string] = ['found', show(data)]
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty'])
      const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object).filter((one) => !one.startsWith('$'))
      const where = path.length === 0 ? '' : ` in ${name(path)}`
      return complaints.unknown('unknown-key', [...path, key], `unknown key "${key}"${where}`, key, known, 'known', 'key')
    }
    case 'required':
      return complaints.add('missing-key', path, `${name(path)} lacks the key "${params['missingProperty']}"`, { at: 'key' })
    case 'discriminator': {
      const tag = (data as Record<string, unknown> | undefined)?.['check']
      if (tag === undefined) return complaints.add('missing-key', path, `${name(path)} lacks the key "check"`)
      return complaints.unknown('unknown-check', [...path, 'check'], `there is no check ${show(tag)}`, String(tag), CHECKS, 'known')
    }
    case 'expected': {
      const expected = String(params['expected']).split(',')
      const keys = expected.filter((one) => one.startsWith('key:')).map((one) => one.slice('key:'.length))
      return keys.length > 0 ? needsOneOf(keys, path, data, complaints) : mismatch(expected, path, data, complaints)
    }
    case 'type':
      return mismatch([params['type']].flat().map(String), path, data, complaints)
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String)
      return complaints.unknown('bad-value', path, `${name(path)} cannot be ${show(data)}`, String(data), allowed, 'expected')
    }
    case 'const':
      return complaints.unknown(
        'bad-value',
        path,
        `${name(path)} cannot be ${show(data)}`,
        String(data),
        [String(params['allowedValue'])],
        'expected',
      )
    case 'minItems':
      return complaints.add('empty', path, `${emptySubject(path)} is empty`, { hint: 'give at least one entry' })
    default:
      return complaints.add('bad-value', path, `${name(path)} ${bound(error)}`, { facts: [found] })
  }
}

function needsOneOf(keys: string[], path: ConfigPath, data: unknown, complaints: Complaints): undefined {
  const given = Object.keys((data ?? {}) as object)
  for (const key of given) {
    const hint = didYouMean(key, keys)
    if (hint !== undefined)
      return complaints.add('unknown-key', [...path, key], `unknown key "${key}" in ${name(path)}`, {
        at: 'key',
        hint,
        facts: [['expected', keys.join(' or ')]],
      })
  }
  complaints.add('missing-key', path, `${name(path)} needs ${keys.map((key) => `"${key}"`).join(' or ')}`, {
    at: 'key',
    facts: [['found', given.length === 0 ? 'no keys' : given.join(', ')]],
  })
}

const WORDS: { readonly [type: string]: string } = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  function: 'a function',
  null: 'null',
}

function mismatch(expected: readonly string[], path: ConfigPath, data: unknown, complaints: Complaints): undefined {
  const anything = ['null', 'array', 'object'].every((type) => expected.includes(type))
  const wanted = anything ? 'plain JSON' : expected.map((type) => WORDS[type] ?? type).join(' or ')
  const hint = howToWrite(expected, path, data)
  complaints.add('wrong-type', path, `${name(path)} must be ${wanted}`, {
    facts: [['found', show(data)]],
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Of a name that stands alone where more than a name is wanted. */
function howToWrite(expected: readonly string[], path: ConfigPath, data: unknown): string | undefined {
  if (typeof data !== 'string') return undefined
  if (path[0] === 'checks' && path.length === 2 && CHECKS.some((check) => check === data)) return `write { check: ${show(data)} }`
  return expected.length === 1 && expected[0] === 'array' ? `write [${show(data)}]` : undefined
}

function emptySubject(path: ConfigPath): string {
  return path.length === 2 && path[0] === 'dimensions' ? `dimension "${path[1]}"` : name(path)
}

function bound({ keyword, params, parentSchema }: SchemaError): string {
  const limit = String(params['limit'] ?? parentSchema?.[keyword])
  switch (keyword) {
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'exclusiveMinimum':
      return `must be more than ${limit}`
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`
    case 'maxLength':
      return `must have at most ${limit} characters`
    default:
      return `breaks the rule "${keyword}"`
  }
}

function show(data: unknown): string {
  if (typeof data === 'function') return 'a function'
  if (Array.isArray(data)) return data.length === 0 ? 'an empty list' : `a list of ${data.length}`
  if (typeof data === 'object' && data !== null) return 'an object'
  const text = typeof data === 'string' ? JSON.stringify(data) : String(data)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** ajv's JSON Pointer, with indexes as numbers where the data has lists. */
function pathOf(pointer: string, config: unknown): ConfigPath {
  const path: (string | number)[] = []
  let at: unknown = config
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(at) ? Number(key) : key)
    at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return path
}
