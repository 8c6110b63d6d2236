/** Semantic duplicates over real HTTP: the server's ledger says what was asked, and a rehearsal needs no server. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const config = (use: object) =>
  JSON.stringify({
    name: 'meaning',
    models: { m: { use: 'simulated' }, v: use },
    dimensions: { topic: ['csv', 'json', 'xml'] },
    recipe: {
      steps: { a: { derive: '{{ cell.topic }}' } },
      example: {
        messages: [
          {
            role: 'user',
            content: '{% if cell.topic == "xml" %}Read a file, please: csv{% else %}please read a file: {{ cell.topic }}{% endif %}',
          },
          { role: 'assistant', content: 'like this: {{ steps.a }}' },
        ],
      },
    },
    checks: [{ check: 'semantic-duplicates', model: 'v' }],
  })

it('asks the embeddings endpoint once for each text, and keeps the first of two rows that mean the same', async () => {
  using at = new Project({ 'datagen.config.json': config({ use: 'openai:embedder', baseUrl: server.url, extra: { dimensions: 32 } }) })
  const plan = await at.run('plan')
  expect(plan.stdout).toContain('embedder')
  expect(await at.run('build')).toMatchObject({ code: 1 })
  expect(at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line).cell.topic)).toEqual(['csv', 'json'])
  const asked = (await server.requests()).map(({ body, path }) => ({
    path,
    ...(JSON.parse(body) as { input?: string; dimensions?: number }),
  }))
  expect(asked.map(({ path, dimensions }) => [path, dimensions])).toEqual(Array(3).fill(['/v1/embeddings', 32]))
  expect(asked.map(({ input }) => input).sort()).toEqual([
    'Read a file, please: csv',
    'please read a file: csv',
    'please read a file: json',
  ])
  expect(at.read('data/train.meta.jsonl')).not.toMatch(/[A-Za-z0-9+/]{80}/)
  at.edit('datagen.config.json', (text) => text.replace('"model":"v"', '"model":"v","similarity":0.9'))
  expect((await at.run('build')).code).toBe(1)
  expect((await server.requests()).length).toBe(3)
})

it('is rehearsed with made-up vectors', async () => {
  using at = new Project({ 'datagen.config.json': config({ use: 'simulated' }) })
  expect(await at.run('build')).toMatchObject({ code: 1 })
  expect(at.lines('data/train.meta.jsonl').map((line) => JSON.parse(line).cell.topic)).toEqual(['csv', 'json'])
})
