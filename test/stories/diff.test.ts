/** `datagen diff`: rows against a git revision, with the reason for each, from the store alone. */
import { mkdirSync } from 'node:fs'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BIN, COMPILED } from '../rig/project.ts'
import { Repository } from '../rig/repository.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const base = (more = '') => `name: diff
models:
  m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20 }
dimensions:
  topic: [csv, json]
  form: [question, command]
recipe:
  steps:
    user: { ask: m, prompt: 'A {{ cell.form }} about {{ cell.topic }}.' }
    answer: { ask: m, prompt: 'Answer: {{ steps.user }}' }
  example:
    messages:
      - { role: user, content: '{{ steps.user }}' }
      - { role: assistant, content: '{{ steps.answer }}' }
${more}`
const CONFIG = 'datagen.config.yaml'

/** Projects that several stories begin with, by what is special about them. */
const made = new Map<string, Promise<Repository>>()
afterAll(async () => {
  for (const at of await Promise.all(made.values())) at[Symbol.dispose]()
})

const IGNORED = '.datagen\ndata\n.home\ntmp\ndatagen.lock\n'

async function committed(more = '', ignored = IGNORED): Promise<Repository> {
  const known = made.get(more + ignored) ?? makeCommitted(more, ignored)
  made.set(more + ignored, known)
  return withOwnTemp(new Repository().like(await known))
}

async function makeCommitted(more: string, ignored: string): Promise<Repository> {
  const at = withOwnTemp(new Repository({ [CONFIG]: base(more), '.gitignore': ignored }))
  const { code, stderr } = await at.run('build')
  expect([code, stderr]).toEqual([0, stderr])
  await at.commit()
  return at
}

function withOwnTemp(at: Repository): Repository {
  mkdirSync(at.path('tmp'), { recursive: true })
  at.env['TMPDIR'] = at.path('tmp')
  at.env['NODE_COMPILE_CACHE'] = COMPILED
  return at
}

const leftovers = (at: Repository) => at.names('tmp').filter((name) => name.startsWith('datagen-'))

interface Summary {
  readonly batches: readonly Record<string, unknown>[]
  readonly reasons: readonly Record<string, unknown>[]
  readonly unknown: number
  readonly unanswered: number
  readonly notices: readonly { code: string }[]
}

async function diff(at: Repository, ...args: string[]) {
  const calls = (await server.requests()).length
  const status = await at.git('status', '--porcelain')
  const { code, stdout, stderr } = await at.run('diff', '--json', ...args)
  expect([code, stderr]).toEqual([0, ''])
  // Nothing is asked, the repository is as it was, and nothing is left behind.
  expect((await server.requests()).length).toBe(calls)
  expect(await at.git('status', '--porcelain')).toBe(status)
  expect(leftovers(at)).toEqual([])
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const summary = lines.pop() as Summary
  return { rows: lines as Record<string, unknown>[], summary, why: lines.map(({ change, label, why }) => `${change} ${label}: ${why}`) }
}

describe('diff', () => {
  it('nothing changed: every row is the same', async () => {
    using at = await committed()
    const { rows, summary } = await diff(at)
    expect(rows).toEqual([])
    expect(summary).toMatchObject({
      batches: [{ batch: 'all', same: 4, added: 0, changed: 0, dropped: 0 }],
      unknown: 0,
      unanswered: 0,
      notices: [],
    })
    expect((await at.run('diff', '--check')).code).toBe(0)
    expect((await at.run('diff')).stdout).toContain('no row differs')
  })

  it('an edited prompt: not answered yet before the build, changed behind it, with the step and field', async () => {
    using at = await committed()
    at.edit(CONFIG, (text) => text.replace("prompt: 'Answer: ", "prompt: 'Reply: "))
    const before = await diff(at)
    expect(before.why).toEqual(
      ['csv × question', 'csv × command', 'json × question', 'json × command'].map(
        (cell) => `dropped ${cell}: not answered yet: the prompt of step "answer" changed`,
      ),
    )
    expect(before.summary).toMatchObject({ unanswered: 4, unknown: 0 })
    expect((await at.run('build')).code).toBe(0)
    const after = await diff(at)
    expect(after.summary.reasons).toEqual([{ change: 'changed', why: 'the prompt of step "answer" changed', count: 4 }])
    expect(after.rows[0]).toMatchObject({ batch: 'all', cell: { topic: 'csv', form: 'question' }, sample: 0, change: 'changed' })
    expect((await at.run('diff', '--check')).code).toBe(10)
    // A revision's name may be any that git knows.
    await at.commit('edited')
    expect((await diff(at)).rows).toEqual([])
    expect((await diff(at, 'HEAD~1')).summary.reasons).toEqual(after.summary.reasons)
    await at.git('tag', 'first', 'HEAD~1')
    expect((await diff(at, 'first')).rows).toHaveLength(4)
  })

  it.each<[string, (text: string) => string, string[]]>([
    [
      'a new value',
      (t) => t.replace('[csv, json]', '[csv, json, xml]'),
      ['added xml × question: new value "xml" of dimension topic', 'added xml × command: new value "xml" of dimension topic'],
    ],
    [
      'a value gone',
      (t) => t.replace('[csv, json]', '[csv]'),
      [
        'dropped json × question: value "json" of dimension topic is gone',
        'dropped json × command: value "json" of dimension topic is gone',
      ],
    ],
    [
      'a further sample',
      (t) => `${t}batches: { all: { samples: 2 } }\n`,
      ['csv × question', 'csv × command', 'json × question', 'json × command'].map((cell) => `added ${cell} #1: further sample`),
    ],
    [
      'a constraint',
      (t) => `${t}where: [{ not: { topic: json } }]\n`,
      ['dropped json × question: excluded by where', 'dropped json × command: excluded by where'],
    ],
    ['dimensions in another order', (t) => t.replace(/( {2}topic.*\n)( {2}form.*\n)/, '$2$1'), []],
    [
      'another model',
      (t) => t.replaceAll('openai:m', 'openai:n'),
      ['csv × question', 'csv × command', 'json × question', 'json × command'].map(
        (cell) => `changed ${cell}: the model of step "user" changed`,
      ),
    ],
    [
      'another example',
      (t) => t.replace("content: '{{ steps.answer }}'", "content: 'So: {{ steps.answer }}'"),
      ['csv × question', 'csv × command', 'json × question', 'json × command'].map((cell) => `changed ${cell}: the example changed`),
    ],
    [
      'a check',
      (t) => `${t}checks:\n  - { check: length, of: assistant, max: 1, where: { topic: json } }\n`,
      ['dropped json × question: rejected by length', 'dropped json × command: rejected by length'],
    ],
  ])('%s: each row says why', async (_, edit, why) => {
    using at = await committed()
    at.edit(CONFIG, edit)
    await at.run('build')
    const forth = await diff(at)
    expect(forth.why).toEqual(why)
    // The way back has the words of the other direction.
    await at.commit('edited')
    at.write(CONFIG, base())
    const back = await diff(at)
    expect(back.rows.length).toBe(why.length)
    const swapped: Record<string, string> = { added: 'dropped', dropped: 'added', changed: 'changed' }
    expect(back.rows.map(({ change, label }) => `${change} ${label}`).sort()).toEqual(
      forth.rows.map(({ change, label }) => `${swapped[String(change)]} ${label}`).sort(),
    )
  })

  it('the words of the way back', async () => {
    using at = await committed('where: [{ not: { topic: json } }]\n')
    at.write(CONFIG, base('checks:\n  - { check: length, of: assistant, max: 1, where: { form: command } }\n'))
    await at.run('build')
    expect((await diff(at)).why).toEqual([
      'added json × question: no longer excluded by where',
      'dropped csv × command: rejected by length',
    ])
    await at.commit()
    at.write(CONFIG, base())
    expect((await diff(at)).why).toEqual([
      'added csv × command: no longer rejected by length',
      'added json × command: no longer rejected by length',
    ])
  })

  it('a size that grows: selected now; a new dimension: every row is another', async () => {
    using at = await committed('batches: { few: { size: 2 } }\n')
    at.edit(CONFIG, (text) => text.replace('size: 2', 'size: 3'))
    await at.run('build')
    expect((await diff(at)).summary.reasons).toEqual([{ change: 'added', why: 'selected now (size)', count: 1 }])
    at.edit(CONFIG, (text) => text.replace('dimensions:\n', 'dimensions:\n  tone: [calm]\n').replace('size: 3', 'size: 2'))
    await at.run('build')
    expect((await diff(at)).summary.reasons).toEqual([
      { change: 'added', why: 'new dimension "tone"', count: 2 },
      { change: 'dropped', why: 'new dimension "tone"', count: 2 },
    ])
  })

  it('answers asked again: the lock tells which ones the revision had', async () => {
    using at = await committed('', '.datagen\ndata\n.home\ntmp\n')
    expect(await at.git('ls-files')).toContain('datagen.lock')
    expect((await at.run('redo', 'csv × question')).code).toBe(0)
    expect((await diff(at)).why).toEqual(['changed csv × question: step "user" was asked again on purpose'])
    await at.commit('redone')
    expect((await diff(at)).rows).toEqual([])
    expect((await at.run('redo', 'json × command', '--step', 'answer')).code).toBe(0)
    expect((await diff(at)).why).toEqual(['changed json × command: step "answer" was asked again on purpose'])
    expect((await diff(at, 'HEAD~1')).why).toEqual([
      'changed csv × question: step "user" was asked again on purpose',
      'changed json × command: step "answer" was asked again on purpose',
    ])
  })

  it('a redo that is not finished: the row is gone until it is answered', async () => {
    using at = await committed()
    expect((await at.run('redo', 'csv × question', '--max-calls', '1')).code).toBe(4)
    expect((await diff(at)).why).toEqual([expect.stringMatching(/^dropped csv × question: not answered yet: /)])
  })

  it('another store: what the revision had is unknown, and it is said', async () => {
    using at = await committed('', '.datagen\ndata\n.home\ntmp\n')
    at.edit(CONFIG, (text) => text.replace('Answer:', 'Reply:'))
    await at.git('clean', '-fdxq', '.datagen')
    expect((await at.run('build')).code).toBe(0)
    const { summary } = await diff(at)
    expect(summary).toMatchObject({ unknown: 4, notices: [{ code: 'diff/not-as-locked' }] })
    expect(summary.reasons).toEqual([{ change: 'added', why: 'not answered then, as far as this store knows', count: 4 }])
    expect((await at.run('diff')).stdout).toMatch(/4 rows by its lock, 0 from this store[\s\S]*4 cells of HEAD: not answered in this store/)
  })

  it('--text: first lines, harmless; without it no text of a model is shown', async () => {
    await server.script({
      answers: [
        { contains: 'Answer:', content: 'old red\u202e\nsecond' },
        { contains: 'Reply:', content: 'new\u2066 one' },
      ],
    })
    using at = await committed('where: [{ not: { topic: json } }, { not: { form: command } }]\n')
    at.edit(CONFIG, (text) => text.replace('Answer:', 'Reply:'))
    await at.run('build')
    const plain = (await at.run('diff')).stdout
    expect(plain).not.toMatch(/red|new/)
    const { stdout } = await at.run('diff', '--text')
    expect(stdout).toContain('- assistant: old red\\u202e')
    expect(stdout).toContain('+ assistant: new\\u2066 one')
    expect(stdout).not.toMatch(/[\u2066\u202e]|second/)
    const { stdout: json } = await at.run('diff', '--text', '--json')
    expect(json).not.toMatch(/[\u2066\u202e]/)
    expect(JSON.parse(json.split('\n')[0] ?? '')).toMatchObject({
      before: 'assistant: old red\u202e',
      after: 'assistant: new\u2066 one',
    })
  })

  it('20 rows are listed, --all lists the rest', async () => {
    using at = await committed('batches: { all: { samples: 6 } }\n')
    at.edit(CONFIG, (text) => text.replace("content: '{{ steps.answer }}'", "content: 'So: {{ steps.answer }}'"))
    const some = (await at.run('diff')).stdout
    expect(some.match(/^ ~ /gm)).toHaveLength(20)
    expect(some).toContain('… and 4 more rows (--all lists them)')
    const all = (await at.run('diff', '--all')).stdout
    expect([all.match(/^ ~ /gm)?.length, all.includes('more rows')]).toEqual([24, false])
  })
})

