/** `datagen simulate-server`: a person starts it, builds against it, and ends it. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { NAMED_FAULTS } from '../../src/simulate/catalogue.ts'
import type { Totals } from '../../src/simulate/ledger.ts'
import { readScript } from '../../src/simulate/script-file.ts'
import { STYLES } from '../../src/simulate/styles.ts'
import { BIN, Project } from '../rig/project.ts'
import { until } from '../rig/until.ts'

const page = readFileSync(new URL('../../docs/simulate-server.md', import.meta.url), 'utf8')

const config = (url: string) =>
  JSON.stringify({
    name: 'rehearsal',
    models: { writer: { use: 'openai:any-model', baseUrl: url } },
    dimensions: { topic: ['csv', 'json', 'xml', 'yaml'] },
    recipe: {
      steps: { answer: { ask: 'writer', prompt: 'Explain {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: 'What is {{ cell.topic }}?' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })

/** Starts the command and waits for its address. */
async function serve(project: Project, ...args: string[]) {
  const running = project.start('simulate-server', '--port', '0', '--json', ...args)
  let shown = ''
  running.stdout.on('data', (chunk: Buffer) => {
    shown += String(chunk)
  })
  const first = await until('the address', () => (shown.includes('\n') ? shown.split('\n')[0] : undefined))
  const { url } = JSON.parse(first) as { url: string }
  return {
    url,
    async end() {
      running.kill('SIGINT')
      const { exitCode, stdout } = await running
      return { code: exitCode, totals: JSON.parse(String(stdout).trimEnd().split('\n').at(-1) ?? '') as Totals & { type: string } }
    },
  }
}

it('answers a build over HTTP, with faults, and accounts for every request at the end', async () => {
  using project = new Project()
  const server = await serve(project, '--latency', '1', '--fault', 'reset-body=0.4', '--seed', '6')
  project.write('datagen.config.json', config(server.url))
  const built = await project.run('build', '--yes')
  expect(built).toMatchObject({ code: 0 })
  const { code, totals } = await server.end()
  const struck = totals.faults['reset-body'] ?? 0
  expect([code, totals.type, totals.answered, struck > 0]).toEqual([130, 'summary', 4, true])
  expect([totals.requests, totals.billed.requests, totals.lost.requests]).toEqual([4 + struck, 4 + struck, struck])
  const tokens = project.lines('data/train.meta.jsonl').map((line) => JSON.parse(line) as { steps: { answer: { model: string } } })
  expect(tokens.map(({ steps }) => steps.answer.model)).toEqual(Array(4).fill('any-model'))
  expect(project.read('data/train.jsonl')).not.toMatch(/answer [0-9a-f]{24}/)
})

it('ends by itself after --max-minutes, and then it is no failure', async () => {
  using project = new Project()
  const ran = await project.run('simulate-server', '--port', '0', '--json', '--max-minutes', '0.0005')
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(
    ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type),
  ).toEqual(['listening', 'summary'])
})

it('says so when its port is taken', async () => {
  using project = new Project()
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  expect(await project.run('simulate-server', '--port', String(port))).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: another program listens on 127.0.0.1:${port}\n  hint  name another port, such as \`--port 4242\`, or \`--port 0\` for any that is free\n`,
  })
  other.close()
})

it.each([
  [['--fault', 'rate-limt'], 'error: there is no fault "rate-limt"\n  hint  did you mean "rate-limit"?\n'],
  [['--fault', 'html=2'], 'error: "2" is no share of the requests\n  hint  a number above 0, up to 1: `--fault html=0.2`\n'],
  [['--latency', 'soon'], 'error: "soon" is no latency\n  hint  milliseconds: `200`, `100-500`, or `p50=300,p99=2000`\n'],
  [['--style', 'azure'], 'error: a style says how limits are told, and there is no limit\n  hint  give one: `--rpm 600 --style azure`\n'],
  [['--script', 'none.yaml'], 'error: there is no such script\n  at  none.yaml\n'],
])('%j is refused, and nothing listens', async (args, stderr) => {
  using project = new Project()
  expect(await project.run('simulate-server', ...args)).toEqual({ code: 2, stdout: '', stderr })
})

it('names every mistake in a script, with its place', async () => {
  const script = [
    'latency: soon',
    'rules:',
    '  - { fault: refusal, shar: 1 }',
    '  - { fault: quotaa }',
    '  - { fault: { kind: status, status: 7 } }',
    '  - { fault: { kind: drip } }',
    '  - { fault: html, share: 2 }',
  ].join('\n')
  using project = new Project({ 'server.yaml': script })
  const { code, stderr } = await project.run('simulate-server', '--script', 'server.yaml')
  expect([code, [...stderr.matchAll(/^(?:error: .*|\s+at +.*)$/gm)].map(([line]) => line.trim().replace(/ +/g, ' '))]).toEqual([
    2,
    [
      'error: "latency" is no latency',
      'at server.yaml:1:10',
      'error: there is no field "shar" here',
      'at server.yaml:3:23',
      'error: there is no fault "quotaa"',
      'at server.yaml:4:14',
      'error: "status" must be an HTTP status from 200 to 599',
      'at server.yaml:5:38',
      'error: "everyMs" is missing',
      'at server.yaml:6:14',
    ],
  ])
})

describe('docs/simulate-server.md', () => {
  it('lists every fault as the command does, and every style', () => {
    const groups = [...new Set(NAMED_FAULTS.map(({ group }) => group))]
    const titles = { refusal: 'refusals', connection: 'connections', body: 'bodies', answer: 'answers', stream: 'streams' }
    const table = groups.flatMap((group) => [
      `| *${titles[group]}* | |`,
      ...NAMED_FAULTS.filter((one) => one.group === group).map(({ name, what }) => `| \`${name}\` | ${what} |`),
    ])
    const wanted = `<!-- faults -->\n\n| fault | |\n|---|---|\n${table.join('\n')}\n\n<!-- /faults -->`
    const [found = ''] = /<!-- faults -->[\s\S]*<!-- \/faults -->/.exec(page) ?? []
    expect(found).toBe(wanted)
    for (const style of STYLES) expect(page).toContain(`| \`${style}\` |`)
  })

  it('has a script that can be read', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
    expect(readScript('server.yaml', yaml).rules?.map(({ name, fault }) => name ?? fault.kind)).toEqual([
      'quota',
      'refusal',
      'hang',
      'server-error',
      'status',
    ])
  })

  it('shows what the command prints', async () => {
    using project = new Project()
    const [, command = '', shown = ''] = /```console\n\$ datagen (.*)\n([\s\S]*?)```/.exec(page) ?? []
    const probe = createServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const port = String((probe.address() as { port: number }).port)
    await new Promise((resolve) => probe.close(resolve))
    const args = command.replace('4141', port).split(' ')
    const { all } = await execa(process.execPath, [BIN, ...args], { cwd: project.root, env: project.env, extendEnv: false, all: true })
    const steady = (text: string) =>
      text
        .replaceAll(port, '4141')
        .replace(/requests in .*/, 'requests in N ms')
        .trimEnd()
    expect(steady(String(all))).toBe(steady(shown))
  })
})
