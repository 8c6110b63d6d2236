/** Visitor of differences: which fields of two requests differ, on the same walk that made their keys. */
import { pathText, walk } from './canonical.ts'

export interface FieldChange {
  /** `body.messages[1].content` */
  readonly field: string
  /** Canonical JSON; undefined when the field did not exist. */
  readonly before?: string
  readonly after?: string
}

/** Every scalar field by path, as canonical JSON; empty containers count as scalars so that none gets lost. */
export function fieldsOf(value: unknown): Map<string, string> {
  const fields = new Map<string, string>()
  const open: { path: string; kind: 'object' | 'array'; empty: boolean }[] = []
  const touch = () => {
    const parent = open.at(-1)
    if (parent) parent.empty = false
  }
  walk(value, {
    leaf: (path, text) => {
      touch()
      fields.set(pathText(path), text)
    },
    open: (path, kind) => {
      touch()
      open.push({ path: pathText(path), kind, empty: true })
    },
    close: () => {
      const done = open.pop()
      if (done?.empty) fields.set(done.path, done.kind === 'object' ? '{}' : '[]')
    },
  })
  return fields
}

/** The changed fields in canonical order; empty exactly when the two have one digest. */
export function diffFields(before: unknown, after: unknown): FieldChange[] {
  const old = fieldsOf(before)
  const now = fieldsOf(after)
  const changes: FieldChange[] = []
  for (const [field, text] of now) {
    const was = old.get(field)
    if (was !== text) changes.push({ field, ...(was === undefined ? {} : { before: was }), after: text })
  }
  for (const [field, text] of old) if (!now.has(field)) changes.push({ field, before: text })
  return changes
}