describe('diff, where things are elsewhere', () => {
  it('a config below the top of the repository, with files of its own and of the top', async () => {
    using at = new Repository({
      'sets/one/datagen.config.ts': `import { topics } from '../../shared/topics.ts'
import { forms } from 'forms'
import { defineConfig } from 'datagen'
export default defineConfig({
  name: 'one',
  models: { m: { use: 'openai:m', baseUrl: '${server.url}' } },
  dimensions: { topic: topics, form: forms },
  recipe: { steps: { a: { ask: 'm', prompt: '{{ cell.topic }} {{ cell.form }}' } },
    example: { messages: [{ role: 'user', content: '{{ cell.topic }}' }, { role: 'assistant', content: '{{ steps.a }}' }] } },
})
`,
      'shared/topics.ts': "export const topics = ['csv', 'json']\n",
      'node_modules/forms/package.json': '{"name":"forms","type":"module","exports":"./index.js"}',
      'node_modules/forms/index.js': "export const forms = ['question']\n",
      '.gitignore': '.datagen\nnode_modules\n.home\n',
    })
    expect(await at.run('--cwd', 'sets/one', 'build')).toMatchObject({ code: 0 })
    await at.commit()
    at.edit('shared/topics.ts', (text) => text.replace("'json'", "'xml'"))
    expect(await at.run('--cwd', 'sets/one', 'build')).toMatchObject({ code: 0 })
    const { code, stdout } = await at.run('--cwd', 'sets/one', 'diff')
    expect(code).toBe(0)
    expect(stdout).toContain('+ new value "xml" of dimension topic')
    expect(stdout).toContain('- value "json" of dimension topic is gone')
    const named = await at.run('diff', '--config', 'sets/one/datagen.config.ts')
    expect(named).toMatchObject({ code: 0, stdout })
  })

  it('inside a hook, git is asked about the repository, not about the hook', async () => {
    using at = new Repository({ [`sets/${CONFIG}`]: base(), '.gitignore': '.datagen\ndata\n.home\n' })
    expect(await at.run('--cwd', 'sets', 'build')).toMatchObject({ code: 0 })
    await at.commit()
    const index = at.read('.git/index')
    Object.assign(at.env, { GIT_DIR: '.git', GIT_INDEX_FILE: '.git/index', GIT_PREFIX: '' })
    expect(await at.run('--cwd', 'sets', 'diff')).toMatchObject({ code: 0, stderr: '' })
    expect(at.read('.git/index')).toBe(index)
  })
})

