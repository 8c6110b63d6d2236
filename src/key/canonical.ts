/**
 * Canonical JSON as one traversal with visitors: the hasher and the explainer see the same walk, so an
 * explanation cannot differ from what was hashed.
 */

/** Receives the walk in canonical order: object members sorted by UTF-16 code units, array items in place. */
export interface Visitor {
  /** A scalar, as its canonical JSON text. */
  leaf(path: readonly (string | number)[], text: string): void
  open(path: readonly (string | number)[], kind: 'object' | 'array'): void
  /** Before each member of an object. */
  member?(name: string, first: boolean): void
  /** Before each item of an array. */
  item?(first: boolean): void
  close(kind: 'object' | 'array'): void
}

/** Thrown for a value that has no injective canonical form. */
export class NotCanonical extends Error {
  readonly path: readonly (string | number)[]
  constructor(path: readonly (string | number)[], what: string) {
    super(`${pathText(path)} is ${what}`)
    this.name = 'NotCanonical'
    this.path = path
  }
}

/** `messages[0].content` */
export function pathText(path: readonly (string | number)[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += /^[\w$-]+$/.test(part) ? (text ? `.${part}` : part) : `[${JSON.stringify(part)}]`
  }
  return text || 'the value'
}

// Deeper values would overflow the stack before they could be useful in a request.
const MAX_DEPTH = 200

/**
 * Walks plain JSON. Values that `JSON.stringify` would merge with others (NaN, -0, lone surrogates, undefined,
 * Map, Date, class instances, holes) throw `NotCanonical`: two different requests never share bytes.
 */
export function walk(value: unknown, visitor: Visitor, path: (string | number)[] = []): void {
  if (path.length > MAX_DEPTH) throw new NotCanonical(path, `nested deeper than ${MAX_DEPTH} levels`)
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new NotCanonical([...path], 'a text with half of a surrogate pair')
      return visitor.leaf(path, JSON.stringify(value))
    case 'boolean':
      return visitor.leaf(path, value ? 'true' : 'false')
    case 'number':
      if (!Number.isFinite(value)) throw new NotCanonical([...path], `${value}, which JSON cannot hold`)
      if (Object.is(value, -0)) throw new NotCanonical([...path], 'negative zero')
      return visitor.leaf(path, JSON.stringify(value))
    case 'object':
      if (value === null) return visitor.leaf(path, 'null')
      return Array.isArray(value) ? walkArray(value, visitor, path) : walkObject(value, visitor, path)
    default:
      throw new NotCanonical([...path], value === undefined ? 'undefined' : `a ${typeof value}`)
  }
}

function walkArray(items: readonly unknown[], visitor: Visitor, path: (string | number)[]): void {
  visitor.open(path, 'array')
  for (let i = 0; i < items.length; i++) {
    if (!(i in items)) throw new NotCanonical([...path, i], 'a hole in an array')
    visitor.item?.(i === 0)
    path.push(i)
    walk(items[i], visitor, path)
    path.pop()
  }
  visitor.close('array')
}

function walkObject(object: object, visitor: Visitor, path: (string | number)[]): void {
  const prototype = Object.getPrototypeOf(object)
  // Objects from a config's own realm or another one are plain when their prototype ends the chain.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotCanonical([...path], `a ${object.constructor?.name ?? 'class instance'}, not plain data`)
  }
  if (Object.prototype.toString.call(object) !== '[object Object]') throw new NotCanonical([...path], 'not plain data')
  visitor.open(path, 'object')
  const names = sorted(Object.keys(object))
  let first = true
  for (const name of names) {
    if (!name.isWellFormed()) throw new NotCanonical([...path, name], 'a name with half of a surrogate pair')
    visitor.member?.(name, first)
    first = false
    path.push(name)
    walk((object as Record<string, unknown>)[name], visitor, path)
    path.pop()
  }
  visitor.close('object')
}

/** Most requests come from one piece of code with their names in one order: looking is cheaper than sorting. */
function sorted(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) if ((names[i - 1] as string) > (names[i] as string)) return names.sort()
  return names
}

/** Names recur from request to request; the bound keeps a hostile variety from filling the memory. */
const quotedNames = new Map<string, string>()
const MOST_QUOTED_NAMES = 1_000

function quoted(name: string): string {
  const known = quotedNames.get(name)
  if (known !== undefined) return known
  const text = `${JSON.stringify(name)}:`
  if (quotedNames.size < MOST_QUOTED_NAMES) quotedNames.set(name, text)
  return text
}

/** The canonical text: equal values give equal texts, different values different ones. */
export function canonicalText(value: unknown): string {
  let text = ''
  walk(value, {
    leaf: (_, leaf) => {
      text += leaf
    },
    open: (_, kind) => {
      text += kind === 'object' ? '{' : '['
    },
    member: (name, first) => {
      text += first ? quoted(name) : `,${quoted(name)}`
    },
    item: (first) => {
      if (!first) text += ','
    },
    close: (kind) => {
      text += kind === 'object' ? '}' : ']'
    },
  })
  return text
}
