/** `datagen presets [name]`: what is ready-made, and what a model is told for each part of it. */
import { didYouMean } from '../config/complaints.ts'
import { type Entry, type Section, sectionsOf } from '../config/preset-sections.ts'
import { type Preset, presetKinds, presetNames, readPreset, singular } from '../config/presets.ts'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'

const NARROW = 40 // columns; below, words are longer than lines
const WIDE = 110 // columns; longer lines are hard to read
const MOST_IDS = 28 // columns; a longer id stands on a line of its own

/** A preset with the folder it lies in. */
interface Found {
  readonly kind: string
  readonly preset: Preset
}

/** Writes to `out`, for a screen of so many columns; throws `DatagenError` for a name that does not exist. */
export async function presetsCommand(args: readonly string[], out: (text: string) => void, columns = 80): Promise<ExitCode> {
  const json = args.includes('--json')
  const [name] = args.filter((arg) => !arg.startsWith('--'))
  const found = named(name)
  const width = Math.max(NARROW, Math.min(WIDE, columns))
  if (json) {
    const plain = found.map(({ kind, preset }) => ({ kind, ...preset }))
    out(`${JSON.stringify(name !== undefined && plain.length === 1 ? plain[0] : plain, null, 2)}\n`)
  } else out(name === undefined ? listed(found, width) : found.map((one) => shown(one, width)).join('\n'))
  return EXIT.ok
}

/** Every preset, or those of a name: `code` is a format and a rubric, `formats/code` is one of them. */
function named(name: string | undefined): Found[] {
  const all = presetKinds().flatMap((kind) => presetNames(kind).map((preset) => ({ kind, name: preset })))
  const wanted =
    name === undefined
      ? all
      : all.filter((one) => name === one.name || name === `${one.kind}/${one.name}` || name === `${singular(one.kind)}/${one.name}`)
  if (wanted.length === 0) throw unknown(String(name), all)
  return wanted.map((one) => ({ kind: one.kind, preset: readPreset(one.kind, one.name) }))
}

function unknown(name: string, all: readonly { readonly kind: string; readonly name: string }[]): DatagenError {
  const known = name.includes('/') ? all.map((one) => `${one.kind}/${one.name}`) : [...new Set(all.map((one) => one.name))]
  const hint = didYouMean(name, known) ?? '`datagen presets` lists them'
  return new DatagenError({
    code: 'config/unknown-preset',
    severity: 'error',
    headline: `there is no preset ${JSON.stringify(name)}`,
    hint,
  })
}
const USES: { readonly [kind: string]: string } = {
  batches: '`batches.fourStage({ size: 100 })`',
  domains: 'domain: technical',
  formats: 'format: code',
  patterns: "recipes.conversation({ pattern: 'support' })",
  rubrics: "checks.judge({ by: 'judge', rubric: 'conversation' })",
  dimensions: "...dimensions('phrasing'), in YAML { preset: phrasing }",
}

function listed(found: readonly Found[], width: number): string {
  const kinds = [...new Set(found.map(({ kind }) => kind))]
  const ids = Math.max(...found.map(({ preset }) => preset.name.length))
  const groups = kinds.map((kind) => {
    const rows = found.filter((one) => one.kind === kind).map(({ preset }) => columnsOf(preset.name, summary(preset), 2, ids, width))
    const heading = USES[kind] === undefined ? kind : `${kind} (${USES[kind]})`
    return [...wrapped(heading, width), ...rows].join('\n')
  })
  return `${[...groups, 'Show one with `datagen presets technical` or `datagen presets formats/code`.'].join('\n\n')}\n`
}

/** The title, and the values where the preset is one list of them. */
function summary(preset: Preset): string {
  const values = (preset as { readonly values?: readonly { readonly id: string }[] }).values
  return values === undefined ? preset.title : `${preset.title}: ${values.map(({ id }) => id).join(', ')}`
}

function shown({ kind, preset }: Found, width: number): string {
  const sections = sectionsOf(preset).map((section) => block(section, width))
  return `${[`${preset.name}: ${preset.title} (${singular(kind)})`, ...sections].join('\n\n')}\n`
}

function block({ heading, entries }: Section, width: number): string {
  const ids = Math.min(MOST_IDS, Math.max(...entries.map(({ id }) => id.length)))
  const blocks = entries.map((entry) => lines(entry, 2, ids, width).join('\n')).join('\n\n')
  return heading === '' ? blocks : `${wrapped(heading, width).join('\n')}\n\n${blocks}`
}

function lines({ id, text, example, parts = [] }: Entry, indent: number, ids: number, width: number): string[] {
  const under = indent + ids + 2
  const partIds = Math.max(0, ...parts.map((part) => part.id.length))
  return [
    columnsOf(id, text, indent, ids, width),
    ...(example === undefined ? [] : wrapped(`“${example}”`, width - under).map((line) => ' '.repeat(under) + line)),
    ...parts.flatMap((part) => lines(part, under, partIds, width)),
  ]
}

/** An id with a text beside it, wrapped within its own column. */
function columnsOf(id: string, text: string, indent: number, ids: number, width: number): string {
  const under = ' '.repeat(indent + ids + 2)
  const [first = '', ...rest] = wrapped(text, width - under.length)
  const start = ' '.repeat(indent) + id.padEnd(ids)
  return [...(id.length > ids ? [start, under + first] : [`${start}  ${first}`]), ...rest.map((line) => under + line)].join('\n')
}

function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [/^\s*/.exec(paragraph)?.[0] ?? '']
    for (const word of paragraph.trim().split(/\s+/)) {
      const last = lines.at(-1) ?? ''
      if (last.trim() !== '' && last.length + 1 + word.length > width) lines.push(word)
      else lines[lines.length - 1] = last.trim() === '' ? last + word : `${last} ${word}`
    }
    return lines
  })
}
