/** Strict `{{ }}` templates: an unknown name is an error when the config is loaded, a value is never read as a template. */
import type { StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { Complaints } from './complaints.ts'
import type { Render } from './dataset.ts'
import { type ConfigPath, within } from './locate.ts'
import { asText, liquidTemplate, type Path, type Reading } from './template-liquid.ts'

/** What a text may read. */
export interface Scope {
  readonly dimensions: readonly string[]
  /** The steps before this one. */
  readonly steps: readonly string[]
  /** Steps that exist but come later: for a better message. */
  readonly laterSteps?: readonly string[]
}

const ROOTS = ['cell', 'guide', 'steps', 'sample', 'covered', 'remarks'] as const
/** Lists of texts: read whole, by a loop or with `join`. */
const LISTS: readonly string[] = ['covered', 'remarks']
const SIMPLE = /\{\{\s*([A-Za-z_]+)(?:\.([\p{L}_][\p{L}\p{N}_-]*))?\s*\}\}/gu

/** Undefined after a complaint. Without `{{` or `{%` a text is itself, whatever else it holds. */
export function compileTemplate(text: string, scope: Scope, path: ConfigPath, complaints: Complaints): Render | undefined {
  if (!text.includes('{{') && !text.includes('{%')) return () => text
  const simple = simpleParts(text)
  const compiled = simple ? { ok: true as const, reads: simple.reads, render: renderParts(simple.parts) } : liquidTemplate(text)
  if (!compiled.ok) {
    const place = { hint: compiled.hint, facts: compiled.near === undefined ? undefined : ([['near', compiled.near]] as const) }
    complaints.add('template', path, `the template is wrong: ${compiled.message}`, place)
    return undefined
  }
  const before = complaints.list.length
  for (const reading of compiled.reads) checkReading(reading, scope, path, complaints)
  return complaints.list.length > before ? undefined : compiled.render
}

/** Templates of plain `{{ root.name }}`s, which are most, need no engine: 0.1 instead of 15 µs for each text. */
function simpleParts(text: string): { parts: (string | Path)[]; reads: Reading[] } | undefined {
  const parts: (string | Path)[] = []
  const reads: Reading[] = []
  let from = 0
  for (const match of text.matchAll(SIMPLE)) {
    const [whole, root = '', name] = match
    const path: Path = name === undefined ? [root] : [root, name]
    parts.push(text.slice(from, match.index), path)
    reads.push({ path, text: name === undefined ? root : `${root}.${name}` })
    from = match.index + whole.length
  }
  parts.push(text.slice(from))
  return parts.some((part) => typeof part === 'string' && /\{\{|\{%/.test(part)) ? undefined : { parts, reads }
}

function renderParts(parts: readonly (string | Path)[]): Render {
  return (context) => parts.map((part) => (typeof part === 'string' ? part : asText(valueAt(context, part)))).join('')
}

function valueAt(context: StepContext, [root, name]: Path): Json {
  if (root === 'sample') return context.sample
  if (root === 'covered' || root === 'remarks') return context[root].join('\n')
  return context[root as 'cell' | 'guide' | 'steps'][name as string] as Json
}

function checkReading({ path: [root = '', name], text }: Reading, scope: Scope, path: ConfigPath, complaints: Complaints): undefined {
  const complain = (code: string, headline: string, unknown: string, known: readonly string[], label: string): undefined => {
    const before = complaints.list.length
    complaints.unknown(code, path, headline, unknown, known, label)
    const added = complaints.list[before]
    if (added?.place) complaints.list[before] = { ...added, place: within(added.place, text) }
  }
  if (!(ROOTS as readonly string[]).includes(root)) {
    const known = ROOTS.filter((one) => one !== 'steps' || scope.steps.length > 0)
    const dimension = scope.dimensions.includes(root) ? `; the dimension is read as "cell.${root}" or "guide.${root}"` : ''
    return complain('unknown-name', `the template reads "${root}", which does not exist${dimension}`, root, known, 'known')
  }
  if (LISTS.includes(root)) return undefined
  if (root === 'sample')
    return name === undefined
      ? undefined
      : complain('unknown-name', `the template reads "sample.${name}", and "sample" is a number`, '', [], 'known')
  if (name === undefined)
    return complain(
      'unknown-name',
      `the template reads "${root}" without a name`,
      '',
      root === 'steps' ? scope.steps : scope.dimensions,
      'names',
    )
  if (root === 'steps') {
    if (scope.steps.includes(name)) return
    const later = scope.laterSteps?.includes(name) === true
    return complain(
      'unknown-step',
      later ? `the template reads the step "${name}", which has no result yet` : `there is no step "${name}"`,
      name,
      scope.steps,
      'steps before',
    )
  }
  if (!scope.dimensions.includes(name))
    complain('unknown-dimension', `there is no dimension "${name}"`, name, scope.dimensions, 'dimensions')
}
