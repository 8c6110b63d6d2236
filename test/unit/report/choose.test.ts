import { describe, expect, test } from 'vitest'
import { type Circumstances, chooseColor, chooseReporter } from '../../../src/report/choose.ts'

const TERMINAL: Circumstances = { flags: {}, env: { TERM: 'xterm-256color' }, stdoutIsTTY: true, stderrIsTTY: true, columns: 80, rows: 24 }
const PIPE: Circumstances = { flags: {}, env: {}, stdoutIsTTY: false, stderrIsTTY: false }

const TABLE: readonly (readonly [when: string, given: Partial<Circumstances>, expected: string])[] = [
  ['on a terminal', {}, 'tty'],
  ['with stdout sent to a file', { stdoutIsTTY: false }, 'tty'],
  ['with stderr sent to a file', { stderrIsTTY: false }, 'plain'],
  ['with a size that is not known', { columns: undefined, rows: undefined }, 'tty'],
  ['at 40 columns and 8 rows', { columns: 40, rows: 8 }, 'tty'],
  ['at 39 columns', { columns: 39 }, 'plain'],
  ['at 7 rows', { rows: 7 }, 'plain'],
  ['on a dumb terminal', { env: { TERM: 'dumb' } }, 'plain'],
  ['in CI', { env: { CI: 'true' } }, 'ci'],
  ['in CI without a terminal', { env: { CI: '1' }, stderrIsTTY: false }, 'ci'],
  ['where CI is set to false', { env: { CI: 'false' } }, 'tty'],
  ['where CI is empty', { env: { CI: '' } }, 'tty'],
  ['asked for tty', { flags: { reporter: 'tty' } }, 'tty'],
  ['asked for tty in CI on a terminal', { flags: { reporter: 'tty' }, env: { CI: 'true' } }, 'tty'],
  ['asked for tty without a terminal', { flags: { reporter: 'tty' }, stderrIsTTY: false }, 'plain'],
  ['asked for tty on a dumb terminal', { flags: { reporter: 'tty' }, env: { TERM: 'dumb' } }, 'plain'],
  ['asked for plain', { flags: { reporter: 'plain' } }, 'plain'],
  ['asked for plain in CI', { flags: { reporter: 'plain' }, env: { CI: 'true' } }, 'plain'],
  ['asked for ci', { flags: { reporter: 'ci' } }, 'ci'],
  ['asked for silence', { flags: { reporter: 'silent' } }, 'silent'],
  ['asked for json', { flags: { reporter: 'json' } }, 'json'],
  ['with --json', { flags: { json: true } }, 'json'],
  ['with --json in CI', { flags: { json: true }, env: { CI: 'true' } }, 'json'],
  ['with --json and another reporter: stdout belongs to JSON', { flags: { json: true, reporter: 'tty' } }, 'json'],
]

test.each(TABLE)('%s', (_when, given, expected) => {
  expect(chooseReporter({ ...TERMINAL, ...given }).reporter).toBe(expected)
})

test('a pipe without anything set is plain and colourless', () => {
  expect(chooseReporter(PIPE)).toEqual({ reporter: 'plain', color: false })
})

test('JSON and silence are never coloured', () => {
  for (const reporter of ['json', 'silent'] as const)
    expect(chooseReporter({ ...TERMINAL, flags: { reporter, color: true } }).color).toBe(false)
})

describe('colour', () => {
  const COLOURS: readonly (readonly [flag: boolean | undefined, env: { [name: string]: string }, isTTY: boolean, expected: boolean])[] = [
    [undefined, {}, true, true],
    [undefined, {}, false, false],
    [undefined, { TERM: 'dumb' }, true, false],
    [undefined, { NO_COLOR: '1' }, true, false],
    [undefined, { NO_COLOR: '' }, true, true],
    [undefined, { FORCE_COLOR: '1' }, false, true],
    [undefined, { FORCE_COLOR: '0' }, true, false],
    [undefined, { FORCE_COLOR: 'false' }, true, false],
    [undefined, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    [undefined, { FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
    [false, { FORCE_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '1' }, false, true],
  ]
  test.each(COLOURS)('flag %s, environment %j, terminal %s: %s', (flag, env, isTTY, expected) => {
    expect(chooseColor(flag, env, isTTY)).toBe(expected)
  })
})
