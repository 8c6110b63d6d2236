/** A build with nothing to do, beside bare Node and beside ninja. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, count, ms, times } from './bench.ts'
import type { BenchDataset } from './dataset.ts'
import { median, run } from './processes.ts'

const TOPIC = 'Nothing to do'
const RUNS = 21
const NINJA_RUNS = 5
const LIMIT_MS = 20

export async function bareNode(bench: Bench): Promise<void> {
  await bench.row({ topic: TOPIC, what: 'bare node -e 0', target: '' }, async () => {
    const node = await median(RUNS, async () => (await run(process.execPath, ['-e', '0'])).ms)
    return { measured: ms(node), floor: 'the floor of most rows', ratio: '' }
  })
}

export async function nothingToDo(bench: Bench, dataset: BenchDataset): Promise<void> {
  const { cells } = dataset
  await bench.row({ topic: TOPIC, what: 'no-op build', cells, target: `node + ${LIMIT_MS} ms` }, async () => {
    await dataset.restore()
    const { took, node, above } = await bench.beside(RUNS, () => dataset.time(['build']))
    return { measured: `${ms(took)} = node + ${ms(above)}`, floor: `node ${ms(node)}`, ratio: times(took / node), met: above <= LIMIT_MS }
  })
  await bench.row({ topic: TOPIC, what: 'no-op build beside ninja', cells, target: 'less than ninja from 100,000 on' }, async () => {
    const version = await run('ninja', ['--version']).catch(() => undefined)
    if (!version) return { measured: '', floor: 'ninja is not installed', ratio: '' }
    await dataset.restore()
    const noop = await median(RUNS, () => dataset.time(['build']))
    const ninja = await ninjaNoop(bench, cells)
    return {
      measured: ms(noop),
      floor: `ninja ${version.stdout.trim()} with ${count(cells)} outputs that are there: ${ms(ninja)}`,
      ratio: times(noop / ninja),
      ...(cells >= 100_000 ? { met: noop < ninja } : {}),
    }
  })
}

const A_FOLDER = 1000
/** Where a million files are made in seconds; ninja, too, has it easiest there. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const PATIENCE_MS = 120_000

/** Median milliseconds of a ninja with as many targets of one command each, none of which has to run. */
async function ninjaNoop(bench: Bench, targets: number): Promise<number> {
  const root = mkdtempSync(join(PLACE, 'datagen-bench-ninja-'))
  bench.owns(root)
  const deadline = performance.now() + PATIENCE_MS
  try {
    writeFileSync(join(root, 'in'), '')
    const names: string[] = []
    for (let n = 0; n < targets; n++) {
      const folder = `out/${Math.floor(n / A_FOLDER)}`
      if (n % A_FOLDER === 0) {
        mkdirSync(join(root, folder), { recursive: true })
        // A moment for Ctrl-C.
        await new Promise((resolve) => setImmediate(resolve))
        if (performance.now() > deadline) throw new Error(`${n} of ${targets} files for ninja in ${PATIENCE_MS / 1000} s: given up`)
      }
      names.push(`${folder}/${n}`)
      writeFileSync(join(root, names[n] as string), '')
    }
    // The command names no file, so that the digest ninja logs for one target is right for all: none has to be run first.
    const rule = 'rule touch\n  command = true\n'
    writeFileSync(join(root, 'build.ninja'), `${rule}build ${names[0]}: touch in\n`)
    await run('ninja', ['--quiet'], { cwd: root })
    const [version, entry] = readFileSync(join(root, '.ninja_log'), 'utf8').split('\n') as [string, string]
    const digest = entry.split('\t').at(-1)
    const made = statSync(join(root, names.at(-1) as string), { bigint: true }).mtimeNs
    writeFileSync(join(root, '.ninja_log'), `${version}\n${names.map((name) => `0\t1\t${made}\t${name}\t${digest}\n`).join('')}`)
    writeFileSync(join(root, 'build.ninja'), `${rule}${names.map((name) => `build ${name}: touch in\n`).join('')}`)
    const first = await run('ninja', [], { cwd: root })
    if (!first.stdout.includes('no work to do')) throw new Error(`ninja had something to do: ${first.stdout.slice(0, 200)}`)
    return await median(NINJA_RUNS, async () => (await run('ninja', ['--quiet'], { cwd: root })).ms)
  } finally {
    bench.discard(root)
  }
}
