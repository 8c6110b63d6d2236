/** A command check as data: the step that runs behind the recipe's, and the rule that reads its verdict. */
import type { CommandCheck, Example, StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { Complaints } from './complaints.ts'
import type { CheckSpec, DimensionSpec, RunSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { checkMatch, matcher } from './match.ts'
import { filesOf, runSpec } from './run-step.ts'

/** What command checks are made from. */
export interface CommandTools {
  readonly complaints: Complaints
  readonly dimensions: readonly DimensionSpec[]
  readonly root: string
  readonly example: (context: StepContext) => Example
}

export interface CommandSpec {
  readonly rule: Extract<CheckSpec['rule'], { check: 'command' }>
  readonly step: RunSpec
}

export function commandSpec(id: string, check: CommandCheck, path: ConfigPath, tools: CommandTools): CommandSpec {
  const { complaints, dimensions, root, example } = tools
  const { where } = check
  if (where) checkMatch(where, dimensions, [...path, 'where'], complaints)
  const name = `check:${id}`
  const step = runSpec(name, check, path, tools, `the check "${id}"`)
  const matches = where && matcher(where)
  return {
    rule: { check: 'command', step: name },
    step: {
      ...step,
      files: { ...step.files, ...filesOf(check.files ?? [], [...path, 'files'], root, complaints) },
      input: (context) => ({ ...example(context), cell: { ...context.cell } }) as unknown as Json,
      verdict: { check: id, by: check.verdict ?? 'json', place: complaints.locate(path) },
      ...(matches ? { when: ({ cell }) => matches(cell) } : {}),
    },
  }
}
