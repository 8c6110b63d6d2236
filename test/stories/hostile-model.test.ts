/** A model may answer anything: none of it becomes a row it should not, and none of it reaches the terminal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { Rehearsal } from '../rig/rehearsal.ts'
import { type Fault, startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const config = () =>
  JSON.stringify({
    name: 'hostile',
    models: { m: { use: 'openai:m', baseUrl: server.url, apiKeyEnv: 'OPENAI_API_KEY' } },
    dimensions: { topic: ['good', 'bad'] },
    recipe: {
      steps: {
        user: { ask: 'm', prompt: 'Write about {{ cell.topic }}' },
        answer: { ask: 'm', prompt: 'Answer the {{ cell.topic }} one: {{ steps.user }}' },
      },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.user }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
  })

const rehearsing = () => new Rehearsal({ 'datagen.config.json': config() }, { OPENAI_API_KEY: 'sk-test' })

const ESC = '\u001b'
const REJECTED: readonly (readonly [string, Fault])[] = [
  ['null content', { kind: 'null-content' }],
  ['an answer cut off by length', { kind: 'length' }],
  ['a refusal', { kind: 'refusal' }],
  ['ANSI escapes', { kind: 'ansi' }],
  ['a clipboard write', { kind: 'content', content: `${ESC}]52;c;ZXZpbA==\u0007` }],
  ['an empty text', { kind: 'content', content: '   ' }],
  ['an unknown finish reason', { kind: 'content', content: 'fine', finish: 'weather' }],
]
const NO_ANSWER: readonly (readonly [string, Fault])[] = [
  ['HTML', { kind: 'html' }],
  ['an empty body', { kind: 'empty' }],
  ['no choices', { kind: 'no-choices' }],
  ['truncated JSON', { kind: 'truncated-json' }],
  ['an error inside a 200', { kind: 'body', body: `{"error":{"message":"${'\\u001b[2J'}oops","code":500}}`, type: 'application/json' }],
]

describe('a model that answers nonsense for one cell', () => {
  it.each(REJECTED)('%s: the cell is rejected, remembered, and not bought again', async (_, fault) => {
    using project = rehearsing()
    await server.reset()
    await server.script({ rules: [{ fault, contains: 'Write about bad' }] })
    const first = await project.run('build', '--yes', '--reporter', 'plain')
    expect(first.code).toBe(1)
    expect(first.stderr).not.toContain(ESC)
    // Two attempts at the bad one, two steps of the good one.
    expect((await server.requests()).length).toBe(4)
    expect(project.lines('data/train.jsonl').length).toBe(1)
    expect(project.lines('data/train.meta.jsonl')[0]).toContain('"topic":"good"')
    const again = await project.run('build', '--yes', '--reporter', 'plain')
    expect(again.code).toBe(1)
    expect((await server.requests()).length).toBe(4)
  })

  it.each(NO_ANSWER)('%s: tried again, and the good answer that follows is kept', async (_, fault) => {
    using project = rehearsing()
    await server.reset()
    await server.script({ rules: [{ fault, contains: 'Write about bad', times: 2 }] })
    const first = await project.run('build', '--yes', '--reporter', 'plain')
    expect(first).toMatchObject({ code: 0 })
    expect(first.stderr).not.toContain(ESC)
    expect((await server.requests()).length).toBe(6)
    expect(project.lines('data/train.jsonl').length).toBe(2)
  })

  it('a retry asks a rejected cell again, and only that one', async () => {
    using project = rehearsing()
    await server.reset()
    await server.script({ rules: [{ fault: { kind: 'refusal' }, contains: 'Write about bad' }] })
    expect(await project.run('build', '--yes')).toMatchObject({ code: 1 })
    await server.reset()
    await server.script({})
    expect(await project.run('build', '--yes', '--retry')).toMatchObject({ code: 0 })
    expect((await server.requests()).length).toBe(2)
    expect(project.lines('data/train.jsonl').length).toBe(2)
    await server.reset()
    expect(await project.run('build', '--yes')).toMatchObject({ code: 0 })
    expect(await server.requests()).toEqual([])
  })

  it('a key never reaches a file, a log or an error', async () => {
    using project = new Project({ 'datagen.config.json': config() }, { OPENAI_API_KEY: 'sk-canary-0123456789abcdef' })
    await server.reset()
    await server.script({
      rules: [
        { fault: { kind: 'status', status: 401, body: '{"error":{"message":"Incorrect API key provided: sk-canary-0123456789abcdef"}}' } },
      ],
    })
    const failed = await project.run('build', '--json')
    expect(failed.code).toBe(3)
    await server.script({})
    const built = await project.run('build', '--json')
    expect(built.code).toBe(0)
    const { execa } = await import('execa')
    const found = await execa('grep', ['-rla', 'sk-canary', project.root], { reject: false })
    expect([failed.stdout, failed.stderr, built.stdout, built.stderr, found.stdout].join('\n')).not.toContain('sk-canary')
    expect((await server.requests())[0]?.authorization).toBe('Bearer sk-canary-0123456789abcdef')
  })
})
