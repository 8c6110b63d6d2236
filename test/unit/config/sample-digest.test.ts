import { closeSync, cpSync, ftruncateSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sampleDigest } from '../../../src/config/sample-digest.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datagen-sample-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const GIB = 2 ** 30

/** Sparse: it takes no room. */
function large(name: string, bytes: number, marks: readonly (readonly [at: number, text: string])[] = []): string {
  const path = join(dir, name)
  const file = openSync(path, 'w')
  ftruncateSync(file, bytes)
  for (const [at, text] of marks) writeSync(file, text, at)
  closeSync(file)
  return path
}

it('a small file is known by every byte, whatever its name and time', () => {
  const path = join(dir, 'a')
  writeFileSync(path, 'GGUF weights')
  const digest = sampleDigest(path)
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  cpSync(path, join(dir, 'b'))
  utimesSync(path, 0, 0)
  expect([sampleDigest(path), sampleDigest(join(dir, 'b'))]).toEqual([digest, digest])
  writeFileSync(path, 'GGUF weighty')
  expect(sampleDigest(path)).not.toBe(digest)
})

it('one of five gigabytes is known by its size, its ends and pages between them', () => {
  const plain = sampleDigest(large('plain', 5 * GIB))
  const others = [
    large('longer', 5 * GIB + 1),
    large('beginning', 5 * GIB, [[100, 'x']]),
    large('end', 5 * GIB, [[5 * GIB - 1, 'x']]),
    large(
      'everywhere',
      5 * GIB,
      Array.from({ length: 5 * 1024 }, (_, n) => [n * 2 ** 20, 'x'.repeat(4096)] as const),
    ),
  ].map(sampleDigest)
  expect(new Set([plain, ...others]).size).toBe(5)
  expect(sampleDigest(large('again', 5 * GIB))).toBe(plain)
})

it('what is no file has none', () => {
  expect([sampleDigest(join(dir, 'nowhere')), sampleDigest(dir)]).toEqual([null, null])
})
