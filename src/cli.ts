/** The command line: words and flags to commands, errors to stderr, outcomes to exit codes. */
import { resolve } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { AnalyzeFlags } from './commands/analyze.ts'
import type { DoctorFlags } from './commands/doctor.ts'
import type { Environment, Flags } from './commands/environment.ts'
import type { ReportFlags } from './commands/report.ts'
import type { ServerFlags } from './commands/simulate-server/options.ts'
import type { ValidateFlags } from './commands/validate.ts'
import { systemClock } from './util/clock.ts'
import { EXIT, type ExitCode } from './util/exit.ts'
import { VERSION } from './util/version.ts'

/** Runs one command line and returns its exit code; never throws. */
export async function main(argv: readonly string[], environment = systemEnvironment()): Promise<ExitCode> {
  try {
    const crash = environment.env['DATAGEN_CRASH_AT']
    if (crash) (await import('./util/crash-at.ts')).crashAt(crash)
    return await parse(argv, environment)
  } catch (error) {
    return report(error, environment)
  }
}

async function parse(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const program = new Command('datagen')
    .description('make for fine-tuning data: builds only the examples that are missing or out of date')
    .version(VERSION, '-V, --version')
    .option('--cwd <folder>', 'work as if started in this folder')
    .configureOutput({ writeOut: (text) => environment.stdout.write(text), writeErr: (text) => environment.stderr.write(text) })
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)

  const at = (): Environment => {
    const { cwd } = program.opts<{ cwd?: string }>()
    return cwd === undefined ? environment : { ...environment, cwd: resolve(environment.cwd, cwd) }
  }
  const command = (usage: string, summary: string) =>
    program.command(usage).description(summary).option('--config <file>', 'use this config instead of searching for one')
  const screens = (cmd: Command) =>
    cmd
      .addOption(new Option('--reporter <name>', 'how progress is shown').choices(['tty', 'plain', 'ci', 'json', 'silent']))
      .option('--json', 'print events as NDJSON on standard output')
      .option('--no-color', 'no colours')
  const limits = (cmd: Command) =>
    cmd
      .option('--budget <usd>', 'spend at most this much', amount)
      .option('--max-calls <n>', 'make at most this many calls', count)
      .option('--concurrency <n>', 'requests in flight at once', count)

  limits(screens(command('build [targets...]', 'ask for what is missing or out of date, check it, write the files')))
    .option('--yes', 'do not ask before spending')
    .option('--only <cells>', 'only these cells, such as "beginner × question"')
    .option('--retry', 'ask again for cells that were rejected')
    .option('--partial', 'write what there is of incomplete outputs, as *.partial.jsonl')
    .option('--frozen', 'ask for nothing; exit 10 if something is missing')
    .option('--wait', 'stay until batch jobs have ended, and go on with what follows')
    .action(async (names: string[], flags: Flags) => {
      exit = await (await import('./commands/build.ts')).buildCommand(at(), clean(flags), names)
    })
  limits(screens(command('redo <cells>', 'ask the chosen cells again on purpose; the answers before are kept')))
    .option('--step <name>', 'begin at this step and keep the answers of those before it')
    .option('--wait', 'stay until batch jobs have ended')
    .option('--yes', 'do not ask before spending')
    .action(async (cells: string, flags: Flags) => {
      exit = await (await import('./commands/redo.ts')).redoCommand(at(), clean(flags), cells)
    })
  command('plan [targets...]', 'say what a build would ask, why, and for how much')
    .option('--json', 'print the plan as JSON')
    .option('--check', 'exit 10 when something would be bought')
    .option('--no-color', 'no colours')
    .action(async (names: string[], flags: Flags) => {
      exit = await (await import('./commands/plan.ts')).planCommand(at(), clean(flags), names)
    })
  limits(screens(command('watch', 'plan again at every save; ask before spending')))
    .option('--yes', 'spend without asking, within --budget or --max-calls')
    .action(async (flags: Flags) => {
      exit = await (await import('./commands/watch.ts')).watchCommand(at(), clean(flags))
    })
  command('explain <cell>', 'say why a cell (or an output) would be built again')
    .option('--json', 'print as JSON')
    .option('--no-color', 'no colours')
    .action(async (cell: string, flags: Flags) => {
      exit = await (await import('./commands/explain.ts')).explainCommand(at(), clean(flags), cell)
    })
  command('show <what> [cell]', 'show cells, what batches fill (gaps), or the request, response, example or guides of a cell')
    .option('--json', 'one JSON value a line')
    .action(async (what: string, cell: string | undefined, flags: Flags) => {
      exit = await (await import('./commands/show.ts')).showCommand(at(), clean(flags), what, cell)
    })
  command('status', 'say how each output stands')
    .option('--costs', 'also what all runs spent, on what, and at which prices')
    .option('--json', 'print as JSON')
    .option('--no-color', 'no colours')
    .action(async (flags: Flags) => {
      exit = await (await import('./commands/status.ts')).statusCommand(at(), clean(flags))
    })
  command('jobs [action] [job]', 'list the batch jobs that are waited for; `cancel [job]` ends them, `forget <job>` gives one up')
    .option('--all', 'also those that have ended')
    .option('--json', 'print as JSON')
    .option('--no-color', 'no colours')
    .action(async (action: string | undefined, job: string | undefined, flags: Flags) => {
      exit = await (await import('./commands/jobs.ts')).jobsCommand(at(), clean(flags), action, job)
    })
  command('report [targets...]', 'write a page about the dataset as it is: what came, coverage, lengths, repeats, cost, every row')
    .option('--out <file>', 'write the page there instead of .datagen/report.html')
    .option('--open', 'print the path of the page and nothing else')
    .option('--json', 'print NDJSON instead of writing a page: the report, then one line a cell')
    .option('--no-color', 'no colours')
    .addHelpText('after', '\nThe page is one file that needs no network. An incomplete dataset has a report too; nothing is asked.')
    .action(async (names: string[], flags: ReportFlags) => {
      exit = await (await import('./commands/report.ts')).reportCommand(at(), clean(flags), names)
    })
  command('review [batch]', 'look at examples one at a time: accept, reject, edit, comment')
    .option('--only <cells>', 'only these cells, also those that are reviewed already')
    .option('--all', 'also what is reviewed already')
    .option('--list', 'print the rows instead of showing them one at a time')
    .option('--json', 'print the rows as NDJSON')
    .option('--accept <cells>', 'accept rows, over the checks that are against them now')
    .option('--reject <cells>', 'reject rows, with --reason')
    .option('--comment <cells>', 'leave a comment, with --reason')
    .option('--score <cells>', 'give levels by the criteria of judges, with --levels')
    .option('--levels <criterion=level,…>', 'the levels, such as truth=yes,kindness=partly')
    .option('--reason <words>', 'why, or the comment')
    .option('--edit <cell>', 'edit a row in $VISUAL or $EDITOR; it stays as edited')
    .option('--from <file>', 'with --edit: read the edited text from a file')
    .option('--print <cell>', 'print a row as --edit takes it')
    .option('--undo <cells>', 'take your own verdicts back')
    .option('--conflicts', 'list edits whose ground has moved, and rows judged differently')
    .option('--check', 'with --conflicts: exit 10 when there are any')
    .option('--keep <cells>', 'let edits in conflict stand on what their recipe makes now')
    .option('--drop <cells>', 'take edits back, whoever made them')
    .option('--approve <batch>', 'approve a batch as it is now')
    .option('--as <name>', 'who reviews, instead of the name that git knows')
    .option('--no-color', 'no colours')
    .action(async (batch: string | undefined, flags: Flags) => {
      exit = await (await import('./commands/review.ts')).reviewCommand(at(), clean(flags), batch)
    })
  command('diff [revision]', 'say which rows differ from those of a git revision (HEAD), and why')
    .option('--all', 'list every row')
    .option('--text', "show the rows' texts, one line each")
    .option('--json', 'print NDJSON: one line a row, then the sums')
    .option('--check', 'exit 10 when anything differs')
    .option('--no-color', 'no colours')
    .action(async (revision: string | undefined, flags: Flags) => {
      exit = await (await import('./commands/diff.ts')).diffCommand(at(), clean(flags), revision)
    })
  program
    .command('validate [files...]')
    .description('check files of rows against the exact rules of a platform that trains on them ("-": standard input)')
    .option('--for <platform>', 'openai, together, mistral, trl, llama-factory, gemini …; --list names them all')
    .option('--list', 'list the platforms; with --for, the rules of one')
    .option('--max-errors <n>', 'list at most n findings of each code (3; with --json all); all are counted', count)
    .option('--json', 'print NDJSON: one line a finding, then one a file')
    .option('--no-color', 'no colours')
    .addHelpText('after', '\nExit codes: 0 good (warnings allowed), 1 errors found, 2 a wrong name or a file that cannot be opened.')
    .action(async (names: string[], flags: ValidateFlags) => {
      exit = await (await import('./commands/validate.ts')).validateCommand(at(), clean(flags), names)
    })
  program
    .command('analyze <files...>')
    .description('say what a dataset is like, in any format; two files are compared ("-" is standard input)')
    .option('--format <id>', 'read every row in this format instead of detecting it')
    .addOption(new Option('--fail-on <level>', 'exit 1 when a check warns or fails').choices(['warn', 'fail']))
    .option('--price <usd>', 'say what an epoch costs at this price for a million tokens', amount)
    .option('--against <files...>', 'evaluation sets whose items should not be in the rows')
    .option('--exact-tokens', 'count the tokens of every row instead of a sample')
    .option('--no-near', 'leave out near duplicates')
    .option('--json', 'print as JSON')
    .option('--no-color', 'no colours')
    .action(async (names: string[], flags: AnalyzeFlags) => {
      exit = await (await import('./commands/analyze.ts')).analyzeCommand(at(), clean(flags), names)
    })
  program
    .command('presets [name]')
    .description('list what is ready-made, or show one of it in full, such as "technical" or "formats/code"')
    .option('--json', 'print as JSON')
    .action(async (name: string | undefined, flags: Flags) => {
      const args = [...(name === undefined ? [] : [name]), ...(flags.json ? ['--json'] : [])]
      const { presetsCommand } = await import('./commands/presets.ts')
      exit = await presetsCommand(args, (text) => environment.stdout.write(text), environment.stdout.columns)
    })
  command('doctor', 'say whether this machine and this config can build, and what to do where they cannot')
    .option('--probe', 'ask each model what it honours: a few small calls, whose price is said first')
    .option('--yes', 'with --probe: do not ask before spending')
    .option('--json', 'print as JSON')
    .option('--no-color', 'no colours')
    .action(async (flags: DoctorFlags) => {
      exit = await (await import('./commands/doctor.ts')).doctorCommand(at(), clean(flags))
    })
  program
    .command('cache [args...]')
    .description('look after the kept answers: stats, verify, gc, export, import')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (args: string[]) => {
      exit = await (await import('./commands/cache.ts')).cacheCommand(at(), args)
    })
  program
    .command('simulate-server')
    .description('a model server on this machine that misbehaves as told, to rehearse builds over real HTTP')
    .option('--port <n>', 'listen on this port of 127.0.0.1 (4141); 0 for any free one', port)
    .option('--rpm <n>', 'allow so many requests a minute', count)
    .option('--tpm <n>', 'allow so many tokens a minute', count)
    .addOption(
      new Option('--style <provider>', 'say limits as this provider does').choices([
        'openai',
        'azure',
        'anthropic',
        'together',
        'openrouter',
        'groq',
      ]),
    )
    .option('--latency <ms>', '200, 100-500, or p50=300,p99=2000')
    .option('--fault <name>', 'strike requests; name=0.2 strikes a fifth of them; may be given several times', collect)
    .option('--seed <n>', 'other answers, faults and latencies', whole)
    .option('--script <file>', 'rules, answers and models, in YAML or JSON')
    .option('--max-minutes <n>', 'end after this time', minutes)
    .option('--list-faults', 'list the faults that have a name')
    .option('--json', 'print NDJSON: the address, and at the end the sums')
    .option('--no-color', 'no colours')
    .addHelpText('after', '\nIts answers are simulated: rows built from them are not for training.')
    .action(async (flags: ServerFlags) => {
      exit = await (await import('./commands/simulate-server.ts')).simulateServerCommand(at(), clean(flags))
    })
  program
    .command('init')
    .description('write a first datagen.config.ts')
    .option('--yaml', 'write datagen.config.yaml instead')
    .option('--force', 'overwrite a config that is there')
    .action(async (flags: Flags) => {
      const { initCommand } = await import('./commands/init.ts')
      const { writeNew } = await import('./write/new.ts')
      exit = await initCommand({ cwd: at().cwd, force: flags.force === true, yaml: flags.yaml === true }, { writeNew }, (text) =>
        environment.stdout.write(text),
      )
    })

  if (argv.length === 0) {
    environment.stdout.write(program.helpInformation())
    return EXIT.ok
  }
  await program.parseAsync([...argv], { from: 'user' })
  return exit
}

/** Commander hands out `color: true` by default; only what was said counts. */
function clean<F extends { readonly color?: boolean }>(flags: F): F {
  const { color, ...rest } = flags
  return color === false ? flags : (rest as F)
}

function amount(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('It must be an amount in US dollars, such as 2.50.')
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.')
  return value
}

function minutes(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number of minutes above 0.')
  return value
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('It must be a whole number from 0.')
  return value
}

function port(text: string): number {
  const value = whole(text)
  if (value > 65_535) throw new InvalidArgumentError('It must be a port: at most 65535.')
  return value
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

async function report(error: unknown, environment: Environment): Promise<ExitCode> {
  // Commander has printed its own message; asking for help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  return (await import('./commands/problem.ts')).printProblem(error, environment)
}

function systemEnvironment(): Environment {
  const { stdin, stdout, stderr, env } = process
  // `datagen show cells | head`: who reads has enough. A build goes on, it is paying for answers.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    cwd: process.cwd(),
    env,
    stdin,
    stdout,
    stderr,
    clock: systemClock,
    random: Math.random,
    onInterrupt(listener) {
      process.on('SIGINT', listener).on('SIGTERM', listener)
      return () => process.off('SIGINT', listener).off('SIGTERM', listener)
    },
  }
}
