/** Templates with filters, conditions or loops, by liquidjs: strict, without files, without clocks and dice. */
import { createRequire } from 'node:module'
import type { Liquid, Template } from 'liquidjs'
import type { StepContext } from '../../schema/config.ts'
import type { Render } from './dataset.ts'

/** A root and a name in it, such as `cell` and `expertise`. */
export type Path = readonly [root: string, name?: string]

export interface Reading {
  readonly path: Path
  /** As it is written, to find it in the source. */
  readonly text: string
}

export type Compiled =
  | { readonly ok: true; readonly reads: readonly Reading[]; readonly render: Render }
  | { readonly ok: false; readonly message: string; readonly near?: string; readonly hint?: string }

const FORBIDDEN_TAGS = ['include', 'render', 'layout', 'block']
// What they answer depends on the moment or on chance.
const FORBIDDEN_FILTERS = ['sample', 'date', 'date_to_xmlschema', 'date_to_rfc822', 'date_to_string', 'date_to_long_string']

const require = createRequire(import.meta.url)
let engine: Liquid | undefined

function liquid(): Liquid {
  if (engine) return engine
  const { Liquid: Engine } = require('liquidjs') as typeof import('liquidjs')
  engine = new Engine({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    outputEscape: asText,
    renderLimit: 1000,
    memoryLimit: 1e8,
  })
  for (const tag of FORBIDDEN_TAGS) delete engine.tags[tag]
  for (const filter of FORBIDDEN_FILTERS) delete engine.filters[filter]
  return engine
}

/** Parses and lists what the template reads; rendering throws what is wrong with one item's values. */
export function liquidTemplate(text: string): Compiled {
  let parsed: Template[]
  try {
    parsed = liquid().parse(text)
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
    const at = /, line:(\d+), col:(\d+)$/.exec(message)
    const line = at === null ? undefined : text.split('\n')[Number(at[1]) - 1]?.trim()
    const hint = hintFor(message)
    return {
      ok: false,
      message: message.replace(/, line:\d+, col:\d+$/, ''),
      ...(line ? { near: line.slice(0, 80) } : {}),
      ...(hint === undefined ? {} : { hint }),
    }
  }
  const reads = Object.values(liquid().analyzeSync(parsed, { partials: false }).globals).flatMap((variables) =>
    variables.map((variable) => reading(variable.toArray())),
  )
  return {
    ok: true,
    reads: reads.filter((one) => one !== undefined),
    render: (context) => String(liquid().renderSync(parsed, scopeOf(context))),
  }
}

/** Undefined for a name computed at run time (`cell[steps.x]`): it is checked when it is read. */
function reading([root, name]: readonly unknown[]): Reading | undefined {
  if (name === undefined) return { path: [String(root)], text: String(root) }
  return Array.isArray(name) ? undefined : { path: [String(root), String(name)], text: `${root}.${name}` }
}

/** Plain copies: the engine asks an object for names that a guard would refuse. A result that is not known yet stays so. */
function scopeOf({ cell, guide, steps, sample, covered, remarks }: StepContext): object {
  return {
    cell: { ...cell },
    guide: { ...guide },
    steps: Object.defineProperties({}, Object.getOwnPropertyDescriptors(steps)),
    sample,
    covered: [...covered],
    remarks: [...remarks],
  }
}

/** How a value stands in a text: text as it is, anything else as JSON. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function hintFor(message: string): string | undefined {
  const tag = /tag "(\w+)" not found/.exec(message)?.[1]
  if (tag !== undefined && FORBIDDEN_TAGS.includes(tag)) return 'a template reads no other files; use `file()` in TypeScript'
  const filter = /undefined filter: (\w+)/.exec(message)?.[1]
  if (filter !== undefined && FORBIDDEN_FILTERS.includes(filter)) return 'its result would change from run to run'
  return /not closed|invalid value|unexpected/.test(message) ? 'for braces themselves write {% raw %}{{ }}{% endraw %}' : undefined
}
