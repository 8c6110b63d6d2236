/** A check that is a command: it reads each finished example and says its verdict; whatever else it does is never a pass. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandCheck, Config } from '../../schema/config.ts'
import { rowsByModel } from '../../src/schedule/answerers.ts'
import { Project } from '../rig/project.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { type Built, World } from '../rig/world.ts'

const NODE = process.execPath
type Message = { readonly role: string; readonly content: string }

const config = (check: Partial<CommandCheck> = {}, over: Partial<Config> = {}): Config => ({
  name: 'x',
  models: { m: { use: 'openai:m' } },
  dimensions: { t: ['a', 'b', 'c'] },
  recipe: {
    attempts: 3,
    steps: { answer: { ask: 'm', prompt: 'about {{ cell.t }}' } },
    example: {
      messages: [
        { role: 'user', content: 'tell me about {{ cell.t }}' },
        { role: 'assistant', content: '{{ steps.answer }}' },
      ],
    },
  },
  outputs: { train: { path: 'data/train.jsonl' } },
  checks: [{ check: 'command', run: [NODE, 'check.mjs'], ...check }],
  ...over,
})

/** Notes what it reads, and says what `judge(example)` says. */
const script = (judge: string) => `import { appendFileSync } from 'node:fs'
let text = ''
for await (const chunk of process.stdin) text += chunk
appendFileSync('seen.log', text)
const example = JSON.parse(text)
const answer = example.messages.at(-1).content
${judge}
`
const say = (verdict: string) => script(`console.log(JSON.stringify(${verdict}))`)
const NOT_B = say(
  "example.cell.t === 'b' ? { ok: false, message: 'b is not wanted', findings: ['one', { message: 'two' }] } : { ok: true }",
)

class Checked extends World {
  check(text: string): void {
    writeFileSync(join(this.root, 'check.mjs'), text)
  }

  get seen(): { cell: { t: string }; messages: Message[] }[] {
    const path = join(this.root, 'seen.log')
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
  }
}
const world = (text: string, provider = new ScriptedProvider()) => {
  const made = new Checked(provider)
  made.check(text)
  return made
}
const problems = ({ result }: Built) => result?.end.problems.map(({ code, message, count }) => [code, message, count])
const cells = (at: World) => at.rows()?.map(({ meta }) => meta.cell['t'])
const notices = ({ events }: Built) => events.flatMap((event) => (event.type === 'notice' ? [event.diagnostic] : []))

