/** Files that are old or new, never in between; and nothing outside the project, ever. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AtomicFile } from '../../../src/write/atomic-file.ts'
import { writeNew } from '../../../src/write/new.ts'
import { cleanTemps, discardPartial } from '../../../src/write/temps.ts'
import { writeAtomically } from '../../rig/write-atomically.ts'
import { tempFolder } from '../store/responses.ts'

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const line = (n: number) => `{"row":${n},"text":"${'é'.repeat(200)}"}\n`
const rows = (count: number) => Array.from({ length: count }, (_, n) => line(n))

/** Whether the file was left alone: same inode and same time. */
function identity(path: string): unknown {
  const { ino, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return { ino, mtimeNs, ctimeNs }
}

describe('writing', () => {
  it('makes the file and its folders, and tells its size and digest', async () => {
    const root = tempFolder()
    const path = join(root, 'a/b/train.jsonl')
    const text = rows(3000).join('')
    expect(await writeAtomically(path, rows(3000), { root })).toEqual({
      what: 'written',
      bytes: Buffer.byteLength(text),
      sha256: sha256(text),
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(join(root, 'a/b'))).toEqual(['train.jsonl'])
  })

  it('takes bytes and text, also from an async source, and nothing at all', async () => {
    const root = tempFolder()
    async function* source() {
      yield 'é'
      yield Buffer.from('\n')
    }
    expect(await writeAtomically('x', source(), { root })).toMatchObject({ what: 'written', bytes: 3 })
    expect(await writeAtomically('empty', [], { root })).toEqual({ what: 'written', bytes: 0, sha256: sha256('') })
    expect(await writeAtomically('empty', [], { root })).toMatchObject({ what: 'unchanged', bytes: 0 })
    expect(readdirSync(root).sort()).toEqual(['empty', 'x'])
  })

  it('does not touch a file whose bytes stay the same, nor its folder', async () => {
    const root = tempFolder()
    await writeAtomically('data/t', rows(3000), { root })
    utimesSync(join(root, 'data'), 1, 1)
    const before = [identity(join(root, 'data/t')), identity(join(root, 'data'))]
    const text = rows(3000).join('')
    expect(await writeAtomically('data/t', rows(3000), { root })).toEqual({
      what: 'unchanged',
      bytes: Buffer.byteLength(text),
      sha256: sha256(text),
    })
    expect([identity(join(root, 'data/t')), identity(join(root, 'data'))]).toEqual(before)
  })

  it.each([
    ['its first row', rows(3000).with(0, 'x\n')],
    ['a row in the middle', rows(3000).with(1500, line(1))],
    ['its last byte', rows(3000).with(2999, line(2999).replace('\n', ' '))],
    ['more rows', rows(3001)],
    ['fewer rows', rows(1499)],
    ['no rows', []],
  ])('replaces a file that differs by %s', async (_, next) => {
    const root = tempFolder()
    await writeAtomically('t', rows(3000), { root })
    chmodSync(join(root, 't'), 0o640)
    linkSync(join(root, 't'), join(root, 'other-name'))
    const text = next.join('')
    expect(await writeAtomically('t', next, { root })).toEqual({ what: 'written', bytes: Buffer.byteLength(text), sha256: sha256(text) })
    expect(readFileSync(join(root, 't'), 'utf8')).toBe(text)
    expect(statSync(join(root, 't')).mode & 0o777).toBe(0o640)
    expect(readFileSync(join(root, 'other-name'), 'utf8')).toBe(rows(3000).join(''))
    expect(readdirSync(root).sort()).toEqual(['other-name', 't'])
  })

  it('leaves the old file and no temporary one when the source fails half-way', async () => {
    const root = tempFolder()
    writeFileSync(join(root, 't'), 'old')
    function* failing() {
      yield* rows(3000)
      throw new Error('the source failed')
    }
    await expect(writeAtomically('t', failing(), { root })).rejects.toThrow('the source failed')
    expect([readFileSync(join(root, 't'), 'utf8'), readdirSync(root)]).toEqual(['old', ['t']])
  })

  it('refuses to mix two versions when another program changes the old file meanwhile', () => {
    const root = tempFolder()
    writeFileSync(join(root, 't'), 'a'.repeat(600_000))
    using file = new AtomicFile('t', root)
    file.write('a'.repeat(300_000))
    writeFileSync(join(root, 't'), 'b'.repeat(600_000))
    expect(() => file.write('c'.repeat(300_000))).toThrow(expect.objectContaining({ name: 'WriteFailure' }))
    expect([readFileSync(join(root, 't'), 'utf8')[0], readdirSync(root)]).toEqual(['b', ['t']])
  })

  it('keeps the bytes it was given, whatever happens to the buffer afterwards', () => {
    const root = tempFolder()
    using file = new AtomicFile('t', root)
    const buffer = Buffer.from('first\n')
    file.write(buffer)
    buffer.write('later\n')
    file.write(buffer)
    file.commit()
    expect(readFileSync(join(root, 't'), 'utf8')).toBe('first\nlater\n')
    expect(() => file.write('more')).toThrow(/^datagen bug:/)
  })
})

describe('what is refused, and left as it was', () => {
  it.each([
    ['a symbolic link', 'the file is a symbolic link', (root: string) => symlinkSync('victim', join(root, 't'))],
    ['a dangling link', 'the file is a symbolic link', (root: string) => symlinkSync('/nowhere/at/all', join(root, 't'))],
    ['a folder', 'there is a folder of this name', (root: string) => mkdirSync(join(root, 't'))],
    ['a pipe', 'the path is not an ordinary file', (root: string) => execFileSync('mkfifo', [join(root, 't')])],
  ])('%s', async (_, headline, make) => {
    const root = tempFolder()
    writeFileSync(join(root, 'victim'), 'mine')
    make(root)
    const before = readdirSync(root)
    await expect(writeAtomically('t', ['x'], { root })).rejects.toMatchObject({ name: 'WriteFailure', exitCode: 6, message: headline })
    expect([readFileSync(join(root, 'victim'), 'utf8'), readdirSync(root)]).toEqual(['mine', before])
  })

  it.each([['../outside'], ['/tmp/datagen-outside'], ['link/x'], ['link/new/x'], ['data/../../outside']])(
    'the path %s, which leads out of the project',
    async (path) => {
      const above = tempFolder()
      const root = join(above, 'project')
      mkdirSync(root)
      mkdirSync(join(above, 'elsewhere'))
      symlinkSync('../elsewhere', join(root, 'link'))
      await expect(writeAtomically(path, ['x'], { root })).rejects.toMatchObject({
        message: 'the file lies outside the project',
        exitCode: 6,
      })
      expect([readdirSync(above).sort(), readdirSync(join(above, 'elsewhere'))]).toEqual([['elsewhere', 'project'], []])
    },
  )

  it('but not a link inside the project to a folder inside the project, nor a project reached by a link', async () => {
    const above = tempFolder()
    mkdirSync(join(above, 'project/data'), { recursive: true })
    symlinkSync('data', join(above, 'project/link'))
    symlinkSync('project', join(above, 'alias'))
    expect(await writeAtomically('link/x', ['1'], { root: join(above, 'alias') })).toMatchObject({ what: 'written' })
    expect(readFileSync(join(above, 'project/data/x'), 'utf8')).toBe('1')
  })
})

describe('leftovers', () => {
  it('of dead runs are removed, those of live ones and other files are not', () => {
    const root = tempFolder()
    const dead = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }))
    const names = [`.datagen-tmp-${dead}-0a1b`, `.datagen-tmp-${process.ppid}-0a1b`, '.datagen-tmp-notes', 'train.jsonl']
    for (const name of names) writeFileSync(join(root, name), '')
    expect(cleanTemps([join(root, 'train.jsonl'), join(root, 'valid.jsonl'), '/no/such/folder/x'])).toBe(1)
    expect(readdirSync(root).sort()).toEqual([`.datagen-tmp-${process.ppid}-0a1b`, '.datagen-tmp-notes', 'train.jsonl'])
  })

  it('that are partial go when the complete file stands, and nothing else goes', () => {
    const root = tempFolder()
    for (const name of ['train.jsonl', 'train.partial.jsonl']) writeFileSync(join(root, name), '')
    mkdirSync(join(root, 'x.partial.jsonl'))
    expect(
      ['train.partial.jsonl', 'train.partial.jsonl', 'train.jsonl', 'x.partial.jsonl'].map((name) => discardPartial(join(root, name))),
    ).toEqual([true, false, false, false])
    expect(readdirSync(root).sort()).toEqual(['train.jsonl', 'x.partial.jsonl'])
  })
})

it('a file that must be new is never written over', async () => {
  const root = tempFolder()
  expect(await writeNew(join(root, 'datagen.config.ts'), 'first')).toBe('written')
  expect(await writeNew(join(root, 'datagen.config.ts'), 'second')).toBe('exists')
  expect(readFileSync(join(root, 'datagen.config.ts'), 'utf8')).toBe('first')
})
