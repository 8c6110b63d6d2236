/** A config that names no model: which one is taken, why, and that simulated rows cannot be mistaken for others. */
import { describe, expect, it } from 'vitest'
import { ollamaAt } from '../rig/ollama.ts'
import { Project } from '../rig/project.ts'
import { startServer } from '../rig/server.ts'

const config = JSON.stringify({
  name: 'defaults',
  dimensions: { topic: ['csv', 'json'] },
  recipe: { preset: 'singleTurn', system: 'Be kind.' },
})
/** An empty key is none: that is what CI gives for a secret it does not have. */
const project = (env: Record<string, string> = {}, port?: number) =>
  new Project({ 'datagen.config.json': config }, { OPENAI_API_KEY: '', ...ollamaAt(port), ...env })
const plan = async (at: Project) => JSON.parse((await at.run('plan', '--json')).stdout)

const IN_THE_TABLE = expect.objectContaining({ source: 'table', date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) })

describe('no model configured', () => {
  it.each([
    ['in the environment', (key: string) => project({ OPENAI_API_KEY: key })],
    [
      'in a .env beside the config',
      (key: string) => {
        const at = project()
        at.write('.env', `OPENAI_API_KEY=${key}\n`)
        return at
      },
    ],
  ])('OPENAI_API_KEY %s: openai, and plan says why without showing the key', async (_, make) => {
    using at = make('sk-canary-0123456789')
    const text = await at.run('plan')
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/openai:gpt-5-mini.*OPENAI_API_KEY is set/) })
    expect(text.stdout + text.stderr).not.toContain('canary')
    expect(text.stdout).not.toContain('not for training')
    expect((await plan(at)).models).toEqual([
      { name: 'default', use: 'openai:gpt-5-mini', simulated: false, why: 'OPENAI_API_KEY is set', price: IN_THE_TABLE },
    ])
    // A known model has a price: four calls that cost something.
    expect((await plan(at)).buy).toMatchObject({ calls: [{ calls: 4 }], totalUsd: expect.any(Number) })
    expect(at.has('.datagen')).toBe(false)
  })

  it('no key and no Ollama: simulated, and labelled as not for training wherever it shows', async () => {
    using at = project()
    const why = 'no OPENAI_API_KEY, and no Ollama answers on this machine'
    expect((await plan(at)).models).toEqual([
      { name: 'default', use: 'simulated', simulated: true, why, price: { input: 0, output: 0, source: 'simulated' } },
    ])
    expect((await at.run('plan')).stdout).toMatch(new RegExp(`simulated: ${why}[\\s\\S]*not for training`))
    const built = await at.run('build', '--reporter', 'plain')
    expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining(why) })
    expect(built.stderr.match(/simulated answers: not for training/g)?.length).toBe(2)
    const meta = at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line))
    expect(meta.map(({ simulated, use }) => ({ simulated, use }))).toEqual(Array(2).fill({ simulated: true, use: 'not for training' }))
    // With a key nothing simulated is taken for an answer.
    at.write('.env', 'OPENAI_API_KEY=sk-test\n')
    expect(await plan(at)).toMatchObject({ models: [{ simulated: false }], buy: { items: 2 } })
  })

  it('an Ollama that answers is taken, and the screen says so; when it goes, so does the choice', async () => {
    await using server = await startServer({ script: { models: ['qwen3:8b', 'llama3'] } })
    using at = project({}, server.port)
    const why = 'no OPENAI_API_KEY, and Ollama answers on this machine'
    expect((await plan(at)).models).toEqual([
      { name: 'default', use: 'ollama:qwen3:8b', simulated: false, why, price: { input: 0, output: 0, source: 'local' } },
    ])
    const built = await at.run('build', '--reporter', 'plain')
    expect(built).toMatchObject({ code: 0, stderr: expect.stringMatching(new RegExp(`ollama:qwen3:8b.*${why}`)) })
    expect(built.stderr).not.toContain('not for training')
    expect((await server.requests()).map(({ body }) => JSON.parse(body).model)).toEqual(Array(4).fill('qwen3:8b'))
    expect(at.lines('data/train.meta.jsonl').some((line) => 'simulated' in JSON.parse(line))).toBe(false)
    expect(await at.run('build')).toMatchObject({ code: 0, stderr: expect.stringContaining('Up to date') })
    expect((await server.requests()).length).toBe(4)
    // One without a model is no help.
    await server.script({ models: [] })
    expect((await plan(at)).models).toMatchObject([{ use: 'simulated', why: expect.stringContaining('has no model') }])
    await server.close()
    expect(await plan(at)).toMatchObject({ models: [{ use: 'simulated' }], buy: { items: 2 } })
  })
})
