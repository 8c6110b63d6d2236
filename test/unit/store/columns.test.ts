/** Columns on disk: read back as they were written, or not at all. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Column, forgetColumns, readColumns, writeColumns } from '../../../src/store/columns.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datagen-columns-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const path = () => join(dir, '.datagen', 'columns.bin')
const some = (): ReadonlyMap<string, Column> =>
  new Map<string, Column>([
    ['state', Uint8Array.of(1, 2, 3)],
    ['models', Uint16Array.of(65535)],
    ['nothing', new Uint32Array()],
    ['answers', Uint32Array.of(4294967295, 0, 7)],
    ['usd', Float64Array.of(0.1, -0, Number.MAX_VALUE)],
  ])

it('are read as they were written, whatever their lengths', () => {
  const column = fc.oneof(
    fc.uint8Array({ maxLength: 9 }),
    fc.uint16Array({ maxLength: 9 }),
    fc.uint32Array({ maxLength: 9 }),
    fc.float64Array({ maxLength: 9 }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.string(), column), { maxLength: 6, selector: ([name]) => name }), fc.json(), (entries, head) => {
      writeColumns(path(), { head: JSON.parse(head), arrays: new Map(entries) })
      const read = readColumns(path())
      expect(read?.head).toEqual(JSON.parse(head))
      expect([...(read?.arrays ?? [])]).toEqual(entries)
    }),
  )
})

it('are for their owner only and leave nothing else behind', () => {
  writeColumns(path(), { head: {}, arrays: some() })
  expect(statSync(path()).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(dir, '.datagen')).sort()).toEqual(['.gitignore', 'columns.bin'])
  forgetColumns(path())
  expect(readColumns(path())).toBeUndefined()
})

it('say nothing when any byte of the file is another, is missing, or is too many', () => {
  writeColumns(path(), { head: { some: 'thing' }, arrays: some() })
  const sound = readFileSync(path())
  for (let at = 0; at < sound.length; at++) {
    const broken = Buffer.from(sound)
    broken[at] = (broken[at] as number) ^ (1 << (at % 8))
    writeFileSync(path(), broken)
    expect(readColumns(path()), `byte ${at}`).toBeUndefined()
  }
  for (const length of [0, 4, 12, 44, sound.length - 1]) {
    writeFileSync(path(), sound.subarray(0, length))
    expect(readColumns(path())).toBeUndefined()
  }
  writeFileSync(path(), Buffer.concat([sound, Buffer.from('x')]))
  expect(readColumns(path())).toBeUndefined()
  rmSync(path())
  mkdirSync(path())
  expect(readColumns(path())).toBeUndefined()
})
