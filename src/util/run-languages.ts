/** Fenced code that can be run: which label means which language. */
import { fencesOf } from './fences.ts'
import type { RunLanguage } from './sandbox.ts'

/** As a config names them. TypeScript runs as JavaScript, without its types. */
export type RunnableLanguage = RunLanguage | 'typescript'

export const RUNNABLE = ['python', 'javascript', 'typescript', 'shell'] as const satisfies readonly RunnableLanguage[]

const LABELS: { readonly [label: string]: RunnableLanguage } = {
  python: 'python',
  python3: 'python',
  py: 'python',
  javascript: 'javascript',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  node: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
  bash: 'shell',
  sh: 'shell',
  shell: 'shell',
}

export interface RunnableCode {
  readonly language: RunnableLanguage
  readonly text: string
}

/** The programs of one answer. `together`: blocks of one language are one program, as a reader would paste them. */
export function runnableCode(answer: string, languages: ReadonlySet<RunnableLanguage>, together: boolean): RunnableCode[] {
  const blocks = fencesOf(answer).flatMap(({ label, text }): RunnableCode[] => {
    const language = Object.hasOwn(LABELS, label) ? LABELS[label] : undefined
    return language && languages.has(language) && text.trim() !== '' ? [{ language, text }] : []
  })
  if (!together) return blocks
  return [...new Set(blocks.map(({ language }) => language))].map((language) => ({
    language,
    text: blocks
      .filter((block) => block.language === language)
      .map(({ text }) => text)
      .join('\n'),
  }))
}
