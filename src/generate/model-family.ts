/** Whether the name under which a model answered is a snapshot of the one that was asked, or another model altogether. */

/** Words of a name that tell snapshots, channels and price classes of one model apart, not models. */
const PASSING: ReadonlySet<string> = new Set([
  ...['latest', 'preview', 'exp', 'experimental', 'beta', 'stable', 'snapshot'],
  ...['free', 'nitro', 'floor', 'online', 'extended', 'hf', 'fp8', 'fp16', 'bf16', 'fp4', 'gguf'],
])

/** Dates and build numbers: `20250807`, `2025`, `08`, `0125`, `001`. A version such as the 4 of `gpt-4` has fewer digits. */
const NUMBERED = /^(\d{3,8}|0\d)$/

/**
 * By the words of both names in any order, because routers turn them around. `gpt-5` answers as `gpt-5-2025-08-07` and
 * not as `gpt-5-mini`; what stands before the last `/` names whoever serves it.
 */
export function isFamily(asked: string, answered: string): boolean {
  const [one, other] = [wordsOf(asked), wordsOf(answered)]
  return one.length === other.length && one.every((word, i) => word === other[i])
}

function wordsOf(name: string): string[] {
  const own = name.toLowerCase().split('/').at(-1) as string
  // The month and day of a date that is written with hyphens are not numbers of the model.
  const undated = own.replace(/\b20\d\d[-.]\d\d[-.]\d\d\b/g, '')
  return undated
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !PASSING.has(word) && !NUMBERED.test(word))
    .sort()
}
