/** A lock that a power cut meets half-way is the old one. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { onCrashPoint } from '../../../src/util/crash-point.ts'
import { writeLockFile } from '../../../src/write/lock-file.ts'
import { tempFolder } from '../store/responses.ts'

afterEach(() => onCrashPoint(undefined))

it('stays as it was when the process ends before the rename, and is not touched when nothing changed', () => {
  const root = tempFolder()
  const path = join(root, 'datagen.lock')
  expect(writeLockFile(path, root, 'one\n')).toBe('written')
  const { mtimeNs } = statSync(path, { bigint: true })
  expect(writeLockFile(path, root, 'one\n')).toBe('unchanged')
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs)
  let seen = ''
  onCrashPoint((point) => {
    seen = `${point}: ${readFileSync(path, 'utf8')}`
    throw new Error('cut off')
  })
  expect(() => writeLockFile(path, root, 'two\n')).toThrow('cut off')
  expect([seen, readFileSync(path, 'utf8'), readdirSync(root)]).toEqual(['before-lock-file: one\n', 'one\n', ['datagen.lock']])
  onCrashPoint(undefined)
  expect(writeLockFile(path, root, 'two\n')).toBe('written')
  expect(readFileSync(path, 'utf8')).toBe('two\n')
})
