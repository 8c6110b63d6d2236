/** Fills `{slots}` of a sentence and puts sentences together. */

/** A slot's value, or what draws a fresh one for every use. */
export type Slots = { readonly [slot: string]: string | (() => string) }

/** Every slot must be known; sentences begin with a capital. */
export function fill(template: string, slots: Slots): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const value = slots[slot]
    if (value === undefined) throw new RangeError(`datagen bug: no slot {${slot}}`)
    return typeof value === 'string' ? value : value()
  })
}

/** Capitalises the first letter, except of code. */
export function sentence(text: string): string {
  return /^[a-z]/.test(text) ? (text[0] ?? '').toUpperCase() + text.slice(1) : text
}

/** Non-empty parts, separated by one space. */
export function prose(...parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(' ')
}
