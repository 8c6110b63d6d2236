/** Whether fenced code parses. Nothing of it is run here. */
import { createRequire } from 'node:module'
import { Script } from 'node:vm'
import { type Fence, fencesOf } from '../util/fences.ts'
import { type RunnableLanguage, runnableCode } from '../util/run-languages.ts'
import { stripTypes } from '../util/strip-types.ts'

export type CodeLanguage = 'javascript' | 'typescript' | 'json' | 'yaml'

const LABELS: { readonly [label: string]: CodeLanguage } = {
  javascript: 'javascript',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
}

const NO_LANGUAGES: ReadonlySet<RunnableLanguage> = new Set()

/** What is wrong with the code of one of these answers; undefined when nothing is. `run`: languages that are run, elsewhere. */
export function codeFault(
  answers: readonly string[],
  languages: ReadonlySet<string>,
  required: boolean,
  run: ReadonlySet<RunnableLanguage> = NO_LANGUAGES,
): string | undefined {
  for (const answer of answers) {
    const code = fencesOf(answer).flatMap((fence) => languageOf(fence, languages))
    if (required && code.length === 0 && runnableCode(answer, run, false).length === 0)
      return `an answer has no fenced code in ${[...new Set([...languages, ...run])].join(', ')}`
    const broken = code.find(({ language, text }) => !PARSES[language](text))
    if (broken) return `an answer has ${NAMES[broken.language]} that does not parse`
  }
  return undefined
}

const NAMES = { javascript: 'JavaScript', typescript: 'TypeScript', json: 'JSON', yaml: 'YAML' } as const

function languageOf({ label, text }: Fence, languages: ReadonlySet<string>): { language: CodeLanguage; text: string }[] {
  const language = Object.hasOwn(LABELS, label) ? LABELS[label] : undefined
  return language && languages.has(language) ? [{ language, text }] : []
}

const PARSES: { readonly [L in CodeLanguage]: (text: string) => boolean } = {
  // A script, a module, or what stands inside a function: answers show all three.
  javascript: (text) => isScript(text) || isTypeScript(text) || isScript(`(async function () {${text}\n})`),
  typescript: (text) => isTypeScript(text) || isTypeScript(`(async function () {${text}\n})`),
  json: (text) => !fails(() => JSON.parse(text)),
  yaml: isYaml,
}

function isScript(text: string): boolean {
  return !fails(() => new Script(text))
}

function isTypeScript(text: string): boolean {
  return !fails(() => stripTypes(text, 'transform'))
}

const require = createRequire(import.meta.url)

function isYaml(text: string): boolean {
  const { parseAllDocuments } = require('yaml') as typeof import('yaml')
  return !fails(() => {
    for (const { errors } of [parseAllDocuments(text)].flat()) if (errors[0]) throw errors[0]
  })
}

function fails(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
