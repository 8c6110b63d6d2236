/** Whether the arguments of a call match what the tool declares: the part of JSON Schema that tools use, and nothing that could run long. */
import type { Json, JsonObject } from '../../schema/json.ts'
import { isArray, isObject, member } from './shape.ts'

/** Deepest nesting that is compared. */
const DEEPEST = 16

/** The first difference with its path, or undefined. Keywords that are not known count as met. */
export function mismatch(value: Json, schema: Json | undefined, path: string, depth = 0): { path: string; message: string } | undefined {
  if (!isObject(schema) || depth > DEEPEST) return undefined
  const allowed = member(schema, 'enum')
  if (isArray(allowed) && !allowed.some((one) => one === value || (typeof one === 'object' && typeof value === 'object')))
    return { path, message: 'the value is none of those that the tool allows' }
  const type = member(schema, 'type')
  const types = typeof type === 'string' ? [type] : isArray(type) ? type.filter((one) => typeof one === 'string') : []
  // Gemini and Nova write the types in capitals.
  if (types.length > 0 && !types.some((one) => isType(value, one.toLowerCase())))
    return { path, message: `the tool wants ${types.join(' or ')} here` }
  if (isObject(value)) return ofObject(value, schema, path, depth)
  const items = member(schema, 'items')
  if (isArray(value) && isObject(items)) {
    for (const [i, item] of value.entries()) {
      const found = mismatch(item, items, `${path}[${i}]`, depth + 1)
      if (found) return found
    }
  }
  return undefined
}

function ofObject(value: JsonObject, schema: JsonObject, path: string, depth: number): { path: string; message: string } | undefined {
  const properties = member(schema, 'properties')
  const required = member(schema, 'required')
  for (const key of isArray(required) ? required : [])
    if (typeof key === 'string' && !Object.hasOwn(value, key))
      return { path, message: `the tool requires ${JSON.stringify(key.slice(0, 40))}` }
  if (!isObject(properties)) return undefined
  for (const [key, item] of Object.entries(value)) {
    const inner = `${path}.${key.slice(0, 60)}`
    if (!Object.hasOwn(properties, key)) {
      if (member(schema, 'additionalProperties') === false) return { path: inner, message: 'the tool does not know this argument' }
      continue
    }
    const found = mismatch(item, properties[key], inner, depth + 1)
    if (found) return found
  }
  return undefined
}

function isType(value: Json, type: string): boolean {
  switch (type) {
    case 'object':
    case 'dict':
      return isObject(value)
    case 'array':
      return isArray(value)
    case 'string':
      return typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
    case 'number':
      return typeof value === 'number'
    default:
      return true
  }
}
