/** The reference of the presets as Markdown, from the files in `presets/`. */
import { type Entry, type Section, sectionsOf } from '../src/config/preset-sections.ts'
import { presetKinds, presetNames, readPreset } from '../src/config/presets.ts'

/** A page: every preset by kind, with all that a model is told. */
export function presetsPage(): string {
  const kinds = presetKinds().map((kind) => ({ kind, presets: presetNames(kind).map((name) => readPreset(kind, name)) }))
  const contents = kinds.map(
    ({ kind, presets }) => `- ${kind}: ${presets.map(({ name }) => `[${name}](#${anchor(kind, name)})`).join(', ')}`,
  )
  const sections = kinds.flatMap(({ kind, presets }) =>
    presets.map((preset) => `## ${kind}/${preset.name}\n\n${sentence(preset.title)}\n\n${sectionsOf(preset).map(block).join('\n')}`),
  )
  return `# The presets

<!-- Made from the files in presets/ by \`npm run build\`; do not edit. -->

What is ready-made: data, no code, and every part of it can be replaced. \`datagen presets\` lists it in the terminal.

- A **domain** says what a dataset is about: \`domain: technical\`. It brings guides for both sides, further dimensions, checks, and a starter list of
  scenarios where the config has no dimension \`scenario\` of its own.
- A **format** says what the answers are: \`format: code\`. It brings guides for the answer, dimensions, checks and the rubric to judge it by.
- A **dimension** is an axis of variation: \`phrasing: { preset: phrasing }\`, or \`...dimensions('phrasing')\` in TypeScript.
- A **rubric** is what a judge looks at, criteria with anchored levels: \`{ check: judge, by: judge, rubric: conversation }\`. Its thresholds can be moved without
  asking again.

Change a domain or a format field by field: \`domain: { preset: technical, without: [language, legacy-refactor], scenarios: [parse-log, large-file] }\`.
\`without\` takes the id of any guide, dimension, scenario or check. A dimension of the same name in \`dimensions\` takes the preset's place.

Every dimension multiplies the number of cells: a domain with all five standard dimensions makes some hundred thousand. A batch with
a \`size\` takes as many as you want to pay for, chosen by weight.

${contents.join('\n')}

${sections.join('\n')}`
}

function block({ heading, entries }: Section): string {
  const title = heading === '' ? '' : `### ${heading[0]?.toUpperCase()}${heading.slice(1)}\n\n`
  return `${title}${entries.map((entry) => item(entry, '')).join('')}`
}

function item({ id, text, example, parts = [] }: Entry, indent: string): string {
  const sample = example === undefined ? '' : `\n${indent}  *${code(example)}*`
  return `${indent}- **${id}**: ${code(text)}${sample}\n${parts.map((part) => item(part, `${indent}  `)).join('')}`
}

/** Presets are prose with code in it; what Markdown would take for itself is escaped, outside code. */
function code(text: string): string {
  return text
    .split(/(`+[^`]*`+)/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/[*_<[\]]/g, '\\$&')))
    .join('')
    .replaceAll('\n', '  \n  ')
}

function sentence(title: string): string {
  return `${title[0]?.toUpperCase()}${title.slice(1)}.`
}

function anchor(kind: string, name: string): string {
  return `${kind}${name}`.toLowerCase()
}
