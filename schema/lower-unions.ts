/** Turns each `anyOf` into a chain of `if`s that looks at the data first, so that a bad value is reported once, against the branch that was meant. */

// biome-ignore-all lint/suspicious/noThenProperty: a keyword of JSON Schema

/** A JSON Schema as plain data. */
export type Schema = { [keyword: string]: unknown }

/** Keywords that say nothing to a validator. */
const PROSE: ReadonlySet<string> = new Set(['description', 'default', '$comment'])

interface Branch {
  readonly schema: Schema
  readonly target: Schema
}

/** A copy of a root schema in which every union picks its branch by the data's type or telling key; see `expected` in `schema.build.ts`. */
export function lowerUnions(root: Schema): Schema {
  const definitions = root['definitions'] as { [name: string]: Schema }

  const resolve = (schema: Schema): Schema => {
    const ref = schema['$ref']
    if (typeof ref !== 'string') return schema
    const target = definitions[ref.replace('#/definitions/', '')]
    if (target === undefined) throw new Error(`no definition for ${ref}`)
    return resolve(target)
  }

  const branches = (schema: Schema): Branch[] => {
    const target = resolve(schema)
    if (Array.isArray(target['anyOf'])) return (target['anyOf'] as Schema[]).flatMap(branches)
    return [{ schema, target }]
  }

  const lower = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lower)
    if (typeof value !== 'object' || value === null) return value
    const schema = value as Schema
    if (isFunctionSchema(schema)) return { isFunction: true }
    if (Array.isArray(schema['anyOf'])) {
      const { anyOf: _dropped, ...rest } = schema
      return { ...rest, ...choose(branches({ anyOf: schema['anyOf'] })) }
    }
    return Object.fromEntries(
      Object.entries(schema)
        .filter(([key, entry]) => !(PROSE.has(key) && typeof entry !== 'object'))
        .map(([key, entry]) => [key, lower(entry)]),
    )
  }

  const choose = (all: Branch[]): Schema => {
    const objects = all.filter(({ target }) => target['type'] === 'object' && !isFunctionSchema(target))
    const others = all.filter((branch) => !objects.includes(branch))
    let chain: Schema = { expected: [...new Set(all.map(label))] }
    for (const branch of others) {
      const test = isFunctionSchema(branch.target) ? { isFunction: true } : { type: branch.target['type'] }
      chain = { if: test, then: lower(branch.schema), else: chain }
    }
    if (objects.length > 0) chain = { if: { type: 'object' }, then: chooseObject(objects), else: chain }
    return chain
  }

  const chooseObject = (objects: Branch[]): Schema => {
    if (objects.length === 1) return lower(objects[0]?.schema) as Schema
    const named = objects.filter((branch) => nameOf(branch) !== undefined)
    const maps = objects.filter(({ target }) => isMap(target))
    const told = objects.filter((branch) => !maps.includes(branch) && (named.length < 2 || !named.includes(branch)))
    const tells = told.map((branch) => tellingKey(branch, objects))
    const keys = [...(named.length > 1 ? [NAME] : []), ...tells]
    let chain: Schema = maps[0] ? (lower(maps[0].schema) as Schema) : { expected: keys.map((key) => `key:${key}`) }
    told.forEach((branch, i) => {
      chain = { if: { required: [tells[i]] }, then: lower(branch.schema), else: chain }
    })
    return named.length > 1 ? { if: { required: [NAME] }, then: chooseNamed(named), else: chain } : chain
  }

  /** Ready-made things are told apart by the name they give. */
  const chooseNamed = (named: Branch[]): Schema => {
    const names = named.flatMap((branch) => nameOf(branch) as string[])
    let chain: Schema = { properties: { [NAME]: { type: 'string', enum: names } } }
    for (const branch of named.toReversed())
      chain = { if: { properties: { [NAME]: { enum: nameOf(branch) } } }, then: lower(branch.schema), else: chain }
    return chain
  }

  return lower(root) as Schema
}

const NAME = 'preset'

/** The values of `preset` that a branch goes by. */
function nameOf({ target }: Branch): string[] | undefined {
  const required = (target['required'] ?? []) as string[]
  const property = ((target['properties'] ?? {}) as { [name: string]: Schema })[NAME]
  if (!required.includes(NAME) || property === undefined) return undefined
  if (typeof property['const'] === 'string') return [property['const']]
  return Array.isArray(property['enum']) ? (property['enum'] as string[]) : undefined
}

/** Anything by name: only what is no other branch is one. */
function isMap(target: Schema): boolean {
  return target['properties'] === undefined && typeof target['additionalProperties'] === 'object'
}

/** A required key that no sibling has. */
function tellingKey(branch: Branch, siblings: readonly Branch[]): string {
  const required = (branch.target['required'] ?? []) as string[]
  const others = siblings
    .filter((sibling) => sibling !== branch)
    .flatMap(({ target }) => Object.keys((target['properties'] ?? {}) as object))
  const key = required.find((name) => !others.includes(name))
  if (key === undefined) throw new Error('a union of objects without a key that tells them apart')
  return key
}

/** The generator writes a function as an object of its arguments, with the signature in a comment. */
function isFunctionSchema(schema: Schema): boolean {
  return typeof schema['$comment'] === 'string' && 'namedArgs' in ((schema['properties'] ?? {}) as object)
}

function label({ target }: Branch): string {
  if (isFunctionSchema(target)) return 'function'
  return String(target['type'])
}
