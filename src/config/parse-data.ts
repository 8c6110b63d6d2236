/** YAML 1.2 and JSON configs, with positions. */
import { createRequire } from 'node:module'
import type { Node, Pair } from 'yaml'
import type { Diagnostic } from '../util/diagnostic.ts'
import { type Locator, locator, placeAt, type SourceNode } from './locate.ts'

const require = createRequire(import.meta.url)
const MAX_ALIASES = 100 // yaml's own limit against exponential documents, made explicit

export type Parsed =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locator }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] }

/** `within` names the key that holds the config, as `datagen` does in a package.json. */
export function parseData(file: string, text: string, within?: string): Parsed {
  const plain = file.endsWith('.json') ? plainJson(text) : undefined
  return plain === undefined ? parseTree(file, text, within) : placedLater(file, text, plain, within)
}

/** A JSON file in which all is well, without `yaml` and its seventy modules: only a problem asks for places. */
function placedLater(file: string, text: string, value: unknown, within: string | undefined): Parsed {
  let known: Locator | undefined
  const locate: Locator = (...asked) => {
    if (known === undefined) {
      const parsed = parseTree(file, text, within)
      known = parsed.ok ? parsed.locate : locator(file, text, undefined)
    }
    return known(...asked)
  }
  return { ok: true, value: inside(value, within), locate }
}

function inside(value: unknown, key: string | undefined): unknown {
  return key === undefined ? value : (value as Record<string, unknown> | null)?.[key]
}

/** Undefined where it is not JSON, or a key is given twice: that is a problem with a place. */
function plainJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // A string before a colon is a key, and nothing else is.
    let written = 0
    for (const [, colon] of text.matchAll(/"(?:[^"\\]+|\\.)*"(\s*:)?/g)) if (colon !== undefined) written++
    return written === keysIn(value) ? value : undefined
  } catch {
    return undefined
  }
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const values: unknown[] = Object.values(value)
  return values.reduce<number>((sum, one) => sum + keysIn(one), Array.isArray(value) ? 0 : values.length)
}

function parseTree(file: string, text: string, within: string | undefined): Parsed {
  const yaml = require('yaml') as typeof import('yaml')
  const document = yaml.parseDocument(text, {
    version: '1.2',
    schema: file.endsWith('.json') ? 'json' : 'core',
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    merge: false,
  })
  const found = [...document.errors, ...document.warnings]
  const [first] = found // what follows the first is usually its echo
  if (first) return { ok: false, problems: [syntaxProblem(file, text, first)] }

  const tree = (node: Node | null | undefined, key?: Node): SourceNode | undefined => {
    const [start, end] = node?.range ?? key?.range ?? []
    if (start === undefined || end === undefined) return undefined
    const keyRange = key?.range ? { key: { start: key.range[0], end: key.range[1] } } : {}
    const children = new Map<string | number, SourceNode>()
    const add = (name: string | number, child: SourceNode | undefined) => child && children.set(name, child)
    if (yaml.isMap(node)) {
      for (const pair of node.items as Pair<Node, Node | null>[]) add(String(pair.key), tree(pair.value, pair.key))
    } else if (yaml.isSeq(node)) {
      for (const [i, item] of node.items.entries()) add(i, tree(item as Node))
    }
    return { start, end, ...keyRange, children }
  }

  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    const top = tree(document.contents as Node | null)
    const inner = within === undefined ? top : top?.children?.get(within)
    return { ok: true, value: inside(value, within), locate: locator(file, text, inner ?? top ?? { start: 0, end: 0 }) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const headline = /alias count/i.test(message) ? `more than ${MAX_ALIASES} aliases` : message
    return { ok: false, problems: [{ code: 'config/syntax', severity: 'error', headline: decapitalise(headline), place: { file } }] }
  }
}

const HINTS: { readonly [code: string]: string } = {
  MULTIPLE_DOCS: 'keep one document; remove the line `---`',
  TAB_AS_INDENT: 'indent with spaces',
  DUPLICATE_KEY: 'remove one of the two',
  BAD_SCALAR_START: 'put the text in quotes',
  TAG_RESOLVE_FAILED: 'tags such as `!!js/function` are not supported',
}

function syntaxProblem(file: string, text: string, error: { code: string; message: string; pos: [number, number] }): Diagnostic {
  const hint = HINTS[error.code]
  const place = placeAt(file, text, error.pos[0], error.pos[1])
  const message = (file.endsWith('.json') ? jsonMessage(text) : undefined) ?? error.message.split(';')[0] ?? ''
  const headline = error.code === 'DUPLICATE_KEY' ? `the key "${keyText(text, error.pos[0])}" is given twice` : decapitalise(message)
  return { code: 'config/syntax', severity: 'error', headline, place, ...(hint === undefined ? {} : { hint }) }
}

/** JSON's own words: a JSON file need not hear of flow maps. */
function jsonMessage(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/ in JSON at position.*$/s, '')
  }
}

function keyText(text: string, at: number): string {
  return (/^["']?([^"':\s]+)/.exec(text.slice(at, at + 100))?.[1] ?? '').slice(0, 60)
}

function decapitalise(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
