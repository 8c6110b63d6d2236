/** A step's `when`: a function or a template, as something that says yes or no for one item. */
import type { Condition, StepContext } from '../../schema/config.ts'
import { TextProblem } from './guard.ts'
import type { ConfigPath } from './locate.ts'
import { compileTemplate, type Scope } from './template.ts'
import type { TextTools } from './texts.ts'

/** Nothing for a step that always comes. Complains about a condition that cannot work. */
export function conditionOf(
  { when }: { readonly when?: Condition },
  name: string,
  scope: Scope,
  path: ConfigPath,
  { complaints, wrap }: TextTools,
): { when?: (context: StepContext) => boolean } {
  if (when === undefined) return {}
  const at = [...path, 'when']
  const what = `the condition of step "${name}"`
  const place = () => complaints.locate(at)
  // What an earlier answer makes of a condition is that item's affair; a wrong name is wrong for all.
  const blame = scope.steps.length > 0 ? 'names' : 'all'
  if (typeof when === 'function') {
    const decide = (context: StepContext): boolean => {
      const made: unknown = when(context)
      if (typeof made !== 'boolean') throw new TextProblem(`${what} must return true or false, and returned ${kindOf(made)}`)
      return made
    }
    return { when: wrap(decide, what, place, blame) }
  }
  if (!/\{\{|\{%/.test(when)) {
    complaints.add('bad-value', at, `${what} is the same for every cell`, {
      facts: [['found', JSON.stringify(when)]],
      hint: 'write a template that gives true or false: "{{ cell.level == \'expert\' }}"',
    })
    return {}
  }
  const render = compileTemplate(when, scope, at, complaints)
  if (render === undefined) return {}
  const decide = (context: StepContext): boolean => {
    const text = render(context).trim()
    if (text !== 'true' && text !== 'false')
      throw new Error(`it must give true or false, and gave ${text === '' ? 'nothing' : JSON.stringify(text.slice(0, 80))}`)
    return text === 'true'
  }
  return { when: wrap(decide, what, place, blame) }
}

function kindOf(made: unknown): string {
  if (made === undefined) return 'nothing'
  return made === null ? 'null' : `a ${typeof made}`
}
