/** Reviews of two people on two machines, merged by git: the same dataset on both, byte for byte. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Repository } from '../rig/repository.ts'
import { startServer, type TestServer } from '../rig/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const config = () => `
name: together
concurrency: 2
models: { m: { use: 'openai:m', baseUrl: '${server.url}', maxTokens: 20 } }
dimensions:
  topic: [csv, json, toml, yaml, xml, ini]
recipe:
  steps:
    answer: { ask: m, prompt: 'Tell me about {{ cell.topic }}.' }
  example:
    messages:
      - { role: user, content: 'What is {{ cell.topic }}?' }
      - { role: assistant, content: '{{ steps.answer }}' }
checks:
  - { check: unique, of: assistant }
`
const REVIEWS = 'datagen.reviews.jsonl'
const OUTPUTS = ['data/train.jsonl', 'data/train.meta.jsonl', 'datagen.lock']

class Person extends Repository {
  async review(...args: string[]): Promise<string> {
    const ran = await this.run('review', ...args)
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    return ran.stdout
  }
  outputs(): string[] {
    return OUTPUTS.map((name) => this.read(name))
  }
  async rewrite(cell: string, words: string): Promise<void> {
    const text = await this.review('--print', cell)
    this.write('edited.md', text.replace(/### assistant\n[\s\S]*/, `### assistant\n${words}\n`))
    await this.review('--edit', cell, '--from', 'edited.md')
  }
  /** Takes the other's commits in; `.gitattributes` says how. */
  async merge(other: Person): Promise<void> {
    await this.git('fetch', '-q', other.root, 'main')
    await this.git('merge', '-q', '--no-edit', 'FETCH_HEAD')
  }
}

describe('two people', () => {
  it('review on two machines, merge with git, and build the same', async () => {
    using anna = new Person(
      {
        'datagen.config.yaml': config(),
        '.gitignore': '.datagen/\n.home/\ndata/\ndatagen.lock\nedited.md\nanswers*\n',
        '.gitattributes': `${REVIEWS} merge=union\n`,
      },
      { DATAGEN_REVIEWER: 'anna' },
    )
    expect((await anna.run('build')).code).toBe(0)
    await anna.review('--accept', 'csv')
    const base = await anna.commit()
    expect((await anna.run('cache', 'export', 'answers.jsonl')).code).toBe(0)

    using ben = new Person({}, { DATAGEN_REVIEWER: 'ben' })
    await ben.git('init', '-q', '-b', 'main')
    await ben.git('fetch', '-q', anna.root, 'main')
    await ben.git('reset', '-q', '--hard', base)
    writeFileSync(ben.path('answers.jsonl'), readFileSync(anna.path('answers.jsonl')))
    expect((await ben.run('cache', 'import', 'answers.jsonl')).code).toBe(0)
    expect((await ben.run('build')).code).toBe(0)
    expect(ben.outputs()).toEqual(anna.outputs())
    const calls = (await server.requests()).length

    // Each judges rows of their own, one row both edit, on one they differ, and anna changes her mind about csv.
    await anna.review('--reject', 'csv', '--reason', 'too long')
    await anna.review('--accept', 'json')
    await anna.rewrite('yaml', 'By anna.')
    await anna.rewrite('xml', 'Only by anna.')
    await anna.commit()
    await ben.review('--reject', 'json', '--reason', 'wrong')
    await ben.review('--reject', 'toml', '--reason', 'rude')
    await ben.rewrite('yaml', 'By ben.')
    await ben.commit()

    await anna.merge(ben)
    await ben.merge(anna)
    for (const person of [anna, ben]) {
      const ran = await person.run('build')
      expect(ran.code).toBe(0)
      expect(ran.stderr).toContain('1 edited row no longer stands')
      expect(ran.stderr).toContain('1 row is judged differently by two people')
      expect(await person.review('--conflicts', '--json')).toBe(await anna.review('--conflicts', '--json'))
    }
    expect(ben.outputs()).toEqual(anna.outputs())
    const rows = anna.lines('data/train.jsonl').map((line) => JSON.parse(line).messages[1].content)
    // Rejected: csv, json (the stricter), toml. Of the two edits the one that every copy of the file comes to.
    expect(rows).toHaveLength(3)
    expect(rows[0]).toBe('By ben.')
    expect(rows[1]).toBe('Only by anna.')

    // One of them decides; the other takes it in, and the file is the same on both, whoever merged.
    await anna.review('--keep', 'yaml')
    await anna.review('--accept', 'ini')
    await anna.commit()
    await ben.merge(anna)
    expect(await ben.review('--conflicts')).not.toContain('yaml')
    for (const person of [anna, ben]) await person.run('build')
    expect(ben.outputs()).toEqual(anna.outputs())
    expect(ben.read(REVIEWS)).toBe(anna.read(REVIEWS))
    expect(await server.requests()).toHaveLength(calls)
  })

  it('without the attribute git stops at the conflict, and so does every build, until the markers are gone', async () => {
    using at = new Person(
      {
        'datagen.config.yaml': config().replace(', json, toml, yaml, xml, ini', ''),
        '.gitignore': '.datagen/\n.home/\ndata/\ndatagen.lock\n',
      },
      { DATAGEN_REVIEWER: 'anna' },
    )
    await at.run('build')
    await at.commit()
    await at.git('checkout', '-q', '-b', 'other')
    await at.review('--reject', 'csv', '--reason', 'one')
    await at.commit()
    await at.git('checkout', '-q', 'main')
    await at.review('--reject', 'csv', '--reason', 'two', '--as', 'ben')
    await at.commit()
    await expect(at.git('merge', '-q', 'other')).rejects.toThrow()
    const before = at.read(REVIEWS)
    expect(before).toContain('<<<<<<<')
    expect(await at.run('build')).toMatchObject({ code: 2, stderr: expect.stringContaining('merge=union') })
    expect(await at.run('review', '--undo', 'csv')).toMatchObject({ code: 2 })
    expect(at.read(REVIEWS)).toBe(before)
    at.write(REVIEWS, before.replace(/^[<=>]{7}.*\n/gm, ''))
    expect((await at.run('build')).code).toBe(0)
    expect((await at.run('show', 'cells')).stdout).toBe('rejected  csv   review: one; two\n')
  })
})

describe('a revision', () => {
  it('has its own reviews: `diff` says which rows people changed since', async () => {
    using at = new Person(
      { 'datagen.config.yaml': config(), '.gitignore': '.datagen/\n.home/\ndata/\nedited.md\n' },
      { DATAGEN_REVIEWER: 'anna' },
    )
    await at.run('build')
    await at.review('--reject', 'csv', '--reason', 'no')
    await at.run('build')
    await at.commit()
    await at.review('--undo', 'csv')
    await at.review('--reject', 'json', '--reason', 'no')
    await at.rewrite('toml', 'Edited.')
    const calls = (await server.requests()).length
    const lines = (await at.run('diff', '--json', '--text')).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    expect(lines.filter(({ type }) => type === 'row').map(({ change, label, why }) => [change, label, why])).toEqual([
      ['added', 'csv', 'no longer rejected by review'],
      ['changed', 'toml', 'edited by a person'],
      ['dropped', 'json', 'rejected by review'],
    ])
    expect(lines.find(({ label }) => label === 'toml')).toMatchObject({ after: 'assistant: Edited.' })
    expect(await server.requests()).toHaveLength(calls)
  })
})
