/**
 * `npm run campaign:kills`, `campaign:faults`, `campaign:builds`, `campaign:laws`: the crash tests and the laws in large numbers. One test at a time, at low
 * priority, in a folder for temporary files that goes when it ends, by itself or by Ctrl-C.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CAMPAIGNS: { readonly [name: string]: { readonly env: { readonly [name: string]: string }; readonly files: readonly string[] } } = {
  kills: { env: { DATAGEN_KILLS: '1000' }, files: ['test/crash/kill.test.ts'] },
  faults: { env: { DATAGEN_FAULTS: '10000' }, files: ['test/unit/store/damage.test.ts', 'test/crash/faults-on-disk.test.ts'] },
  laws: { env: { DATAGEN_HISTORIES: '1000' }, files: ['test/laws/laws.test.ts', 'test/laws/collect.test.ts'] },
  builds: { env: { DATAGEN_CAMPAIGN: '1' }, files: ['test/stories/many-builds.test.ts'] },
}

const name = process.argv[2] ?? ''
const campaign = CAMPAIGNS[name]
if (!campaign) {
  console.error(`no campaign "${name}"; there are: ${Object.keys(CAMPAIGNS).join(', ')}`)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'datagen-campaign-'))
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const vitest = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--no-file-parallelism', ...campaign.files], {
  cwd: ROOT,
  // A number given on the command line counts more than the usual one.
  env: { ...campaign.env, ...process.env, TMPDIR: folder },
  stdio: ['ignore', 'inherit', 'inherit'],
  // A group of its own: whatever the tests have started ends with them.
  detached: true,
})
const end = () => {
  try {
    process.kill(-(vitest.pid as number), 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
vitest.on('close', (code) => {
  end()
  for (const path of mountsBelow(folder)) execFileSync('umount', ['-l', path])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exitCode = code ?? 130
})

/** The innermost first. */
function mountsBelow(path: string): string[] {
  try {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
    return mounts
      .map((line) => line.split(' ')[1] ?? '')
      .filter((at) => at.startsWith(`${path}/`))
      .reverse()
  } catch {
    return []
  }
}
