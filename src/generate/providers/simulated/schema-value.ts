/** A random value that a JSON Schema accepts: what `response_format` asks a simulated model for. */
import type { Json, JsonObject } from '../../../../schema/json.ts'
import { textOfFormat } from './format.ts'
import { textOfPattern } from './pattern.ts'
import type { Random } from './random.ts'

/** Writes the text of a property, by its name. */
export type WriteText = (property: string) => string

type Schema = JsonObject | boolean

// Recursive schemas end here: deeper values leave out whatever may be left out.
const SHALLOW = 4
const DEEPEST = 40

/** Understands types, enums, bounds, patterns, formats, combinators and local references; throws RangeError for what cannot end. */
export function schemaValue(root: JsonObject, random: Random, write: WriteText): Json {
  return value(root, 'answer', 0)

  function value(schema: Schema | undefined, property: string, depth: number): Json {
    if (depth > DEEPEST) throw new RangeError('the schema never ends')
    const flat = flatten(schema, depth)
    if ('const' in flat) return flat['const'] as Json
    if (Array.isArray(flat['enum'])) return random.pick(flat['enum'] as readonly Json[])
    switch (typeOf(flat, depth)) {
      case 'object':
        return object(flat, depth)
      case 'array':
        return array(flat, property, depth)
      case 'integer':
      case 'number':
        return number(flat)
      case 'boolean':
        return random.chance(0.5)
      case 'null':
        return null
      default:
        return text(flat, property)
    }
  }

  /** Resolves references and merges combinators, choosing one branch of each `anyOf` and `oneOf`. */
  function flatten(schema: Schema | undefined, depth: number): JsonObject {
    if (schema === undefined || typeof schema === 'boolean') return {}
    let flat: JsonObject = schema
    for (let hops = 0; typeof flat['$ref'] === 'string'; hops++) {
      if (hops > DEEPEST) throw new RangeError('the schema refers to itself')
      const { $ref, ...rest } = flat
      flat = merge(resolve($ref as string), rest)
    }
    for (const name of ['anyOf', 'oneOf'] as const) {
      const branches = flat[name]
      if (!Array.isArray(branches) || branches.length === 0) continue
      const { [name]: _, ...rest } = flat
      flat = merge(rest, flatten(choose(branches as readonly Schema[], depth), depth + 1))
    }
    if (Array.isArray(flat['allOf'])) {
      const { allOf, ...rest } = flat
      flat = (allOf as readonly Schema[]).reduce<JsonObject>((all, part) => merge(all, flatten(part, depth + 1)), rest)
    }
    return flat
  }

  /** Deep down, the branch that ends soonest. */
  function choose(branches: readonly Schema[], depth: number): Schema {
    const ending = depth > SHALLOW ? branches.filter((branch) => !/"\$ref"|"properties"|"items"/.test(JSON.stringify(branch))) : []
    return random.pick(ending.length > 0 ? ending : branches)
  }

  function resolve(ref: string): JsonObject {
    let at: unknown = root
    for (const part of ref.replace(/^#\/?/, '').split('/').filter(Boolean)) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined
    }
    if (typeof at !== 'object' || at === null || !ref.startsWith('#')) throw new RangeError(`nothing stands at ${ref}`)
    return at as JsonObject
  }

  function typeOf(schema: JsonObject, depth: number): string {
    const { type } = schema
    if (Array.isArray(type)) return depth > SHALLOW && type.includes('null') ? 'null' : String(random.pick(type))
    if (typeof type === 'string') return type
    if (schema['properties'] || schema['required']) return 'object'
    if (schema['items'] || schema['prefixItems']) return 'array'
    if (['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].some((name) => name in schema)) return 'number'
    return 'string'
  }

  function object(schema: JsonObject, depth: number): Json {
    const properties = (schema['properties'] ?? {}) as { readonly [name: string]: Schema }
    const required = new Set((schema['required'] ?? []) as readonly string[])
    const names = Object.keys(properties).filter((name) => required.has(name) || (depth <= SHALLOW && random.chance(0.8)))
    for (const name of required) if (!Object.hasOwn(properties, name)) names.push(name)
    const extra = typeof schema['additionalProperties'] === 'object' ? (schema['additionalProperties'] as JsonObject) : undefined
    for (let i = names.length; i < bound(schema['minProperties'], 0); i++)
      names.push(Object.keys(properties).find((name) => !names.includes(name)) ?? `field_${i + 1}`)
    if (extra && Object.keys(properties).length === 0 && names.length === 0 && depth <= SHALLOW)
      names.push(...Array.from({ length: random.int(1, 3) }, (_, i) => `field_${i + 1}`))
    // fromEntries defines: a property named __proto__ is only a property.
    return Object.fromEntries(
      names.map((name) => [name, value(Object.hasOwn(properties, name) ? properties[name] : extra, name, depth + 1)]),
    )
  }

  function array(schema: JsonObject, property: string, depth: number): Json {
    const first = (
      Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : Array.isArray(schema['items']) ? schema['items'] : []
    ) as readonly Schema[]
    const rest = (Array.isArray(schema['items']) ? schema['additionalItems'] : schema['items']) as Schema | undefined
    const least = Math.max(
      bound(schema['minItems'], 0),
      depth > SHALLOW ? 0 : Math.min(first.length, bound(schema['maxItems'], first.length)),
    )
    const usual = depth > SHALLOW || rest === false ? least : Math.max(least, random.int(1, 3))
    const count = Math.min(usual, bound(schema['maxItems'], Math.max(usual, least)))
    const items: Json[] = []
    const seen = new Set<string>()
    for (let tries = 0; items.length < count && tries < count * 20 + 20; tries++) {
      const item = value(items.length < first.length ? first[items.length] : rest, property.replace(/s$/, ''), depth + 1)
      const same = JSON.stringify(item)
      if (schema['uniqueItems'] === true && seen.has(same)) continue
      seen.add(same)
      items.push(item)
    }
    return items
  }

  function number(schema: JsonObject): number {
    const whole = schema['type'] === 'integer' || (Array.isArray(schema['type']) && schema['type'].includes('integer'))
    const step = bound(schema['multipleOf'], whole ? 1 : 0.01)
    const above = schema['exclusiveMinimum']
    const below = schema['exclusiveMaximum']
    const low =
      typeof above === 'number'
        ? above
        : bound(schema['minimum'], Math.min(0, bound(schema['maximum'], typeof below === 'number' ? below : 0) - 100 * step))
    const high = typeof below === 'number' ? below : bound(schema['maximum'], low + 100 * Math.max(1, step))
    let from = Math.ceil(low / step - 1e-9)
    let to = Math.floor(high / step + 1e-9)
    if (typeof above === 'number' && from * step <= above) from++
    if (typeof below === 'number' && to * step >= below) to--
    if (to < from) return (low + high) / 2
    const picked = random.int(from, to) * step
    return Number.isInteger(step) ? picked : Number(picked.toPrecision(12))
  }

  function text(schema: JsonObject, property: string): string {
    if (typeof schema['pattern'] === 'string') return textOfPattern(schema['pattern'], random)
    const least = bound(schema['minLength'], 0)
    const most = bound(schema['maxLength'], Number.POSITIVE_INFINITY)
    const format = typeof schema['format'] === 'string' ? textOfFormat(schema['format'], random) : undefined
    let written = format ?? write(property)
    while (written.length < least) written += ` ${write(property)}`
    return written.length <= most ? written : shorten(written, least, most)
  }
}

/** Ends at a word where the bounds allow it. */
function shorten(text: string, least: number, most: number): string {
  const cut = text.slice(0, most)
  const word = cut.replace(/\s+\S*$/, '')
  return word.length >= Math.max(1, least) ? word : cut
}

function bound(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
}

/** Both schemas at once, as far as simple keywords go. */
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...((a['required'] ?? []) as readonly string[]), ...((b['required'] ?? []) as readonly string[])]
  return {
    ...a,
    ...b,
    ...(a['properties'] || b['properties']
      ? { properties: { ...(a['properties'] as JsonObject), ...(b['properties'] as JsonObject) } }
      : {}),
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  }
}
