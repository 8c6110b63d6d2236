/** Cell matches and constraints: names checked, then compiled to predicates. */
import type { CellMatch, CellPredicate, Constraint } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { CellValues, DimensionSpec } from './dataset.ts'
import { TextProblem } from './guard.ts'
import type { ConfigPath } from './locate.ts'

/** Complains about dimensions and values that do not exist. */
export function checkMatch(match: CellMatch, dimensions: readonly DimensionSpec[], path: ConfigPath, complaints: Complaints): void {
  for (const [name, wanted] of Object.entries(match)) {
    const dimension = dimensions.find((one) => one.name === name)
    if (dimension === undefined) {
      const known = dimensions.map((one) => one.name)
      complaints.unknown('unknown-dimension', [...path, name], `there is no dimension "${name}"`, name, known, 'dimensions', 'key')
      continue
    }
    const ids = dimension.values.map(({ id }) => id)
    const list = typeof wanted === 'string' ? [wanted] : wanted
    if (list.length === 0) complaints.add('empty', [...path, name], `the list of values for "${name}" is empty, so no cell matches`)
    list.forEach((id, i) => {
      if (ids.includes(id)) return
      const at = typeof wanted === 'string' ? [...path, name] : [...path, name, i]
      complaints.unknown('unknown-value', at, `dimension "${name}" has no value "${id}"`, id, ids, 'values')
    })
  }
}

export function matcher(match: CellMatch): (cell: CellValues) => boolean {
  const tests = Object.entries(match).map(([name, wanted]) => [name, new Set(typeof wanted === 'string' ? [wanted] : wanted)] as const)
  return (cell) => tests.every(([name, ids]) => ids.has(cell[name] as string))
}

/** Of several matches, any. */
export function anyMatcher(matches: CellMatch | readonly CellMatch[]): (cell: CellValues) => boolean {
  if (!Array.isArray(matches)) return matcher(matches as CellMatch)
  const tests = matches.map(matcher)
  return (cell) => tests.some((test) => test(cell))
}

/** A person's predicate, held to its word: a forgotten `return` is an error and not "no". */
export function strictPredicate(predicate: CellPredicate, what: string): (cell: CellValues) => boolean {
  return (cell) => {
    const answer: unknown = predicate(cell)
    if (typeof answer !== 'boolean')
      throw new TextProblem(`${what} must return true or false, and returned ${answer === undefined ? 'nothing' : typeof answer}`)
    return answer
  }
}

export function constraints(
  where: readonly Constraint[],
  dimensions: readonly DimensionSpec[],
  complaints: Complaints,
  wrap: <A extends unknown[], R>(run: (...args: A) => R, what: string) => (...args: A) => R,
): ((cell: CellValues) => boolean)[] {
  return where.map((constraint, i) => {
    const path = ['where', i]
    if (typeof constraint === 'function') return wrap(strictPredicate(constraint, `constraint ${i + 1}`), `constraint ${i + 1}`)
    if ('not' in constraint) {
      checkMatch(constraint.not, dimensions, [...path, 'not'], complaints)
      const forbidden = matcher(constraint.not)
      return (cell) => !forbidden(cell)
    }
    checkMatch(constraint.if, dimensions, [...path, 'if'], complaints)
    checkMatch(constraint.then, dimensions, [...path, 'then'], complaints)
    const [condition, consequence] = [matcher(constraint.if), matcher(constraint.then)]
    return (cell) => !condition(cell) || consequence(cell)
  })
}
