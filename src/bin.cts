#!/usr/bin/env node
/**
 * The command `datagen`. Syntax of 2018, so that an old Node can read as far as the sentence about its version; then the
 * stamp, so that a build with nothing to do loads nothing; then everything else.
 */
const version = process.versions.node.split('.').map(Number)
const OLDEST = [22, 22] as const

function isTooOld(): boolean {
  const major = version[0] as number
  return major < OLDEST[0] || (major === OLDEST[0] && (version[1] as number) < OLDEST[1])
}

/** Flags that change nothing about a build with nothing to do. */
const PLAIN_FLAGS = ['--yes', '--no-color']
const PLAIN_REPORTERS = ['plain', 'ci', 'silent', 'tty']

/** What a plain `build` was asked to show, or undefined when the command line says more than the stamp can answer. */
function plainBuild(argv: readonly string[]): { silent: boolean; colour: boolean } | undefined {
  if (argv[0] !== 'build') return undefined
  const asked = { silent: false, colour: true }
  for (let i = 1; i < argv.length; i++) {
    const flag = argv[i] as string
    const reporter = flag === '--reporter' ? argv[++i] : flag.indexOf('--reporter=') === 0 ? flag.slice('--reporter='.length) : undefined
    if (reporter !== undefined) {
      if (PLAIN_REPORTERS.indexOf(reporter) < 0) return undefined
      asked.silent = reporter === 'silent'
    } else if (PLAIN_FLAGS.indexOf(flag) < 0) {
      return undefined
    }
    if (flag === '--no-color') asked.colour = false
  }
  return asked
}

/** A stamp is a file that anyone may have made: nothing but text reaches the terminal. */
function printable(line: unknown): string {
  return String(line).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '')
}

function say(lines: readonly string[], good: boolean, colour: boolean): void {
  const mark = good ? '✔' : '✖'
  const coloured = colour && process.stderr.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  const first =
    (coloured ? '\u001b[' + (good ? '32' : '31') + 'm' + mark + '\u001b[39m' : mark) + ' ' + printable(lines[0] || 'Up to date.')
  const took = ' (' + Math.round(performance.now()) + ' ms)'
  process.stderr.write([first + took].concat(lines.slice(1).map(printable)).join('\n') + '\n')
}

async function start(): Promise<void> {
  const argv = process.argv.slice(2)
  const asked = plainBuild(argv)
  if (asked) {
    const { upToDate } = require('./store/stamp-check.cjs') as typeof import('./store/stamp-check.cts')
    const stamp = await upToDate(process.cwd(), process.env, __dirname)
    if (stamp) {
      if (!asked.silent) say(stamp.lines, stamp.exitCode === 0, asked.colour)
      process.exitCode = stamp.exitCode
      return
    }
  }
  process.getBuiltinModule('node:module').enableCompileCache()
  const { findOwnModules } = require('./util/own-modules.cjs') as typeof import('./util/own-modules.cts')
  findOwnModules(process.getBuiltinModule('node:path').dirname(__dirname), '.js')
  const { main } = await import('./cli.js')
  process.exitCode = await main(argv)
}

if (isTooOld()) {
  process.stderr.write(
    'datagen needs Node ' +
      OLDEST.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      ': get a newer one from https://nodejs.org\n',
  )
  process.exitCode = 2
} else {
  void start()
}
