/** Questions from documents: an edited passage asks its own cells, and evidence must stand in the passage. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../schema/config.ts'
import { Speaker, said } from '../rig/speaker.ts'
import { World } from '../rig/world.ts'

const config: Config = {
  name: 'story',
  models: { writer: 'openai:writer', expert: 'openai:expert' },
  dimensions: { passage: { documents: { files: ['docs/*.md'] } }, tone: ['calm', 'angry'] },
  recipe: { preset: 'fromDocuments', user: 'writer', assistant: 'expert' },
}

const passageIn = (text: string) => /<passage>\n# (\w+)/.exec(text)?.[1]
const short = (message: string) => passageIn(message) ?? message

function write(world: World, texts: { readonly [name: string]: string }): void {
  mkdirSync(join(world.root, 'docs'), { recursive: true })
  writeFileSync(
    join(world.root, 'docs', 'guide.md'),
    Object.entries(texts)
      .map(([name, text]) => `# ${name}\n\n${text}\n`)
      .join('\n'),
  )
}

/** Quotes the last sentence of the passage, or what `stray` says at its first try. */
const quoting = (stray?: string) =>
  new Speaker((model, message, { attempt }, call) => {
    if (model === 'writer') return `Q ${passageIn(message)} ${/tone: (\w+)/.exec(message)?.[1]}`
    const passage = /<passage>\n([\s\S]*)\n<\/passage>/.exec(JSON.stringify(call.body['messages']).replaceAll('\\n', '\n'))?.[1] ?? ''
    const evidence = stray !== undefined && (attempt === 0 || passage.includes('Returns')) ? stray : (passage.split('\n').at(-1) as string)
    return JSON.stringify({ evidence: [evidence], answer: `A ${message}` })
  })

it('an edited passage asks for its questions and answers, and for no others', async () => {
  using world = new World(quoting())
  write(world, { Hours: 'We open at nine.', Returns: 'Within a month.' })
  expect((await world.build(config)).calls).toHaveLength(8)
  write(world, { Hours: 'We open at ten.', Returns: 'Within a month.' })
  const { calls } = await world.build(config)
  expect(said(calls, short)).toEqual([
    'expert: Q Hours angry @0.0.0',
    'expert: Q Hours calm @0.0.0',
    'writer: Hours @0.0.0',
    'writer: Hours @0.0.0',
  ])
  expect(world.recalled).toBeGreaterThan(0)
  expect(world.rows()?.[0]?.meta).toMatchObject({ details: { passage: 'guide.md#hours', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } })
})

it('evidence that does not stand in the passage is asked for again, then rejected; spacing and quotation marks do not matter', async () => {
  using world = new World(quoting('We never close.'))
  write(world, { Hours: 'We **open** at\nnine: “sharp”.', Returns: 'Within a month.' })
  const { calls, result } = await world.build(config)
  expect(
    calls
      .filter(({ body }) => body['model'] === 'expert')
      .map(({ draw }) => draw.attempt)
      .sort(),
  ).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
  expect(result?.end).toMatchObject({
    counts: { accepted: 2, rejected: 2 },
    problems: [{ code: 'not-in-passage', message: 'evidence 1 does not stand in the passage', count: 2 }],
  })
  using loose = new World(quoting('"We open at nine: \'sharp\'…"'))
  write(loose, { Hours: 'We **open** at\nnine: ‘sharp’.' })
  expect((await loose.build(config)).result?.end.counts).toMatchObject({ accepted: 2, rejected: 0 })
})
