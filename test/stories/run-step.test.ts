/** `run` steps: a command gets JSON and gives JSON, is part of the key by its files, and is kept within its limits. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPiped } from '../rig/live.ts'
import { Project, type Ran } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'
import { until } from '../rig/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

/** Notes each of its runs beside itself. */
const COUNT = "import { appendFileSync } from 'node:fs'\nappendFileSync('ran.log', 'x\\n')\n"
const SUM = `${COUNT}
let text = ''
for await (const chunk of process.stdin) text += chunk
const { cell, steps } = JSON.parse(text)
console.log(JSON.stringify({ topic: cell.topic, letters: steps.user.length, text: 'measured: ' + steps.user.length }))
`

const config = (step: object) =>
  JSON.stringify({
    name: 'commands',
    models: { m: { use: 'openai:m', baseUrl: server.url } },
    dimensions: { topic: ['csv', 'json'] },
    recipe: {
      steps: { user: { ask: 'm', prompt: 'Write {{ cell.topic }}' }, measure: step },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: '{{ cell.topic }} {{ steps.measure.text }}' },
        ],
      },
    },
  })

const NODE = process.execPath
const step = (more: object = {}) => ({ run: [NODE, 'measure.mjs'], ...more })
const project = (script: string, more: object = {}, env: Record<string, string> = {}) =>
  new Project({ 'datagen.config.json': config(step(more)), 'measure.mjs': script }, env)
const ran = (at: Project) => (at.has('ran.log') ? at.lines('ran.log').length : 0)
const answersOf = (at: Project) => at.lines('data/train.jsonl').map((line) => JSON.parse(line).messages[1].content)

describe('a run step', () => {
  it('gets the cell and earlier answers, and its result stands in the row', async () => {
    using at = project(SUM)
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect(answersOf(at)).toEqual(['csv measured: 31', 'json measured: 31'])
    expect(ran(at)).toBe(2)
  })

  it('runs once for each cell, again when its file changes, and not at all when the change is undone', async () => {
    using at = project(SUM)
    expect(await at.run('build')).toMatchObject({ code: 0 })
    const rows = at.read('data/train.jsonl')
    // A comment in the config: the stamp does not hold, the kept results do.
    at.edit('datagen.config.json', (text) => `${text}\n`)
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect(ran(at)).toBe(2)
    at.edit('measure.mjs', (text) => text.replace('measured: ', 'counted: '))
    expect((await at.run('plan', '--check')).code).toBe(10)
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect(answersOf(at)).toEqual(['csv counted: 31', 'json counted: 31'])
    expect(ran(at)).toBe(4)
    at.edit('measure.mjs', (text) => text.replace('counted: ', 'measured: '))
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect(at.read('data/train.jsonl')).toBe(rows)
    expect(ran(at)).toBe(4)
    expect((await server.requests()).length).toBe(2)
  })

  it('sees PATH and what it names of the environment, and nothing else', async () => {
    const script = "console.log(JSON.stringify({ text: Object.keys(process.env).filter((name) => name !== 'LANG').sort().join(' ') }))"
    using closed = project(script, {}, { OPENAI_API_KEY: 'sk-secret', MY_FLAG: '1' })
    expect(await closed.run('build')).toMatchObject({ code: 0 })
    expect(answersOf(closed)).toEqual(['csv PATH', 'json PATH'])
    using open = project(script, { env: ['MY_FLAG', 'OPENAI_API_KEY', 'NOT_SET'] }, { OPENAI_API_KEY: 'sk-secret', MY_FLAG: '1' })
    expect(await open.run('build')).toMatchObject({ code: 0 })
    expect(answersOf(open)).toEqual(['csv MY_FLAG OPENAI_API_KEY PATH', 'json MY_FLAG OPENAI_API_KEY PATH'])
  })

  it('may ignore its input, however long', async () => {
    await server.script({ answers: [{ contains: 'Write', content: 'x'.repeat(200_000) }] })
    using at = project("console.log(JSON.stringify({ text: 'not read' }))")
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect(answersOf(at)).toEqual(['csv not read', 'json not read'])
  })
})

