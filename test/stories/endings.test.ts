/** However a build ends, the events say so: the last line is `run-end`, with the exit code of the process. */
import { expect, it } from 'vitest'
import { ollamaAt } from '../rig/ollama.ts'
import { Project } from '../rig/project.ts'

const config = (model: string) =>
  JSON.stringify({ name: 'endings', models: { m: model }, dimensions: { a: ['b', 'c'] }, recipe: { preset: 'singleTurn' } })

async function ending(
  project: Project,
  ...args: string[]
): Promise<{ code: number; last: { type: string; exitCode: number; counts: { pending: number } } }> {
  const { code, stdout } = await project.run('build', '--json', ...args)
  return { code, last: JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) }
}

it('a missing key ends with 3, before anything was asked', async () => {
  using project = new Project({ 'datagen.config.json': config('openai:gpt-5-mini') }, { OPENAI_API_KEY: '' })
  expect(await ending(project)).toMatchObject({ code: 3, last: { type: 'run-end', exitCode: 3, calls: 0, counts: { pending: 2 } } })
})

it('a frozen build with something missing ends with 10, and one with nothing missing with 0', async () => {
  using project = new Project({ 'datagen.config.json': config('simulated') })
  expect(await ending(project, '--frozen')).toMatchObject({ code: 10, last: { type: 'run-end', exitCode: 10 } })
  expect(await ending(project)).toMatchObject({ code: 0, last: { type: 'run-end', exitCode: 0 } })
  expect(await ending(project, '--frozen')).toMatchObject({ code: 0, last: { type: 'run-end', exitCode: 0 } })
})

it('rows that a real model wrote are not replaced by simulated ones because its key is gone', async () => {
  using project = new Project(
    { 'datagen.config.json': JSON.stringify({ name: 'endings', dimensions: { a: ['b'] }, recipe: { preset: 'singleTurn' } }) },
    { OPENAI_API_KEY: '', ...ollamaAt() },
  )
  project.write('data/train.jsonl', '{"messages":[]}\n')
  project.write('data/train.meta.jsonl', '{"cell":{"a":"b"},"sample":0,"steps":{}}\n')
  const { code, stderr } = await project.run('build')
  expect({ code, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('simulated answers would replace real rows in data/train.jsonl'),
  })
  expect(project.read('data/train.jsonl')).toBe('{"messages":[]}\n')
})
