/** Copies of finished outputs: sound ones bring a lost file back, others are never believed. */
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keepsakesIn } from '../../../src/write/keepsakes.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'datagen-keepsakes-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const TEXT = 'one\ntwo\n'
const DIGEST = createHash('sha256').update(TEXT).digest('hex')
const path = () => join(root, 'train.jsonl')
const kept = () => keepsakesIn(join(root, 'kept'))

it('bring a deleted file back without taking room beside it', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  expect(statSync(path()).nlink).toBe(2)
  rmSync(path())
  expect([kept().holds(path(), TEXT.length, DIGEST), kept().restore(path(), root, DIGEST)]).toEqual([false, true])
  expect([readFileSync(path(), 'utf8'), kept().holds(path(), TEXT.length, DIGEST)]).toEqual([TEXT, true])
  expect(readdirSync(root).sort()).toEqual(['kept', 'train.jsonl'])
})

it('replace a file that was changed', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  rmSync(path())
  writeFileSync(path(), 'something else')
  expect(kept().restore(path(), root, DIGEST)).toBe(true)
  expect(readFileSync(path(), 'utf8')).toBe(TEXT)
})

it('are not believed when the file was edited in place, which edits the copy too', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  appendFileSync(path(), 'three\n')
  expect([kept().holds(path(), TEXT.length, DIGEST), kept().restore(path(), root, DIGEST)]).toEqual([false, false])
  expect([readFileSync(path(), 'utf8'), readdirSync(join(root, 'kept'))]).toEqual([`${TEXT}three\n`, []])
})

it('are kept anew when the file of that digest is another one now', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  rmSync(path())
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  expect(statSync(path()).nlink).toBe(2)
})

it('never write through a link or outside the project', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  rmSync(path())
  writeFileSync(join(root, 'victim'), 'mine')
  symlinkSync(join(root, 'victim'), path())
  expect(kept().restore(path(), root, DIGEST)).toBe(false)
  expect(kept().restore(join(root, '..', 'outside.jsonl'), root, DIGEST)).toBe(false)
  expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('mine')
})

it('are forgotten unless they are named', () => {
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  writeFileSync(join(root, 'kept', 'stray'), '')
  kept().prune(new Set([DIGEST]))
  expect(readdirSync(join(root, 'kept'))).toEqual([DIGEST])
  kept().prune(new Set())
  expect([readdirSync(join(root, 'kept')), readFileSync(path(), 'utf8')]).toEqual([[], TEXT])
})

it('are harmless where nothing can be kept', () => {
  writeFileSync(join(root, 'kept'), 'a file in the way')
  writeFileSync(path(), TEXT)
  kept().keep(path(), DIGEST)
  kept().prune(new Set())
  expect(kept().restore(path(), root, DIGEST)).toBe(false)
})