describe('a command check', () => {
  it('is no model: a pinned one is not held to the name of a program, which would end the build', async () => {
    using at = world(say('{ ok: true }'))
    const models: Config['models'] = { m: { use: 'openai:m', pin: true } }
    const first = await at.build(config({}, { models }))
    const named = first.result && [...rowsByModel(first.result.work)]
    expect(named).toEqual([['m', 3]])
    const more = await at.build(config({}, { models, dimensions: { t: ['a', 'b', 'c', 'd'] } }))
    expect([more.result?.exitCode, more.calls.length, notices(more)]).toEqual([0, 1, []])
  })

  it('gets each finished example with its cell, and turns down rows with its message and findings', async () => {
    using at = world(NOT_B)
    const built = await at.build(config())
    expect(problems(built)).toEqual([['command', 'b is not wanted; one; two', 1]])
    expect(cells(at)).toEqual(['a', 'c'])
    expect(at.seen.map(({ cell, messages }) => [cell.t, messages.map(({ role }) => role)]).sort()).toEqual(
      ['a', 'b', 'c'].map((t) => [t, ['user', 'assistant']]),
    )
    expect(built.result?.exitCode).toBe(1)
  })

  it('runs once for each row; an edited file of it runs again and asks no model, and undoing the edit runs nothing', async () => {
    const simulated = { models: { m: { use: 'simulated' } } }
    const files = { files: ['limit.json'] }
    const text = NOT_B.replace('import { appendFileSync }', 'import { readFileSync, appendFileSync }').replace(
      "'b is not wanted'",
      "'no b, ' + readFileSync('limit.json', 'utf8')",
    )
    using project = new Project({
      'datagen.config.json': JSON.stringify(config(files, simulated)),
      'check.mjs': text,
      'limit.json': '1',
    })
    const build = async () => {
      const { stdout } = await project.run('build', '--json')
      const end = JSON.parse(stdout.trimEnd().split('\n').at(-1) as string)
      return { calls: end.calls, said: end.problems[0]?.message, runs: project.lines('seen.log').length }
    }
    expect(await build()).toEqual({ calls: 3, said: 'no b, 1; one; two', runs: 3 })
    expect(await build()).toEqual({ calls: 0, said: 'no b, 1; one; two', runs: 3 })
    project.edit('check.mjs', (now) => now.replace("=== 'b'", "=== 'c'"))
    const { code, stdout } = await project.run('plan', '--check')
    expect([code, stdout]).toEqual([10, expect.stringContaining('the files of step "check:command" changed')])
    expect(await build()).toEqual({ calls: 0, said: 'no b, 1; one; two', runs: 6 })
    expect(project.lines('data/train.meta.jsonl').map((line) => JSON.parse(line).cell.t)).toEqual(['a', 'b'])
    project.write('check.mjs', text)
    expect(await build()).toMatchObject({ calls: 0, runs: 6 })
    project.write('limit.json', '2')
    expect(await build()).toEqual({ calls: 0, said: 'no b, 2; one; two', runs: 9 })
    project.edit('datagen.config.json', (now) => now.replace('"files"', '"version":2,"files"'))
    expect(await build()).toMatchObject({ calls: 0, runs: 12 })
  })

  it('looks only at the cells it is for, and where it only warns, the row stays', async () => {
    using at = world(say("{ ok: false, message: 'no ' + example.cell.t }"))
    expect(problems(await at.build(config({ where: { t: 'b' } })))).toEqual([['command', 'no b', 1]])
    expect(at.seen.map(({ cell }) => cell.t)).toEqual(['b'])
    const warned = await at.build(config({ where: { t: 'b' }, severity: 'warn' }))
    expect([problems(warned), cells(at), at.seen.length]).toEqual([[], ['a', 'b', 'c'], 1])
    expect(notices(warned).map(({ headline }) => headline)).toEqual(['1 row: command: no b'])
  })

  it('remarks about a row that it passes only warn', async () => {
    using at = world(say("{ ok: true, message: 'never said', findings: example.cell.t === 'a' ? ['a bit short'] : [] }"))
    const built = await at.build(config({ name: 'style' }))
    expect([cells(at), notices(built).map(({ headline }) => headline)]).toEqual([['a', 'b', 'c'], ['1 row: style: a bit short']])
  })

  it('sends a row back with what it found, and checks the new answer', async () => {
    const provider = new ScriptedProvider({
      content: (_, { body }) => `${JSON.stringify(body).match(/about (\w)/)?.[1]}${(body['messages'] as unknown as Message[]).length}`,
    })
    using at = world(say("answer === 'b1' ? { ok: false, message: 'too short' } : { ok: true }"), provider)
    const built = await at.build(config({ retry: true }))
    expect(built.calls.map(({ body }) => (body['messages'] as unknown as Message[]).at(-1)?.content).sort()).toEqual([
      'This was turned down by a check: too short. Write it again, in the same form, so that this no longer holds.',
      'about a',
      'about b',
      'about c',
    ])
    expect(at.rows()?.map(({ row }) => row.messages[1]?.content)).toEqual(['a1', 'b3', 'c1'])
    expect(at.seen.map(({ messages }) => messages[1]?.content).sort()).toEqual(['a1', 'b1', 'b3', 'c1'])
    expect((await at.build(config({ retry: true }))).calls).toEqual([])
  })

  it('may speak by its exit code, with the first line that it prints', async () => {
    using at = world(script("console.log('\\n  line 3: no ' + example.cell.t + '\\nmore'); process.exit(example.cell.t === 'c' ? 1 : 0)"))
    expect(problems(await at.build(config({ verdict: 'exit-code' })))).toEqual([['command', 'line 3: no c', 1]])
    expect(cells(at)).toEqual(['a', 'b'])
  })

  it('is no way for a model to draw on the screen', async () => {
    using at = world(say("{ ok: false, message: 'bad \\u001b[2J\\u202e' + 'x'.repeat(9000) }"))
    const [[, message] = []] = problems(await at.build(config({ where: { t: 'a' } }))) ?? []
    expect(String(message)).toMatch(/^bad \\x1b\[2J\\u202ex{100,}…$/)
    expect(String(message).length).toBeLessThanOrEqual(300)
  })
})

type Broken = readonly [name: string, text: string, code: string, message: RegExp, check: Partial<CommandCheck>]

describe('a command that gives no verdict', () => {
  const BROKEN: readonly Broken[] = [
    ['crashes', "throw new Error('the model file is gone')", 'no-verdict', /exit code 1 and gave no verdict: .*saying "Node\.js v/, {}],
    ['exits with 3', 'console.log(\'{"ok":true}\'); process.exit(3)', 'command-failed', /ended with exit code 3/, {}],
    ['is killed', "console.log('{\"ok\":true}'); process.kill(process.pid, 'SIGKILL')", 'command-failed', /ended by SIGKILL/, {}],
    ['prints nothing', '', 'no-verdict', /did not print one JSON value/, {}],
    ['prints words', "console.log('looks good')", 'no-verdict', /did not print one JSON value/, {}],
    ['prints another value', "console.log('true')", 'no-verdict', /a verdict is an object with "ok"/, {}],
    ['prints an "ok" that is none', 'console.log(\'{"ok":"yes"}\')', 'no-verdict', /"ok" must be true or false/, {}],
    ['prints two verdicts', 'console.log(\'{"ok":true}\\n{"ok":true}\')', 'no-verdict', /did not print one JSON value/, {}],
    ['contradicts itself', 'console.log(\'{"ok":true}\'); process.exit(1)', 'no-verdict', /says "ok" and ended with exit code 1/, {}],
    ['takes too long', 'setTimeout(() => {}, 60000)', 'command-timeout', /longer than 0.2 s/, { timeoutSeconds: 0.2 }],
    [
      'floods',
      "for (;;) await new Promise((done) => process.stdout.write('x'.repeat(65536), done))",
      'command-output',
      /printed more than/,
      {},
    ],
    ['says 2', 'process.exit(2)', 'command-failed', /ended with exit code 2/, { verdict: 'exit-code' }],
  ]
  it.each(BROKEN)(
    '%s: the rows fail, whatever the severity, and are checked again when it is mended',
    async (_name, text, code, message, over) => {
      using at = world(text)
      const one = config({ where: { t: 'a' }, severity: 'warn', ...over })
      const built = await at.build(one)
      expect(built.result?.end.counts).toMatchObject({ accepted: 2, failed: 1 })
      expect(problems(built)).toEqual([[code, expect.stringMatching(message), 1]])
      expect([built.result?.exitCode, at.rows()]).toEqual([1, undefined])
      const [told] = notices(built)
      expect(told).toMatchObject({ code: `check/${code}`, severity: 'error', headline: expect.stringMatching(message) })
      expect([told?.place?.file, told?.hint]).toEqual([join(at.root, 'datagen.config.json'), expect.stringMatching(/./)])
      at.check(over.verdict ? 'process.exit(0)' : say('{ ok: true }'))
      const mended = await at.build(config({ where: { t: 'a' }, severity: 'warn', ...(over.verdict ? { verdict: over.verdict } : {}) }))
      expect([mended.calls, mended.result?.exitCode, cells(at)]).toEqual([[], 0, ['a', 'b', 'c']])
    },
  )

  it('is not there: the build stops and says which check wants it', async () => {
    using at = world('')
    const built = await at.build(config({ run: ['/no/such/checker'] }))
    expect([built.result?.exitCode, at.rows()]).toEqual([3, undefined])
    expect(notices(built)[0]).toMatchObject({
      code: 'check/command-missing',
      headline: 'the check "command" gave no verdict: there is no program "/no/such/checker"',
    })
  })

  it('never shows what only it was to see', async () => {
    using project = new Project(
      {
        'datagen.config.json': JSON.stringify(
          config({ env: ['CHECK_TOKEN'] }, { models: { m: { use: 'simulated' } }, dimensions: { t: ['a'] } }),
        ),
        'check.mjs': "throw 'cannot log in as ' + process.env.CHECK_TOKEN + ' ' + (process.env.OPENAI_API_KEY ?? 'without')",
      },
      { CHECK_TOKEN: 'hush-hush-hush' },
    )
    const { code, stderr } = await project.run('build')
    expect(code).toBe(1)
    expect(stderr).toContain('the check "command" gave no verdict')
    expect(stderr).toMatch(/datagen\.config\.json:1:\d+/)
    expect(stderr).not.toContain('hush-hush')
    for (const name of project.names('.datagen').filter((file) => /\.(ndjson|jsonl|db|bin)/.test(file)))
      expect(project.read(`.datagen/${name}`)).not.toContain('hush-hush')
  })
})

it.each([4, 7, 10, 13, 16])('comes to the same after a death at operation %i', async (killAfter) => {
  using whole = world(NOT_B, new ScriptedProvider({ fresh: false }))
  await whole.build(config())
  using at = world(NOT_B, new ScriptedProvider({ fresh: false }))
  await at.build(config(), { killAfter })
  await at.build(config())
  expect(at.rows()?.map(({ row }) => row)).toEqual(whole.rows()?.map(({ row }) => row))
  expect(at.seen.length).toBeLessThanOrEqual(7)
})
