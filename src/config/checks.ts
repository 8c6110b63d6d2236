/** Checks with their defaults, each under an id of its own. */
import type { Check, Severity } from '../../schema/config.ts'
import type { Wrap } from './authored.ts'
import { codeStep, languagesRun } from './code-run.ts'
import { commandSpec } from './command-check.ts'
import type { Complaints } from './complaints.ts'
import type { AskSpec, CheckSpec, DimensionSpec, FoundSandbox, RunSpec } from './dataset.ts'
import { type JudgeTools, judgeSpec } from './judge.ts'
import type { ConfigPath } from './locate.ts'
import { checkName } from './names.ts'
import type { BroughtCheck } from './presets.ts'
import { lengthRule, type RuleTools, rowRule } from './row-rules.ts'
import { semanticSpec, spreadSpec } from './semantic.ts'
import { isMeasuring, setRule } from './set-checks.ts'

/**
 * Built-in checks may repeat and are numbered (`length`, `length-2`); a custom check's name is its id and must be its own. Those that a domain or
 * format brings come last, under the ids they have there. Checks by a judge or a command bring steps, which stand behind the recipe's.
 */
export function checkSpecs(
  checks: readonly Check[],
  brought: readonly BroughtCheck[],
  dimensions: readonly DimensionSpec[],
  complaints: Complaints,
  wrap: Wrap,
  root: string,
  judging: JudgeTools,
  sandboxes: ReadonlyMap<Check, FoundSandbox>,
): { readonly checks: CheckSpec[]; readonly judges: AskSpec[]; readonly commands: RunSpec[]; readonly vectors: AskSpec[] } {
  const judges: AskSpec[] = []
  const commands: RunSpec[] = []
  const vectors: AskSpec[] = []
  const customs = new Set<string>()
  const counts = new Map<string, number>()
  const reserved = [...checks.flatMap((check) => (check.check === 'custom' ? [] : [check.check as string])), ...brought.map(({ id }) => id)]
  const own = checks.map((check, i) => {
    const path = ['checks', i]
    const severity = rowSeverity(check)
    const given = 'name' in check ? check.name : undefined
    if (given !== undefined) {
      const at = [...path, 'name']
      checkName('check', given, at, complaints)
      if (given === 'review')
        complaints.add('bad-name', at, 'a check cannot be called "review"', { hint: 'rows that a person rejects are rejected by "review"' })
      if (customs.has(given) || reserved.includes(given))
        complaints.add('duplicate-name', at, `two checks are called "${given}"`, {
          hint: 'findings carry the name, so each check needs its own',
        })
      customs.add(given)
    }
    const count = (counts.get(check.check) ?? 0) + (given === undefined ? 1 : 0)
    counts.set(check.check, count)
    const id = given ?? (count === 1 ? check.check : `${check.check}-${count}`)
    if (check.check === 'command') {
      const { rule, step } = commandSpec(id, check, path, { ...judging, root })
      commands.push(step)
      return { id, severity, ...retryOf(check, path, complaints), rule }
    }
    const run = check.check === 'code' ? languagesRun(check) : undefined
    if (check.check === 'code' && run) {
      const found = sandboxes.get(check) ?? { missing: 'no sandbox was looked for' }
      const step = codeStep(id, check, run, found, path, judging)
      commands.push(step)
      const rule = ruleOf(check, path, { dimensions, complaints, root }, wrap) as Extract<CheckSpec['rule'], { check: 'code' }>
      return {
        id,
        severity,
        ...retryOf(check, path, complaints),
        rule: { ...rule, runs: { languages: new Set(run), step: step.name } },
      }
    }
    if (check.check === 'semantic-duplicates' || check.check === 'spread') {
      const semantic = check.check === 'spread' ? spreadSpec(check, path, judging) : semanticSpec(check, path, judging)
      if (semantic && !vectors.some(({ name }) => name === semantic.step.name)) vectors.push(semantic.step)
      return { id, severity, rule: semantic?.rule ?? NO_RULE }
    }
    if (check.check !== 'judge')
      return { id, severity, ...retryOf(check, path, complaints), rule: ruleOf(check, path, { dimensions, complaints, root }, wrap) }
    const judge = judgeSpec(id, check, path, judging)
    judges.push(...(judge?.steps ?? []))
    return { id, severity, ...retryOf(check, path, complaints), rule: judge?.rule ?? { check: 'judge' as const, criteria: [] } }
  })
  const theirs = brought.map((check) => ({
    id: check.id,
    severity: rowSeverity(check),
    ...retryOf(check, ['checks'], complaints),
    rule: ruleOf(check, ['checks'], { dimensions, complaints, root }, wrap),
  }))
  return { checks: [...own, ...theirs], judges, commands, vectors }
}

/** Stands for one that was complained about: loading ends. */
const NO_RULE = { check: 'judge' as const, criteria: [] }

function retryOf(check: Check, path: ConfigPath, complaints: Complaints): { readonly retry?: true } {
  if (!('retry' in check) || !check.retry) return {}
  if (check.severity === 'warn')
    complaints.add('exclusive', [...path, 'retry'], `a check that only warns sends no row back`, {
      hint: 'leave `retry` or `severity: warn` out',
    })
  return { retry: true }
}

/** What measures a whole set rejects no row. */
function rowSeverity({ check, severity }: Pick<Check, 'check' | 'severity'>): Severity {
  return isMeasuring(check) || severity === 'fail' ? 'warn' : (severity ?? 'reject')
}

/** As in FineWeb: below it, rows are often about the same thing in different words. */
const SIMILARITY = 0.8

function ruleOf(
  check: Exclude<Check, { check: 'judge' | 'command' | 'semantic-duplicates' | 'spread' }>,
  path: ConfigPath,
  tools: RuleTools,
  wrap: Wrap,
): CheckSpec['rule'] {
  const { complaints } = tools
  switch (check.check) {
    case 'unique':
      return { check: 'unique', of: check.of ?? 'user' }
    case 'near-duplicates':
      return { check: 'near-duplicates', of: check.of ?? 'user', similarity: check.similarity ?? SIMILARITY }
    case 'length':
      return lengthRule(check, path, tools)
    case 'forbid':
    case 'require':
      check.phrases.forEach((phrase, i) => {
        if (phrase.trim() === '') complaints.add('bad-value', [...path, 'phrases', i], `a phrase of the check "${check.check}" is empty`)
      })
      return { check: check.check, of: check.of ?? 'assistant', phrases: check.phrases }
    case 'refusal':
    case 'repetition':
    case 'language':
    case 'json':
    case 'code':
    case 'contamination':
      return rowRule(check, path, tools)
    case 'templates':
    case 'diversity':
    case 'drift':
    case 'coverage':
    case 'balance':
    case 'share':
      return setRule(check, path, tools)
    case 'custom': {
      if (check.test === undefined)
        complaints.add('missing-key', path, `the check "${check.name}" has no "test"`, {
          hint: 'a custom check is a function, which only a TypeScript config can hold',
        })
      const test = check.test ?? (() => true)
      return { check: 'custom', test: wrap(test, `the check "${check.name}"`, () => complaints.locate(path), 'names') }
    }
  }
}
