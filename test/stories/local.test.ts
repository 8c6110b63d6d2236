/**
 * Models that are files on this machine. With a package that runs no model the whole way is walked everywhere; with the real one
 * only where it is installed: `DATAGEN_LLAMA=<folder>` names a folder with `node_modules/node-llama-cpp` and `tiny.gguf`, which
 * test/rig/tiny-gguf.py makes.
 */
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Project } from '../rig/project.ts'

const FAKE = {
  'node_modules/node-llama-cpp/package.json': '{"name":"node-llama-cpp","version":"9.9.9","type":"module","main":"index.js"}',
  'node_modules/node-llama-cpp/index.js': `
    export class LlamaChat {
      chatWrapper = { generateContextState: ({ chatHistory }) => ({ contextText: { tokenize: () => JSON.stringify(chatHistory).split(' ') } }) }
      async generateResponse(history, { seed, grammar, onResponseChunk }) {
        onResponseChunk({ tokens: [1, 2, 3] })
        const asked = history.find(({ type }) => type === 'user').text
        return { response: grammar ? '{"level":1}' : 'To ' + asked + ' I say ' + seed, metadata: { stopReason: 'eogToken' } }
      }
    }
    export const getLlama = async () => ({
      loadModel: async () => ({ trainContextSize: 2048, tokenizer: {}, createContext: async ({ contextSize }) => ({ contextSize, getSequence: () => ({}) }) }),
      createGrammarForJsonSchema: async (schema) => schema,
      dispose: async () => {},
    })
    export const resolveModelFile = async () => { throw new Error('not here') }
  `,
}
const GGUF = { 'models/small.gguf': 'GGUF and then some weights' }

const config = (model: object = {}, more: object = {}) =>
  JSON.stringify({
    name: 'local',
    models: { writer: { use: 'local:models/small.gguf', seed: 7, ...model } },
    dimensions: { topic: ['csv', 'json'] },
    recipe: {
      steps: { answer: { ask: 'writer', prompt: 'Explain {{ cell.topic }}.' } },
      example: {
        messages: [
          { role: 'user', content: '{{ cell.topic }}' },
          { role: 'assistant', content: '{{ steps.answer }}' },
        ],
      },
    },
    batches: { all: { samples: 2 } },
    ...more,
  })

