/** JSON for terminals: characters that a terminal might obey or hide are written as `\u` escapes, so it is still the same JSON. */

// JSON.stringify escapes C0 itself; left are DEL and C1, bidi controls, zero-width and tag characters.
const RISKY = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu

export function safeJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? 'null').replace(RISKY, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}
