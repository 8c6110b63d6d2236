/** Exact duplicates, judged in cell order at the batch barrier: arrival order never decides who stays. */
import { hash } from 'node:crypto'
import type { Example } from '../../schema/config.ts'
import type { CheckSpec } from '../config/dataset.ts'
import type { Digest } from '../util/brand.ts'
import { textOf } from '../util/example-text.ts'

export type UniqueRule = Extract<CheckSpec['rule'], { check: 'unique' }>

/** Identity of a row for this check: letter case and white space do not make a difference. */
export function uniqueMark(rule: UniqueRule, example: Example): Digest {
  return hash('sha256', textOf(example, rule.of).normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim()) as Digest
}
