/** The first call of many goes alone: what a server refuses costs one error, and what it ignores is said before it is paid for again and again. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Project, type Ran } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server.close())
beforeEach(() => server.reset())

const CALLS = 120

const config = (model: object = {}, step: object = {}, samples = CALLS) =>
  JSON.stringify({
    name: 'canary',
    concurrency: 32,
    models: { writer: { use: 'openai:m', baseUrl: server.url, ...model } },
    dimensions: { topic: ['csv'] },
    recipe: {
      attempts: 1,
      steps: { answer: { ask: 'writer', prompt: 'Explain {{ cell.topic }}.', ...step } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    batches: { all: { samples } },
  })

const SCHEMA = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false }
const refusal = (error: object, status = 400) => ({ fault: { kind: 'status' as const, status, body: JSON.stringify({ error }) } })
const asked = async () => (await server.requests()).length
const events = ({ stdout }: Ran) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; why?: string; message?: string; diagnostic?: { code: string; hint?: string } })
const notices = (ran: Ran) => events(ran).flatMap(({ diagnostic }) => (diagnostic ? [diagnostic.code] : []))

describe('the first call of many', () => {
  it('goes alone, and its answer is kept', async () => {
    using at = new Project({ 'datagen.config.json': config() })
    await server.hold()
    const building = at.start('build', '--json')
    await server.untilHeld(1)
    // Were others allowed, they would have been under way before the first.
    expect(await server.held()).toBe(1)
    await server.release(1)
    await server.untilHeld(32)
    await server.release()
    const { exitCode } = await building
    expect([exitCode, await asked()]).toEqual([0, CALLS])
  })

  it('goes with the others in a small build', async () => {
    using at = new Project({ 'datagen.config.json': config({}, {}, 40) })
    await server.hold()
    const building = at.start('build', '--json')
    await server.untilHeld(32)
    await server.release()
    expect([(await building).exitCode, await asked()]).toEqual([0, 40])
  })

  it.each([
    ['a wrong key', 401, { message: 'Incorrect API key provided', code: 'invalid_api_key' }],
    ['an unknown model', 404, { message: 'The model `m` does not exist', code: 'model_not_found' }],
  ])('ends the build when it meets %s, after one call', async (_, status, error) => {
    await server.script({ rules: [refusal(error, status)] })
    using at = new Project({ 'datagen.config.json': config() })
    const built = await at.run('build', '--json')
    expect([built.code, await asked()]).toEqual([3, 1])
  })

  it.each([
    [
      'by its code',
      { temperature: 0.2 },
      {
        message: "Unsupported value: 'temperature' does not support 0.2 with this model.",
        param: 'temperature',
        code: 'unsupported_value',
      },
      'temperature',
    ],
    [
      'as a validator does',
      { extra: { top_k: 4 } },
      { message: { detail: [{ type: 'extra_forbidden', loc: ['body', 'top_k'], msg: 'Extra inputs are not permitted' }] }, code: null },
      'extra.top_k',
    ],
  ])('ends the build when a field is refused %s: one call, the field, its place and what to do', async (_, model, error, written) => {
    await server.script({ rules: [refusal(error)] })
    using at = new Project({ 'datagen.config.json': config(model) })
    const built = await at.run('build')
    expect([built.code, await asked()]).toEqual([3, 1])
    expect(built.stderr).toContain('openai:m refuses `')
    expect(built.stderr).toContain('datagen.config.json:')
    expect(built.stderr).toContain(`leave out \`${written}\` in models.writer`)
    expect(at.has('data/train.jsonl')).toBe(false)
  })

  it('is followed by one more when a refusal names nothing: one cell does not stop a dataset', async () => {
    await server.script({ rules: [{ ...refusal({ message: 'bad request' }), nth: [0] }] })
    using at = new Project({ 'datagen.config.json': config() })
    const built = await at.run('build', '--json')
    expect([built.code, await asked()]).toEqual([1, CALLS])
    await server.reset()
    await server.script({ rules: [refusal({ message: 'bad request' })] })
    using other = new Project({ 'datagen.config.json': config() })
    expect([(await other.run('build', '--json')).code, await asked()]).toEqual([3, 2])
  })

  it('does not take a text that is too long for everybody for a refused field', async () => {
    const error = { message: "'max_tokens' is too large: the maximum context length is 8 tokens", param: 'max_tokens' }
    await server.script({ rules: [{ ...refusal(error), nth: [0] }] })
    using at = new Project({ 'datagen.config.json': config({ maxTokens: 9 }) })
    expect([(await at.run('build', '--json')).code, await asked()]).toEqual([1, CALLS])
  })
})

describe('what the first answer shows', () => {
  it('is said once, remembered, and said by the plan from then on', async () => {
    await server.script({ answers: [{ contains: 'Explain', content: 'no JSON at all' }] })
    using at = new Project({ 'datagen.config.json': config({}, { schema: SCHEMA }) })
    const built = await at.run('build', '--json', '--max-calls', '3')
    expect(notices(built)).toEqual(['provider/ignored-field'])
    const plan = JSON.parse((await at.run('plan', '--json')).stdout) as { warnings: { code: string; hint: string }[] }
    expect(plan.warnings.map(({ code }) => code)).toEqual(['provider/ignored-field'])
    expect(plan.warnings[0]?.hint).toContain("structured: 'json_object'")
    // Another way of asking is another use: nothing is known of it.
    at.edit('datagen.config.json', (text) => text.replace('"baseUrl"', '"structured": "prompt", "baseUrl"'))
    expect(JSON.parse((await at.run('plan', '--json')).stdout)).toMatchObject({ warnings: [] })
  })

  it('says nothing where the answer has the shape that was asked for', async () => {
    await server.script({ answers: [{ contains: 'Explain', content: '{"text":"commas"}' }] })
    using at = new Project({ 'datagen.config.json': config({}, { schema: SCHEMA }) })
    const built = await at.run('build', '--json', '--max-calls', '3')
    expect(notices(built)).toEqual([])
  })
})

describe('what is known of a provider', () => {
  it('is said by the plan without a call, and by the build', async () => {
    const models = { writer: { use: 'ollama:m', baseUrl: server.url, extra: { num_ctx: 8192 } } }
    using at = new Project({ 'datagen.config.json': JSON.stringify({ ...JSON.parse(config({}, {}, 2)), models }) })
    const plan = await at.run('plan')
    expect(plan.stdout).toContain('ollama:m ignores `num_ctx`')
    expect(plan.stdout).toContain('Modelfile')
    expect(await asked()).toBe(0)
    expect(notices(await at.run('build', '--json'))).toEqual(['provider/ignored-field'])
    // A build with nothing to ask has nothing to warn of.
    expect(notices(await at.run('build', '--json'))).toEqual([])
  })
})
