/** What a command said of a row, read from the value of its step. */
import type { Severity } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { safeText } from '../util/safe-text.ts'
import { readVerdict } from '../util/verdict.ts'

export interface CommandRemark {
  readonly message: string
  /** Other than the check's own. */
  readonly severity?: Severity
}

const LONGEST_REMARK = 300 // columns; it may quote the model, and stands in logs and prompts

/** Undefined for a row that it is content with, or that it was not asked about. What comes with a pass only warns. */
export function commandRemark(value: Json | undefined): CommandRemark | undefined {
  if (value === undefined || value === null) return undefined
  const verdict = readVerdict(value)
  // Such a verdict is no answer, so no row has it.
  if (typeof verdict === 'string') return { message: `the command gave no verdict: ${verdict}` }
  if (verdict.ok && verdict.texts.length === 0) return undefined
  const message = safeText(verdict.texts.join('; ') || 'the command turned it down', { max: LONGEST_REMARK })
  return verdict.ok ? { message, severity: 'warn' } : { message }
}
