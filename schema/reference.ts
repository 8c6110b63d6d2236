/** The reference of the config as Markdown, from the published schema: the same sentences that an editor shows. */
import type { Schema } from './lower-unions.ts'

/** A page: every named shape with its fields, in the order of `config.ts`. */
export function referencePage(schema: Schema & { definitions: { [name: string]: Schema } }): string {
  const { definitions } = schema
  const named = Object.keys(definitions).filter(
    (name) => !['Json', 'JsonObject', 'DimensionValue', 'Text', 'Role', 'Severity'].includes(name),
  )
  return `# The config, field by field

<!-- Made from schema/config.ts by \`npm run build\`; do not edit. -->

A TypeScript config may give a function wherever a text for a model, a constraint, a batch's \`where\`, an example, a \`derive\` step or a check is
asked for; it sees \`{ cell, guide, steps, sample }\`. YAML and JSON configs write \`{{ cell.x }}\`, \`{{ guide.x }}\`, \`{{ steps.x }}\` instead.

${named.map((name) => section(name, definitions[name] as Schema)).join('\n')}`
}

function section(name: string, shape: Schema): string {
  const title = `## ${name}\n\n${prose(shape)}\n`
  const properties = shape['properties'] as { [field: string]: Schema } | undefined
  if (!properties) return `${title}\n${typeText(shape)}\n`
  const required = new Set(shape['required'] as readonly string[] | undefined)
  const rows = Object.entries(properties).map(
    ([field, property]) => `| \`${field}\`${required.has(field) ? ' *' : ''} | ${typeText(property)} | ${cell(property)} |`,
  )
  return `${title}\n| field | type | |\n|---|---|---|\n${rows.join('\n')}\n`
}

function prose(shape: Schema): string {
  return String(shape['description'] ?? '').replaceAll('\n', ' ')
}

/** The sentence, then default and bounds. */
function cell(property: Schema): string {
  const bounds: string[] = []
  if (property['default'] !== undefined) bounds.push(`default ${code(property['default'])}`)
  const [low, high] = [property['minimum'] ?? property['exclusiveMinimum'], property['maximum']]
  if (low !== undefined) bounds.push(property['exclusiveMinimum'] === undefined ? `from ${low}` : `above ${low}`)
  if (high !== undefined) bounds.push(`to ${high}`)
  return [prose(property), bounds.length > 0 ? `(${bounds.join(', ')})` : '']
    .filter((text) => text !== '')
    .join(' ')
    .replaceAll('|', '\\|')
}

function typeText(shape: Schema): string {
  if (typeof shape['$ref'] === 'string') return link(shape['$ref'].replace('#/definitions/', ''))
  const choices = (shape['anyOf'] ?? shape['oneOf']) as readonly Schema[] | undefined
  if (choices) return choices.map(typeText).join(' or ')
  if (Array.isArray(shape['enum'])) return shape['enum'].map(code).join(' or ')
  if (shape['const'] !== undefined) return code(shape['const'])
  if (shape['type'] === 'array') return `list of ${typeText((shape['items'] ?? {}) as Schema)}`
  const members = shape['additionalProperties']
  if (shape['type'] === 'object' && typeof members === 'object' && members !== null) return `by name: ${typeText(members as Schema)}`
  if (shape['type'] === 'object' && shape['properties']) return `{ ${Object.keys(shape['properties']).join(', ')} }`
  const words: { readonly [type: string]: string } = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'true or false',
    object: 'JSON object',
  }
  const types = [shape['type'] ?? 'JSON'].flat() as unknown as readonly string[]
  return types.map((type) => words[type] ?? type).join(' or ')
}

/** Shapes that say little more than their name are named in words. */
function link(name: string): string {
  const words: { readonly [name: string]: string } = {
    Json: 'JSON',
    JsonObject: 'JSON object',
    Text: 'text for a model',
    DimensionValue: 'text or [ValueDetail](#valuedetail)',
    Role: '`system`, `user` or `assistant`',
    Severity: '`reject` or `warn`',
  }
  return words[name] ?? `[${name}](#${name.toLowerCase()})`
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
