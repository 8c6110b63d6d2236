/** One row against one platform. */
import type { Json } from '../../schema/json.ts'
import { Findings, quoted, type RowFinding } from './findings.ts'
import type { Platform } from './platform.ts'
import { isObject } from './shape.ts'

export interface RowVerdict {
  /** Which of the platform's shapes the row is meant to be; undefined where it is none. */
  readonly shape: string | undefined
  readonly findings: readonly RowFinding[]
}

/** Never throws, whatever the row holds. */
export function checkRow(value: Json, platform: Platform): RowVerdict {
  const findings = new Findings()
  if (!isObject(value)) {
    findings.add('E_FORMAT', '', `a row is an object, not ${quoted(value)}`)
    return { shape: undefined, findings: findings.list }
  }
  const shape = platform.shapes.find(({ fits }) => fits(value))
  if (!shape) {
    const keys = Object.keys(value).slice(0, 8).map(quoted)
    findings.add(
      'E_FORMAT',
      '',
      `the row has ${keys.length === 0 ? 'no keys' : keys.join(', ')}`,
      `taken here: ${platform.shapes.map(({ title }) => title).join(' or ')}`,
    )
    return { shape: undefined, findings: findings.list }
  }
  try {
    shape.check(value, findings)
  } catch (error) {
    // A stack is the one thing that JSON can exhaust.
    if (!(error instanceof RangeError)) throw error
    findings.add('E_DEPTH', '', 'the row is nested too deeply to be checked')
  }
  return { shape: shape.id, findings: findings.list }
}

/** All texts of a row together, for counting tokens; keys and structure left out. Without recursion. */
export function textsOf(value: Json): string[] {
  const texts: string[] = []
  const left: Json[] = [value]
  while (left.length > 0) {
    const next = left.pop() as Json
    if (typeof next === 'string') texts.push(next)
    else if (typeof next === 'object' && next !== null) for (const item of Object.values(next)) left.push(item as Json)
  }
  return texts.reverse()
}
