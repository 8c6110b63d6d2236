/** The part of a `code` check that runs what it finds: a step behind the recipe's, about the code alone. */
import type { CodeCheck, Example, StepContext } from '../../schema/config.ts'
import type { Json } from '../../schema/json.ts'
import { RUNNABLE, type RunnableLanguage, runnableCode } from '../util/run-languages.ts'
import type { RunLanguage } from '../util/sandbox.ts'
import type { Complaints } from './complaints.ts'
import type { FoundSandbox, RunSpec, SandboxSpec } from './dataset.ts'
import type { ConfigPath } from './locate.ts'
import { matcher } from './match.ts'

const DEFAULT_SECONDS = 10
const DEFAULT_MEMORY_MB = 512

/** Undefined for a check that runs nothing. */
export function languagesRun({ run }: Pick<CodeCheck, 'run'>): readonly RunnableLanguage[] | undefined {
  return run === undefined || run === false ? undefined : run === true ? RUNNABLE : run
}

/** What must be there to run these. */
export function interpretersFor(languages: readonly RunnableLanguage[]): RunLanguage[] {
  return [...new Set(languages.map((language) => (language === 'typescript' ? 'javascript' : language)))]
}

/**
 * The key has the programs, what runs them and their limits, and not what stands around them: equal code runs once, and prose may change. The
 * sandbox's kind is part of it, its version is not.
 */
export function codeStep(
  id: string,
  check: CodeCheck,
  languages: readonly RunnableLanguage[],
  found: FoundSandbox,
  path: ConfigPath,
  { complaints, example }: { readonly complaints: Complaints; readonly example: (context: StepContext) => Example },
): RunSpec {
  const { where } = check
  const matches = where && matcher(where)
  const sandbox: SandboxSpec = {
    found,
    limits: { seconds: check.timeoutSeconds ?? DEFAULT_SECONDS, memoryMb: check.memoryMb ?? DEFAULT_MEMORY_MB },
  }
  const wanted = new Set(languages)
  const together = check.blocks !== 'each'
  return {
    kind: 'run',
    name: `check:${id}`,
    argv: ['datagen:run-code'],
    timeoutMs: sandbox.limits.seconds * 1000,
    env: [],
    files: {},
    sandbox,
    input: (context) => {
      const code = answersOf(example(context)).flatMap((answer) => runnableCode(answer, wanted, together))
      return {
        sandbox: 'sandbox' in found ? found.sandbox.kind : 'none',
        limits: { ...sandbox.limits },
        code: code.map(({ language, text }) => ({ language, by: byWhom(language, found), text })),
      } satisfies Json
    },
    verdict: { check: id, by: 'json', place: complaints.locate(path) },
    ...(matches ? { when: ({ cell }) => matches(cell) } : {}),
  }
}

function byWhom(language: RunnableLanguage, found: FoundSandbox): string {
  const interpreter = 'sandbox' in found ? found.interpreters[language === 'typescript' ? 'javascript' : language] : undefined
  return interpreter && 'version' in interpreter ? interpreter.version : 'nothing'
}

function answersOf({ messages }: Example): string[] {
  return messages.flatMap(({ role, content }) => (role === 'assistant' && content !== null ? [content] : []))
}