describe('diff, when it cannot', () => {
  it.each<[string, string[], RegExp]>([
    ['an unknown revision', ['HEDA'], /git knows no revision "HEDA"[\s\S]*did you mean "HEAD"/],
    ['what looks like a flag', ['--', '--output=x'], /git knows no revision "--output=x"/],
    ['a range', ['HEAD..HEAD'], /git knows no revision "HEAD\.\.HEAD"/],
    ['a revision without a config', ['HEAD~1'], /there is no datagen config here in revision "HEAD~1"/],
  ])('%s: exit 2 and why', async (_, args, says) => {
    using at = new Repository({ 'readme.txt': 'x' })
    await at.commit()
    at.write(CONFIG, base())
    await at.commit()
    const { code, stderr, stdout } = await at.run('diff', ...args)
    expect([code, stdout, says.test(stderr), stderr]).toEqual([2, '', true, stderr])
    expect(at.names()).not.toContain('x')
  })

  it('no repository, and one without a commit', async () => {
    using at = new Repository({ [CONFIG]: base() })
    expect(await at.run('diff')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no git repository here[\s\S]*not a git repository/),
    })
    await at.git('init', '-q')
    expect(await at.run('diff')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no revision "HEAD"[\s\S]*nothing is committed/) })
  })

  it('without git', async () => {
    using at = new Repository({ [CONFIG]: base() })
    at.env['PATH'] = at.path('.home')
    expect(await at.run('diff')).toMatchObject({ code: 2, stderr: expect.stringContaining('git is not installed') })
  })

  it('a config that was broken then: said with the place in that revision', async () => {
    using at = new Repository({ [CONFIG]: base().replace('dimensions:', 'dimension:') })
    await at.commit()
    at.write(CONFIG, base())
    const { code, stderr } = await at.run('diff')
    expect(code).toBe(2)
    expect(stderr).toContain('in revision "HEAD": ')
    expect(stderr).toContain('HEAD:datagen.config.yaml:')
    expect(stderr).toMatch(/│ dimension:/)
    expect(stderr).not.toContain('datagen-diff-')
  })

  it('a prompt that could not be filled in then', async () => {
    using at = new Repository({
      [CONFIG]: base().replace('dimensions:', 'where: [{ not: { topic: [csv, json] } }]\ndimensions:'),
    })
    await at.commit()
    at.write(CONFIG, base())
    expect(await at.run('diff')).toMatchObject({ code: 2, stderr: expect.stringMatching(/in revision "HEAD": no cell is left/) })
  })

  it('Ctrl-C: exit 130 and no folder is left', async () => {
    using at = await committed()
    // A git that never ends.
    at.write(
      'bin/git',
      `#!/bin/sh\ncase "$*" in *checkout-index*) echo > "${at.path('tmp/waiting')}"; exec sleep 60;; esac\nexec "${(await execa('which', ['git'])).stdout}" "$@"\n`,
    )
    await execa('chmod', ['+x', at.path('bin/git')])
    const child = execa(process.execPath, [BIN, 'diff'], {
      cwd: at.root,
      env: { ...at.env, PATH: `${at.path('bin')}:${at.env['PATH']}` },
      extendEnv: false,
      reject: false,
    })
    while (!at.has('tmp/waiting')) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(leftovers(at)).toHaveLength(1)
    child.kill('SIGINT')
    expect((await child).exitCode).toBe(130)
    expect(leftovers(at)).toEqual([])
  })
})
