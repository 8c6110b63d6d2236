/** What a command may say of an example: `{ ok, message?, findings? }`. */

export interface CommandVerdict {
  readonly ok: boolean
  /** What is wrong, or with `ok` what is remarked all the same; empty when nothing was said. */
  readonly texts: readonly string[]
}

/** The verdict, or why it is none. Keys of its own are a command's own affair. */
export function readVerdict(value: unknown): CommandVerdict | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'a verdict is an object with "ok"'
  const { ok, message, findings = [] } = value as { [key: string]: unknown }
  if (typeof ok !== 'boolean') return '"ok" must be true or false'
  if (message !== undefined && message !== null && typeof message !== 'string') return '"message" must be a text'
  if (!Array.isArray(findings)) return '"findings" must be a list'
  const found = findings.map((finding: unknown) =>
    typeof finding === 'object' && finding !== null ? (finding as { message?: unknown }).message : finding,
  )
  if (!found.every((text): text is string => typeof text === 'string')) return 'each of "findings" must be a text, or have a "message"'
  // Many a script has its message ready and prints it either way.
  const said = !ok && typeof message === 'string' && message.trim() !== '' ? [message] : []
  return { ok, texts: [...said, ...found] }
}
