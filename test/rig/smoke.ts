/** Whatever Node runs this: the built command builds the project's own config, finds nothing to do, and refuses a bad one. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const project = mkdtempSync(join(tmpdir(), 'datagen-smoke-'))

function datagen(expected: number, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist/src/bin.cjs'), ...args], {
    cwd: project,
    env: { PATH: process.env['PATH'] ?? '', HOME: project, NO_COLOR: '1' },
    encoding: 'utf8',
  })
  if (status !== expected) throw new Error(`datagen ${args.join(' ')} ended with ${status}, not ${expected}: ${stdout}${stderr}`)
  return stdout + stderr
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`on Node ${process.version}: ${what}`)
}

try {
  copyFileSync(join(ROOT, 'datagen.config.ts'), join(project, 'datagen.config.ts'))
  demand(datagen(0, 'build').includes('Built data/train.jsonl (27 rows)'), 'the first build')
  demand(readFileSync(join(project, 'data/train.jsonl'), 'utf8').split('\n').length === 28, '27 rows')
  const again = datagen(0, 'build')
  demand(again.includes('Up to date. 27 cells, 1 output'), `the second build: ${again}`)
  demand(!again.includes('Warning'), `no warning: ${again}`)
  datagen(0, 'plan', '--check')
  writeFileSync(join(project, 'datagen.config.ts'), 'export default { name: 3 }')
  demand(datagen(2, 'build').includes('"name" must be text'), 'a bad config')
  console.log(`smoke passed on Node ${process.version}`)
} finally {
  rmSync(project, { recursive: true, force: true })
}
