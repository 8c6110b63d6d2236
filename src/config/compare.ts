/** Tells in words where two evaluations of one config differ. */
import type { ConfigPath } from './locate.ts'
import { name } from './plain.ts'

export interface Difference {
  readonly path: ConfigPath
  readonly words: string
}

/** The first difference of two plain values; functions are compared by their source text. */
export function firstDifference(one: unknown, two: unknown, path: ConfigPath = []): Difference | undefined {
  if (typeof one === 'function' && typeof two === 'function')
    return String(one) === String(two) ? undefined : { path, words: `the function at ${name(path)} is another one` }
  if (Array.isArray(one) && Array.isArray(two)) {
    if (one.length !== two.length) return { path, words: `${subject(path)} has ${one.length} ${noun(path)}, then ${two.length}` }
    return firstOf(one.keys(), (i) => firstDifference(one[i], two[i], [...path, i]))
  }
  if (isRecord(one) && isRecord(two)) {
    const keys = Object.keys(one)
    if (keys.join('\0') !== Object.keys(two).join('\0'))
      return { path, words: `${subject(path)} has the keys ${list(keys)}, then ${list(Object.keys(two))}` }
    return firstOf(keys, (key) => firstDifference(one[key], two[key], [...path, key]))
  }
  return Object.is(one, two) ? undefined : { path, words: `${subject(path)} is ${show(one)}, then ${show(two)}` }
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => Difference | undefined): Difference | undefined {
  for (const item of items) {
    const difference = look(item)
    if (difference) return difference
  }
  return undefined
}

function subject(path: ConfigPath): string {
  return path.length === 2 && path[0] === 'dimensions' ? `dimension "${path[1]}"` : name(path)
}

function noun(path: ConfigPath): string {
  return path[0] === 'dimensions' ? 'values' : 'entries'
}

function list(keys: readonly string[]): string {
  return keys.length > 8 ? `${keys.slice(0, 8).join(', ')}, …` : keys.join(', ') || '(none)'
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
