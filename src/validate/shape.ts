/** Looking into rows that anybody may have written: own keys only, and every expectation said out loud. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { type Findings, quoted } from './findings.ts'

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** An own member, null included. */
export function member(row: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(row, key) ? row[key] : undefined
}

export const has = (row: JsonObject, key: string): boolean => Object.hasOwn(row, key)

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** Reports keys outside of `known`; `code` says whether they are refused or ignored. */
export function onlyKeys(row: JsonObject, known: readonly string[], path: string, code: 'E_KEYS' | 'W_KEYS', findings: Findings): void {
  for (const key of Object.keys(row)) {
    if (known.includes(key)) continue
    const says = code === 'E_KEYS' ? 'is no key that is taken here' : 'is not read'
    findings.add(code, join(path, key.slice(0, 60)), `${quoted(key)} ${says}`, `known here: ${known.join(', ')}`)
  }
}

/** A list that must be there; undefined (and reported) otherwise. */
export function needList(row: JsonObject, key: string, path: string, findings: Findings): readonly Json[] | undefined {
  const value = member(row, key)
  const at = join(path, key)
  if (isArray(value)) return value
  if (value === undefined) findings.add('E_MISSING', at, `${quoted(key)} is missing`)
  else findings.add('E_TYPE', at, `${quoted(key)} must be a list, not ${quoted(value)}`)
  return undefined
}

/** A text that must be there and not be blank. */
export function needText(row: JsonObject, key: string, path: string, findings: Findings): string | undefined {
  const value = member(row, key)
  const at = join(path, key)
  if (value === undefined) findings.add('E_MISSING', at, `${quoted(key)} is missing`)
  else if (typeof value !== 'string') findings.add('E_TYPE', at, `${quoted(key)} must be a text, not ${quoted(value)}`)
  else if (value.trim() === '') findings.add('E_EMPTY', at, 'the text is empty')
  else return value
  return undefined
}

/** A text that may be left out or be empty, but not be something else. */
export function mayText(row: JsonObject, key: string, path: string, findings: Findings): string | undefined {
  const value = member(row, key)
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  findings.add('E_TYPE', join(path, key), `${quoted(key)} must be a text, not ${quoted(value)}`)
  return undefined
}

/** An object that must be there. */
export function needObject(row: JsonObject, key: string, path: string, findings: Findings): JsonObject | undefined {
  const value = member(row, key)
  if (isObject(value)) return value
  if (value === undefined) findings.add('E_MISSING', join(path, key), `${quoted(key)} is missing`)
  else findings.add('E_TYPE', join(path, key), `${quoted(key)} must be an object, not ${quoted(value)}`)
  return undefined
}
