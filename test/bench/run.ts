/**
 * `npm run bench`: what a build costs beside bare `node`, the bare SDK and the targets. Medians over several runs;
 * ratios to floors measured in the same run. Writes docs/benchmarks.md. `-- --cells 100000` sets the large size.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineAlone, engineOverHttp, screenWhileWaiting } from './engine.ts'

const BIN = fileURLToPath(new URL('../../dist/src/bin.cjs', import.meta.url))
const REPORT = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const at = process.argv.indexOf('--cells')
const CELLS = at > 0 ? Number(process.argv[at + 1]) : 100_000
const RUNS = 11

interface Row {
  readonly what: string
  readonly measured: string
  readonly floor: string
  readonly target: string
}

const rows: Row[] = []

function add(what: string, measured: string, floor: string, target: string): void {
  rows.push({ what, measured, floor, target })
  console.log(`${what}: ${measured} (${floor}; target ${target})`)
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number

function wall(root: string, args: readonly string[], before: () => void = () => {}, runs = RUNS): number {
  return median(
    Array.from({ length: runs }, () => {
      before()
      const started = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, {
        cwd: root,
        env: { PATH: process.env['PATH'] ?? '', HOME: root },
        encoding: 'utf8',
      })
      const ms = performance.now() - started
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
      return ms
    }),
  )
}

/** A dataset of about `cells` cells whose answers come at once. */
function project(cells: number): string {
  const root = mkdtempSync(join(tmpdir(), 'datagen-bench-'))
  writeFileSync(join(root, 'datagen.config.ts'), config(cells))
  return root
}

/** Three dimensions; `first` is the guide of the last value of the third, so editing it makes about a tenth of the cells dirty. */
function config(cells: number, first = 'guide'): string {
  const side = Math.max(1, Math.round(Math.sqrt(cells / 10)))
  const depth = Math.max(1, Math.round(cells / side / side))
  return `
import { defineConfig } from 'datagen'
const values = (name: string, n: number) => Array.from({ length: n }, (_, i) => ({ id: name + i, guide: 'guide of ' + name + ' number ' + i }))
export default defineConfig({
  name: 'bench',
  concurrency: 256,
  models: { m: { use: 'simulated', simulate: { latencyMs: 0, tokens: 40 } } },
  dimensions: { a: values('a', ${side}), b: values('b', ${side}), c: [...values('c', ${depth - 1}), { id: 'last', guide: '${first}' }] },
  recipe: {
    steps: { answer: { ask: 'm', system: 'You are kind.', prompt: ({ guide }) => 'Write about ' + guide.a + ', ' + guide.b + ' and ' + guide.c } },
    example: ({ steps }) => ({ messages: [{ role: 'user' as const, content: 'Say something.' }, { role: 'assistant' as const, content: String(steps.answer) }] }),
  },
  outputs: { train: { path: 'data/train.jsonl' } },
})
`
}

function processes(): void {
  const bare = wall(tmpdir(), ['-e', '0'])
  add('bare `node -e 0`', ms(bare), 'the floor', '')
  for (const cells of [27, CELLS]) {
    const root = project(cells)
    const once = (args: string[], before?: () => void, runs?: number) => wall(root, [BIN, ...args], before, runs)
    const first = wall(root, [BIN, 'build', '--reporter', 'silent'], undefined, 1)
    if (cells === CELLS)
      add(
        `first build, ${count(cells)} cells, simulated`,
        `${(first / 1000).toFixed(1)} s, ${count(Math.round(cells / (first / 1000)))} answers/s`,
        'includes making the answers',
        '',
      )
    const noop = once(['build'])
    add(`no-op build, ${count(cells)} cells`, `${ms(noop)} = node + ${ms(noop - bare)}`, `node ${ms(bare)}`, 'node + 20 ms')
    const file = join(root, 'datagen.config.ts')
    const text = config(cells)
    let n = 0
    const comment = once(['build', '--reporter', 'silent'], () => writeFileSync(file, `${text}// ${n++}\n`), cells === CELLS ? 3 : RUNS)
    add(`comment-only edit, ${count(cells)} cells`, `node + ${ms(comment - bare)}`, `node ${ms(bare)}`, 'node + 100 ms')
    const edited = once(['plan', '--json'], () => writeFileSync(file, config(cells, `edit ${n++}`)), cells === CELLS ? 3 : RUNS)
    add(
      `one value edited, dirty set known (plan), ${count(cells)} cells`,
      `node + ${ms(edited - bare)}`,
      `node ${ms(bare)}`,
      '400 ms at 1M',
    )
    if (cells === CELLS) {
      writeFileSync(file, text)
      const written = once(['build', '--reporter', 'silent'], () => rmSync(join(root, 'data'), { recursive: true, force: true }), 3)
      add(
        `all cached, outputs deleted, ${count(cells)} cells`,
        `${count(Math.round(cells / ((written - bare) / 1000)))} rows/s`,
        `${(statSync(join(root, 'data/train.jsonl')).size / 1e6).toFixed(0)} MB`,
        '150,000 rows/s',
      )
      add(`peak memory, ${count(cells)} cells, all cached`, `${peakMegabytes(root)} MB`, 'bare node 45 MB or so', '256 MB at 1M')
    }
    rmSync(root, { recursive: true, force: true })
  }
}

function peakMegabytes(root: string): number {
  const cli = new URL('../../dist/src/cli.js', import.meta.url).href
  const program = `const { main } = await import(${JSON.stringify(cli)}); await main(['build', '--reporter', 'silent', '--concurrency', '9']); console.log(process.resourceUsage().maxRSS)`
  rmSync(join(root, '.datagen/stamp.json'), { force: true })
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' })
  return Math.round(Number(stdout.trim()) / 1024)
}

const ms = (value: number) => `${value.toFixed(0)} ms`
const count = (value: number) => value.toLocaleString('en')

processes()
const alone = await engineAlone(20_000)
add(
  'engine, zero-latency provider in process, every answer durable',
  `${count(Math.round(alone.perSecond))} answers/s`,
  `sha256 of the same bytes: ${count(Math.round(alone.hashesPerSecond))}/s`,
  '20,000/s',
)
const http = await engineOverHttp(4_000, 64)
add(
  'engine over local HTTP, 64 in flight',
  `${count(Math.round(http.engine))} requests/s = ${(http.engine / http.sdk).toFixed(2)} × SDK`,
  `bare SDK ${count(Math.round(http.sdk))} requests/s`,
  '0.9 × SDK',
)
const screen = await screenWhileWaiting()
add('live screen while waiting', `${screen.toFixed(1)} % of a core`, 'events and CPU of the whole process', '2 %')

writeFileSync(
  REPORT,
  `# Benchmarks

Made by \`npm run bench -- --cells ${CELLS}\` on ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}.
Medians of ${RUNS} runs (3 for the slow ones). The machine is shared and noisy: compare with the floors beside them, measured in the same run.

| what | measured | floor | target |
|---|---|---|---|
${rows.map(({ what, measured, floor, target }) => `| ${what} | ${measured} | ${floor} | ${target} |`).join('\n')}
`,
)
