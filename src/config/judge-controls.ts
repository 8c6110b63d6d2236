/** Controls of a judge check: examples whose worth the config knows, and how many are made from rows. */
import type { ControlExample, Example, JudgeCheck, Message } from '../../schema/config.ts'
import type { Json, JsonObject } from '../../schema/json.ts'
import type { Complaints } from './complaints.ts'
import type { ControlsSpec, DimensionSpec, GivenControl, JudgedCell } from './dataset.ts'
import { textOf } from './evaluation-items.ts'
import type { ConfigPath } from './locate.ts'

/** Rows that are spoiled where nothing else is said. */
const DEFAULT_MADE = 4
/** An area under the curve of 0.5 is a coin; at 0.8 a good example has the higher score in four of five comparisons. */
const DEFAULT_LEAST = 0.8

interface ControlTools {
  readonly complaints: Complaints
  readonly dimensions: readonly DimensionSpec[]
  readonly root: string
  /** Dimensions that the rubric looks at. */
  readonly asked: readonly string[]
}

/** Undefined for a judge that is trusted as it is. */
export function controlsOf({ controls = {}, compare = false }: JudgeCheck, at: ConfigPath, tools: ControlTools): ControlsSpec | undefined {
  if (controls === false) return undefined
  const path = [...at, 'controls']
  const given = (['good', 'bad'] as const).flatMap((side) =>
    examplesIn(controls[side] ?? [], [...path, side], tools).map(({ example, place }, n): GivenControl => {
      const { cell, ...shown } = example
      checkShown(shown, compare, place, tools.complaints)
      return { good: side === 'good', name: `${side} ${n + 1}`, example: shown, ...cellOf(cell ?? {}, place, tools) }
    }),
  )
  const { made = DEFAULT_MADE, least = DEFAULT_LEAST } = controls
  const sides = new Set(given.map(({ good }) => good))
  if (made === 0 && sides.size === 1)
    tools.complaints.add(
      'missing-key',
      path,
      `the judge has only ${sides.has(true) ? 'good' : 'bad'} controls, so there is nothing to tell apart`,
      {
        at: 'key',
        hint: 'give some of the other kind, or let `made` rows be spoiled',
      },
    )
  if (made === 0 && sides.size === 0)
    tools.complaints.add('empty', path, 'the judge has no controls', {
      at: 'key',
      hint: '`controls: false` says that it is trusted without',
    })
  return { given, made, least }
}

interface Placed {
  readonly example: ControlExample
  readonly place: ConfigPath
}

function examplesIn(given: readonly (string | ControlExample)[], path: ConfigPath, tools: ControlTools): Placed[] {
  return given.flatMap((one, i): Placed[] => {
    const place = [...path, i]
    return typeof one === 'string' ? inFile(one, place, tools) : [{ example: one, place }]
  })
}

function inFile(file: string, place: ConfigPath, { root, complaints }: ControlTools): Placed[] {
  const text = textOf(root, file, place, complaints)
  if (text === undefined) return []
  const found = text.split('\n').flatMap((line, n): Placed[] => {
    if (line.trim() === '') return []
    const example = readRow(line)
    if (example !== undefined) return [{ example, place }]
    complaints.add('bad-value', place, `line ${n + 1} of "${file}" is no row with messages`, {
      hint: 'one JSON object a line: {"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}]}',
    })
    return []
  })
  if (text.trim() === '') complaints.add('empty', place, `"${file}" has no rows`)
  return found
}

function readRow(line: string): ControlExample | undefined {
  let value: Json
  try {
    value = JSON.parse(line) as Json
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { messages, rejected, tools, cell } = value as JsonObject
  if (!areMessages(messages) || (rejected !== undefined && !areMessages(rejected))) return undefined
  return {
    messages,
    ...(rejected ? { rejected } : {}),
    ...(tools ? { tools } : {}),
    ...(cell ? { cell } : {}),
  } as unknown as ControlExample
}

function areMessages(value: Json | undefined): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((message) => {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown }
    return typeof role === 'string' && (typeof content === 'string' || content === null)
  })
}

function checkShown({ messages, rejected }: Example, compare: boolean, place: ConfigPath, complaints: Complaints): void {
  const ends = (side: readonly Message[]) => side.at(-1)?.role === 'assistant'
  if (!ends(messages) || (rejected !== undefined && !ends(rejected)))
    complaints.add('bad-value', place, 'a control does not end with an answer of the assistant')
  if (compare && rejected === undefined)
    complaints.add('missing-key', place, 'a control of a judge that compares has no "rejected" answer', { at: 'key' })
}

function cellOf(
  cell: { readonly [dimension: string]: string },
  place: ConfigPath,
  { dimensions, asked, complaints }: ControlTools,
): JudgedCell {
  const guide: Record<string, string> = {}
  const names = dimensions.map(({ name }) => name)
  for (const [name, id] of Object.entries(cell)) {
    const values = dimensions.find((dimension) => dimension.name === name)?.values
    if (!values) {
      complaints.unknown('unknown-dimension', [...place, 'cell', name], `there is no dimension "${name}"`, name, names, 'dimensions', 'key')
      continue
    }
    const value = values.find((one) => one.id === id)
    const ids = values.map((one) => one.id)
    if (!value) complaints.unknown('unknown-value', [...place, 'cell', name], `dimension "${name}" has no value "${id}"`, id, ids, 'values')
    else guide[name] = value.guide
  }
  const open = asked.filter((name) => !Object.hasOwn(cell, name))
  if (open.length > 0)
    complaints.add(
      'missing-key',
      place,
      `the rubric looks at ${open.map((name) => `"${name}"`).join(', ')}, and a control does not say its value`,
      {
        at: 'key',
        hint: `for example \`cell: { ${open[0]}: … }\``,
      },
    )
  return { cell, guide }
}
