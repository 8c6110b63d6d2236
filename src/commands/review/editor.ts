/** A row in the reviewer's own editor: as text, again and again until it can be read or is given up. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { execa } from 'execa'
import { editText } from '../../review/edit-text.ts'
import type { ReviewRow } from '../../schedule/review-rows.ts'
import type { Work } from '../../schedule/work.ts'
import { DatagenError } from '../../util/diagnostic.ts'
import { TempFolder } from '../../write/temp-folder.ts'
import type { Environment } from '../environment.ts'
import { printProblem } from '../problem.ts'
import { edit, type Outcome } from './verdicts.ts'

const FILE = 'example.md' // most editors highlight headings
const HELP = 'each message begins with a "### role" line; a line that begins so itself has a \\ before it'

/** The terminal must be free. Throws for an editor that cannot be started. */
export async function editInEditor(environment: Environment, work: Work, row: ReviewRow, by: string): Promise<Outcome> {
  using folder = new TempFolder('datagen-edit-')
  const file = join(folder.path, FILE)
  folder.write(FILE, editText(row.example))
  for (;;) {
    await run(environment, file)
    try {
      return edit(work, row, by, { file, source: readFileSync(file, 'utf8') })
    } catch (error) {
      if (!(error instanceof DatagenError)) throw error
      await printProblem(error, environment)
      environment.stderr.write(` ${HELP}\n Enter edits again; q gives the edit up\n`)
      if ((await key(environment)) === 'q') return { change: { out: [], in: [] }, words: 'the edit was given up' }
    }
  }
}

async function run({ env, cwd, stdin }: Environment, file: string): Promise<void> {
  const words = splitWords(env['VISUAL'] || env['EDITOR'] || (process.platform === 'win32' ? 'notepad' : 'vi'))
  const [program = 'vi', ...args] = words
  // Whoever reads the keyboard while the editor has it would steal keys from it.
  stdin.pause()
  const result = await execa(program, [...args, file], { cwd, stdio: 'inherit', reject: false })
  if (!result.failed) return
  throw new DatagenError({
    code: 'review/editor',
    severity: 'error',
    headline: result.code === 'ENOENT' ? `the editor "${program}" is not there` : `the editor "${program}" ended with an error`,
    hint: 'name another one in VISUAL or EDITOR, such as EDITOR="code --wait"',
  })
}

/** `code --wait` has an argument; a path with blanks stands in quotes. */
export function splitWords(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? (plain as string))
}

async function key({ stdin }: Environment): Promise<'again' | 'q'> {
  // The screen has let go of the keyboard so thoroughly that waiting for it would not keep the process alive.
  stdin.ref()
  stdin.setRawMode(true)
  try {
    const typed = await new Promise<string>((resolve) => {
      stdin.once('data', (data: Buffer | string) => resolve(String(data)))
      stdin.resume()
    })
    return /^[q\u0003\u001b]/.test(typed) ? 'q' : 'again'
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    // A pause takes effect a moment later, and would also stop whoever listens by then.
    await setImmediate()
  }
}
