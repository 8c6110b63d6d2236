/** `datagen cache …`: looks after the answers that were paid for. */
import { Command, InvalidArgumentError } from 'commander'
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT, type ExitCode } from '../util/exit.ts'
import { suggest } from '../util/suggest.ts'
import type { ExportFlags } from './cache/export.ts'
import type { CacheFlags } from './cache/flags.ts'
import type { GcFlags } from './cache/gc.ts'
import type { ImportFlags } from './cache/import.ts'
import type { VerifyFlags } from './cache/verify.ts'
import type { Environment } from './environment.ts'

/** `args` are the words after `cache`. */
export async function cacheCommand(environment: Environment, args: readonly string[]): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const cache = new Command('datagen cache')
    .description('look after the answers that were paid for; nothing is deleted unless `gc --yes` says so')
    .configureOutput({ writeOut: (text) => environment.stdout.write(text), writeErr: (text) => environment.stderr.write(text) })
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
  const command = (usage: string, summary: string) => cache.command(usage).description(summary)
  const beside = ['--config <file>', 'use the store beside this config (the config itself is not evaluated)'] as const
  const json = ['--json', 'print as JSON'] as const

  command('stats', 'say what is kept, what it weighs and what it cost')
    .option(...beside)
    .option(...json)
    .action(async (flags: CacheFlags) => {
      exit = await (await import('./cache/stats.ts')).statsCommand(environment, flags)
    })
  command('verify', 'hash everything again and compare; exit 6 when something is damaged')
    .option(...beside)
    .option('--repair', 'set damaged answers aside, make indexes and totals anew')
    .option(...json)
    .action(async (flags: VerifyFlags) => {
      exit = await (await import('./cache/verify.ts')).verifyCommand(environment, flags)
    })
  command('gc', 'say which answers no config needs any more; delete them with --yes')
    .option('--config <file>', 'keep what this config needs; repeat it for several configs that share a folder', collect)
    .option('--yes', 'delete')
    .option('--keep-days <n>', 'keep what was bought in the last n days', count)
    .option('--keep-runs <n>', 'keep what was bought in the newest n runs', count)
    .option('--spare', 'forget second answers to one request, too')
    .option('--damaged', 'forget what was set aside as damaged, too')
    .option(...json)
    .action(async (flags: GcFlags) => {
      exit = await (await import('./cache/gc.ts')).gcCommand(environment, flags)
    })
  command('export <file>', 'write all answers to a file, one JSON value a line ("-": standard output; *.zst: compressed)')
    .option('--config <file>', 'only what a build of this config would use')
    .option('--force', 'replace a file that is there')
    .option(...json)
    .action(async (file: string, flags: ExportFlags) => {
      exit = await (await import('./cache/export.ts')).exportCommand(environment, flags, file)
    })
  command('import <files...>', 'add exported answers ("-": standard input); what is there already stays')
    .option(...beside)
    .option('--strict', 'import nothing when any line is wrong')
    .option(...json)
    .action(async (files: string[], flags: ImportFlags) => {
      exit = await (await import('./cache/import.ts')).importCommand(environment, flags, files)
    })

  const [word] = args
  if (word === undefined) {
    environment.stdout.write(cache.helpInformation())
    return EXIT.ok
  }
  const words = cache.commands.map((known) => known.name())
  if (!word.startsWith('-') && !words.includes(word)) throw unknownWord(word, words)
  await cache.parseAsync([...args], { from: 'user' })
  return exit
}

function collect(file: string, files: readonly string[] = []): string[] {
  return [...files, file]
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('It must be a whole number from 0.')
  return value
}

function unknownWord(word: string, known: readonly string[]): DatagenError {
  const suggestion = suggest(word, known)
  return new DatagenError({
    code: 'usage/unknown-cache-command',
    severity: 'error',
    headline: `\`datagen cache\` does not know "${word}"`,
    facts: [['known', known.join(', ')]],
    hint: suggestion ? `did you mean "${suggestion}"?` : '`datagen cache` says what each of them does',
  })
}
