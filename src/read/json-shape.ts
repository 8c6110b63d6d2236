/** Looking into JSON that anybody may have written: own keys only, no assumption about types. */
import type { Json, JsonObject } from '../../schema/json.ts'

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** An own member; null counts as absent, because tables (Parquet, pandas) write it for every key a row does not have. */
export function member(row: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(row, key) ? (row[key] ?? undefined) : undefined
}

/** An own member that is a text. */
export function textOf(row: JsonObject, key: string): string | undefined {
  const value = member(row, key)
  return typeof value === 'string' ? value : undefined
}

/** What is left of a row without these keys and without nulls. */
export function without(row: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([key, value]) => value !== null && !keys.includes(key)))
}

/** A list, also where a table holds it as a text of JSON: a list of objects, because a text may well begin with a bracket. */
export function listOf(value: Json | undefined): readonly Json[] | undefined {
  if (isArray(value)) return value
  if (typeof value !== 'string' || !/^\s*\[/.test(value)) return undefined
  try {
    const parsed = JSON.parse(value) as Json
    return isArray(parsed) && parsed.every(isObject) ? parsed : undefined
  } catch {
    return undefined
  }
}
