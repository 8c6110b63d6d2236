/** Hostile objects: only their own members count, and none of them reaches a prototype. */

export type Own = { readonly [name: string]: unknown }

export function plain(value: unknown): value is Own {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function own(object: Own, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** To gather members in: a `__proto__` among them is a name like any other. */
export function gathering(): { [name: string]: unknown } {
  return Object.create(null) as { [name: string]: unknown }
}
