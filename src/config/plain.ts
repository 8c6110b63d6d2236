/** A config as plain data: a copy that later code can trust, or what makes it impossible. */
import type { ConfigPath } from './locate.ts'

/** Names that reach an object's prototype. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_DEPTH = 60 // no config is that deep; a cycle is caught before the stack ends

/** Something that is not plain data. */
export interface Impurity {
  readonly code: 'config/forbidden-name' | 'config/not-plain' | 'config/not-a-number'
  readonly path: ConfigPath
  readonly headline: string
  readonly at: 'key' | 'value'
}

/** Copies own enumerable properties once (so a getter cannot answer twice), drops `undefined`, keeps functions. */
export function plain(value: unknown): { readonly value: unknown; readonly problems: readonly Impurity[] } {
  const problems: Impurity[] = []
  const above = new Set<object>()

  const copy = (item: unknown, path: ConfigPath): unknown => {
    if (item === null || typeof item === 'string' || typeof item === 'boolean' || typeof item === 'function') return item
    if (typeof item === 'number') {
      if (!Number.isFinite(item)) problems.push({ code: 'config/not-a-number', path, headline: `${name(path)} is ${item}`, at: 'value' })
      return item
    }
    if (typeof item !== 'object') {
      if (item !== undefined)
        problems.push({
          code: 'config/not-plain',
          path,
          headline: `${name(path)} is a ${typeof item}, which a config cannot hold`,
          at: 'value',
        })
      return undefined
    }
    if (above.has(item) || path.length > MAX_DEPTH) {
      problems.push({ code: 'config/not-plain', path, headline: `${name(path)} contains itself`, at: 'value' })
      return undefined
    }
    above.add(item)
    const made = Array.isArray(item) ? Array.from(item, (entry, i) => copy(entry, [...path, i])) : copyObject(item, path)
    above.delete(item)
    return made
  }

  const copyObject = (item: object, path: ConfigPath): object | undefined => {
    const prototype: unknown = Object.getPrototypeOf(item)
    if (prototype !== null && prototype !== Object.prototype) {
      const own = kind(item)
      const what =
        own === 'Promise'
          ? 'a promise; a config is made without waiting'
          : own === 'Object'
            ? 'an object with another prototype'
            : `a ${own}`
      problems.push({ code: 'config/not-plain', path, headline: `${name(path)} is ${what}`, at: 'value' })
      return undefined
    }
    const made: Record<string, unknown> = {}
    for (const key of Object.keys(item)) {
      if (FORBIDDEN_NAMES.has(key)) {
        problems.push({ code: 'config/forbidden-name', path: [...path, key], headline: `the name "${key}" is not allowed`, at: 'key' })
        continue
      }
      const entry = copy((item as Record<string, unknown>)[key], [...path, key])
      if (entry !== undefined) made[key] = entry
    }
    return made
  }

  return { value: copy(value, []), problems }
}

/** A path as a person would say it: `dimensions.phrasing[0].guide`. */
export function name(path: ConfigPath): string {
  if (path.length === 0) return 'the config'
  return `"${path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')}"`
}

function kind(item: object): string {
  const made: unknown = item.constructor
  return typeof made === 'function' && made.name !== '' ? made.name : 'Object'
}