describe('a command that goes wrong', () => {
  const FAILING: readonly (readonly [name: string, script: string, code: string, message: RegExp])[] = [
    ['exits with 3', 'process.exit(3)', 'command-failed', /ended with exit code 3/],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 'command-failed', /ended by SIGKILL/],
    [
      'prints without end',
      "for (;;) await new Promise((done) => process.stdout.write('x'.repeat(65536), done))",
      'command-output',
      /printed more than 16777216 bytes/,
    ],
  ]
  it.each(FAILING)('%s: the cell fails and is tried again by the next build', async (_, script, code, message) => {
    using at = project(COUNT + script)
    const first = problemsOf(await at.run('build', '--json'))
    expect(first).toEqual({ code: 1, problems: [{ code, message: expect.stringMatching(message), count: 2 }] })
    expect(at.has('data/train.jsonl')).toBe(false)
    at.write('measure.mjs', SUM)
    expect(await at.run('build')).toMatchObject({ code: 0 })
    expect((await server.requests()).length).toBe(2)
    expect(ran(at)).toBe(4)
  })

  const REJECTED: readonly (readonly [name: string, script: string])[] = [
    ['prints no JSON', "console.log('hello')"],
    ['prints nothing', ''],
    ['prints two values', "console.log('{}\\n{}')"],
    ['prints bytes that are no text', 'process.stdout.write(Buffer.from([34, 255, 254, 34]))'],
  ]
  it.each(REJECTED)('%s: the cell is rejected, and that is remembered', async (_, script) => {
    using at = project(COUNT + script)
    const wrong = { code: 1, problems: [{ code: 'not-json', message: 'the command did not print one JSON value', count: 2 }] }
    expect(problemsOf(await at.run('build', '--json'))).toEqual(wrong)
    const runs = ran(at)
    expect(problemsOf(await at.run('build', '--json'))).toEqual(wrong)
    expect(ran(at)).toBe(runs)
    expect((await server.requests()).length).toBe(2)
  })

  it('takes too long: it is killed with its children, and one that left its group is not waited for', async () => {
    const mark = `datagen-story-${process.pid}-${Date.now()}`
    const sleeper = (detached: boolean) => `import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)', '${mark}'], { stdio: 'inherit', detached: ${detached} })
appendFileSync('pids.log', child.pid + '\\n')
setTimeout(() => {}, 60000)
`
    using at = project(sleeper(false), { timeoutSeconds: 1 })
    const timeout = { code: 'command-timeout', message: expect.stringContaining('longer than 1 s'), count: 2 }
    const from = performance.now()
    expect(problemsOf(await at.run('build', '--json'))).toEqual({ code: 1, problems: [timeout] })
    expect(performance.now() - from).toBeLessThan(8_000)
    expect(at.lines('pids.log').length).toBe(2)
    await until('no child to be left', () => alive(mark) === 0)
    at.write('measure.mjs', sleeper(true))
    const again = performance.now()
    expect(problemsOf(await at.run('build', '--json'))).toEqual({ code: 1, problems: [timeout] })
    expect(performance.now() - again).toBeLessThan(8_000)
    const escaped = at.lines('pids.log').slice(2)
    expect(alive(mark)).toBe(escaped.length)
    for (const pid of escaped) process.kill(Number(pid), 'SIGKILL')
  })

  it('is not there: the build says which, and stops', async () => {
    using at = new Project({ 'datagen.config.json': config({ run: ['no-such-program', 'x'] }) })
    const { code, stderr } = await at.run('build')
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('there is no program "no-such-program"') })
    expect(stderr).not.toContain('datagen bug')
  })

  it('is cut off by a second Ctrl-C, with nothing left behind', async () => {
    const mark = `datagen-story-${process.pid}-${Date.now()}-c`
    using at = project(
      `import { spawn } from 'node:child_process'\nspawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)', '${mark}'])\n`,
    )
    await using live = startPiped(at, 'build', '--json')
    await until('both commands to run', () => alive(mark) === 2)
    live.signal('SIGINT')
    await live.until('"stopping"')
    live.signal('SIGINT')
    expect((await live.end()).code).toBe(130)
    await until('no child to be left', () => alive(mark) === 0)
  })
})

/** Processes with this word on their command line. */
function alive(mark: string): number {
  const list = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return list.split('\n').filter((line) => line.includes(mark) && !line.startsWith('ps ')).length
}

function problemsOf({ code, stdout }: Ran): { code: number; problems: { code: string }[] } {
  const end = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .at(-1)
  return { code, problems: end.problems }
}
