/** Rules that look at one row alone: a pure function of the example and its cell. */
import type { CellMatch, Example, Severity } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import type { CellValues, CheckSpec } from '../config/dataset.ts'
import { isConfigProblem } from '../config/guard.ts'
import { textOf } from '../util/example-text.ts'
import { codeFault } from './code.ts'
import { type CommandRemark, commandRemark } from './command-verdict.ts'
import { contaminationIn } from './contamination.ts'
import { jsonFault } from './json-answer.ts'
import { lowLevels } from './judged.ts'
import { languageOf } from './language.ts'
import { refusalIn } from './refusal.ts'
import { repetitionIn } from './repetition.ts'

/** What a check remarked about a row. Texts may quote the config, never the model. */
export interface Finding {
  readonly check: string
  readonly severity: Severity
  readonly message: string
}

export function matches(where: CellMatch | undefined, cell: CellValues): boolean {
  if (!where) return true
  return Object.entries(where).every(([dimension, wanted]) => {
    const value = cell[dimension] as string
    return typeof wanted === 'string' ? value === wanted : wanted.includes(value)
  })
}

/**
 * The findings of every row check; those that compare or measure rows are judged at the batch barrier. `steps`: what the recipe's steps came to, among
 * them the verdicts of judges.
 */
export function judgeRow(
  checks: readonly CheckSpec[],
  example: Example,
  cell: CellValues,
  steps: { readonly [step: string]: Json },
): Finding[] {
  const findings: Finding[] = []
  for (const check of checks) {
    const found = remark(check, example, cell, steps)
    if (found === undefined) continue
    const { message, severity = check.severity } = typeof found === 'string' ? { message: found } : found
    findings.push({ check: check.id, severity, message })
  }
  return findings
}

function remark(
  { rule }: CheckSpec,
  example: Example,
  cell: CellValues,
  steps: { readonly [step: string]: Json },
): string | CommandRemark | undefined {
  if ('where' in rule && !matches(rule.where, cell)) return undefined
  switch (rule.check) {
    case 'unique':
    case 'near-duplicates':
    case 'semantic-duplicates':
    case 'templates':
    case 'diversity':
    case 'spread':
    case 'drift':
    case 'coverage':
    case 'balance':
    case 'share':
      return undefined
    case 'command':
      return commandRemark(steps[rule.step])
    case 'length': {
      const { min, max } = rule.by?.each.get(cell[rule.by.dimension] as string) ?? rule
      const length = textOf(example, rule.of).length
      if (length < min) return `the ${rule.of} text is shorter than ${min} characters`
      if (length > max) return `the ${rule.of} text is longer than ${max} characters`
      return undefined
    }
    case 'forbid': {
      const phrase = firstPhrase(example, rule.of, rule.phrases)
      return phrase === undefined ? undefined : `the ${rule.of} text has the phrase ${JSON.stringify(phrase)}`
    }
    case 'require':
      return firstPhrase(example, rule.of, rule.phrases) === undefined ? `the ${rule.of} text has none of the required phrases` : undefined
    case 'refusal':
      return refusalIn(answersOf(example), rule.disclaimers)
    case 'repetition': {
      const repeats = repetitionIn(textOf(example, rule.of), rule.max)
      return repeats === undefined ? undefined : `the ${rule.of} text ${repeats}`
    }
    case 'language': {
      const language = languageOf(textOf(example, rule.of))
      return language === undefined || language === rule.is ? undefined : `the ${rule.of} text looks like ${language}, not ${rule.is}`
    }
    case 'json':
      return jsonFault(answersOf(example), rule)
    case 'code':
      return (
        codeFault(answersOf(example), rule.languages, rule.required, rule.runs?.languages) ??
        (rule.runs ? commandRemark(steps[rule.runs.step]) : undefined)
      )
    case 'contamination':
      return contaminationIn({ prompt: textOf(example, 'user'), whole: textOf(example, 'conversation') }, rule)
    case 'judge':
      return lowLevels(rule, steps)
    case 'custom': {
      const answer = run(() => rule.test(example, cell))
      return answer === true ? undefined : typeof answer === 'string' ? answer : 'the check did not return true'
    }
  }
}

/** A check that throws has found something; a misspelled name in it is the config's fault. */
function run(test: () => true | string): true | string {
  try {
    return test()
  } catch (error) {
    if (isConfigProblem(error)) throw error
    return `the check threw: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** What the assistant says, turn by turn; turns that only call tools say nothing. */
function answersOf({ messages }: Example): string[] {
  return messages.flatMap(({ role, content }) => (role === 'assistant' && content !== null ? [content] : []))
}

function firstPhrase(example: Example, of: 'user' | 'assistant', phrases: readonly string[]): string | undefined {
  const text = textOf(example, of).toLowerCase()
  return phrases.find((phrase) => text.includes(phrase.toLowerCase()))
}