describe('a model file', () => {
  it('is built with: no key, no server, no cost, a sample of its own for each draw', async () => {
    using at = new Project({ ...FAKE, ...GGUF, 'datagen.config.json': config() }, { OPENAI_API_KEY: '' })
    const built = await at.run('build')
    expect([built.code, at.lines('data/train.jsonl').length, new Set(at.lines('data/train.jsonl')).size]).toEqual([0, 4, 4])
    expect(built.stderr).toContain('$0.00 spent')
    expect(at.read('data/train.jsonl')).toContain('To Explain csv. I say 7')
    const before = at.read('data/train.jsonl')
    expect((await at.run('build', '--frozen')).code).toBe(0)
    // A copy of another name is asked for itself, because its name is part of the request.
    at.write('copy.gguf', GGUF['models/small.gguf'])
    at.edit('datagen.config.json', (text) => text.replace('models/small.gguf', 'copy.gguf'))
    expect(JSON.parse((await at.run('plan', '--json')).stdout)).toMatchObject({ buy: { items: 4 } })
    // Its place is not.
    at.write('elsewhere/small.gguf', GGUF['models/small.gguf'])
    at.edit('datagen.config.json', (text) => text.replace('copy.gguf', 'elsewhere/small.gguf'))
    expect((await at.run('build', '--frozen')).code).toBe(0)
    expect(at.read('data/train.jsonl')).toBe(before)
  })

  it('that has become another one is asked anew, also when everything else is as it was', async () => {
    using at = new Project({ ...FAKE, ...GGUF, 'datagen.config.json': config() })
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('build')).stderr).toContain('Up to date')
    at.write('models/small.gguf', 'GGUF and then other weights')
    expect((await at.run('build', '--frozen')).code).toBe(10)
    expect(JSON.parse((await at.run('plan', '--json')).stdout)).toMatchObject({ buy: { items: 4 } })
    at.write('models/small.gguf', GGUF['models/small.gguf'])
    expect((await at.run('build', '--frozen')).code).toBe(0)
  })

  it('needs a package, and says in a line how to add it', async () => {
    using at = new Project({ ...GGUF, 'datagen.config.json': config() })
    // Whatever only looks needs none.
    expect((await at.run('plan')).code).toBe(0)
    const built = await at.run('build')
    expect(built.code).toBe(3)
    expect(built.stderr).toMatch(/hint +npm install node-llama-cpp/)
    const doctor = await at.run('doctor')
    expect([doctor.code, doctor.stdout]).toEqual([3, expect.stringContaining('node-llama-cpp, which runs model files, is not installed')])
  })

  it.each([
    ['is missing', 'local:nowhere.gguf', 'there is no file "nowhere.gguf"'],
    ['is something else', 'local:datagen.config.json', 'is no GGUF file'],
    ['is badly addressed', 'local:hf:user', 'is no address of a model'],
  ])('that %s is a problem of the config', async (_, use, says) => {
    using at = new Project({ ...FAKE, 'datagen.config.json': config({ use }) })
    const ran = await at.run('build')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it('of a hub is not fetched unasked', async () => {
    using at = new Project({ ...FAKE, 'datagen.config.json': config({ use: 'local:hf:user/repo:Q4_K_M' }) })
    const ran = await at.run('build')
    expect([ran.code, ran.stderr]).toEqual([3, expect.stringContaining('models.writer.local.download: true')])
  })

  it('has no server to be said anything about', async () => {
    using at = new Project({ ...FAKE, ...GGUF, 'datagen.config.json': config({ baseUrl: 'http://127.0.0.1:1/v1', extra: { num_ctx: 1 } }) })
    const ran = await at.run('plan')
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('a local model has no "baseUrl"')
    expect(ran.stderr).toContain('a local model does not know "num_ctx"')
  })
})

const LLAMA = process.env['DATAGEN_LLAMA'] ?? ''
const isThere = LLAMA !== '' && existsSync(join(LLAMA, 'tiny.gguf')) && existsSync(join(LLAMA, 'node_modules/node-llama-cpp'))
if (!isThere) console.info('not run: real GGUF models; see test/stories/local.test.ts')

describe.runIf(isThere)('a real GGUF file, run by the real node-llama-cpp', () => {
  const use = { use: `local:${join(LLAMA, 'tiny.gguf')}`, local: { threads: 1, gpu: false, contextSize: 512 } }
  const schema = { type: 'object', properties: { n: { enum: [1, 2] } }, required: ['n'], additionalProperties: false }
  const real = (model: object, step: object) => {
    const at = new Project({
      'datagen.config.json': config(
        { ...use, ...model },
        {
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
        },
      ),
    })
    symlinkSync(join(LLAMA, 'node_modules'), at.path('node_modules'))
    return at
  }

  it('writes what its grammar allows', { timeout: 120_000 }, async () => {
    using at = real({ maxTokens: 100 }, { schema })
    expect((await at.run('build')).code).toBe(0)
    for (const line of at.lines('data/train.jsonl')) expect(line).toMatch(/\{\\"n\\":[12]\}|"n.*[12]/)
  })

  it('writes the same texts from the same seed, in another store', { timeout: 120_000 }, async () => {
    const texts = async () => {
      using at = real({ stop: ['S', '4'], maxTokens: 200 }, {})
      expect((await at.run('build', '--reporter', 'silent')).code).toBeLessThan(2)
      return at.read('data/train.jsonl')
    }
    expect(await texts()).toBe(await texts())
  })

  it('refuses a prompt that its context cannot hold', { timeout: 120_000 }, async () => {
    using at = real({ maxTokens: 10 }, { prompt: `{{ cell.topic }} ${'word '.repeat(200)}` })
    const built = await at.run('build')
    expect([built.code, built.stderr]).toEqual([1, expect.stringContaining('the context of 512 has no room for it')])
  })
})
