import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keepCapability, readCapability } from '../../../src/store/capabilities.ts'

let dir: string
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'datagen-capabilities-')), '.datagen')
})
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }))

it('what is kept comes back, is replaced by what comes later, and is for its owner only', () => {
  expect(readCapability(dir, 'a')).toBe(undefined)
  keepCapability(dir, 'a', { n: 1 })
  keepCapability(dir, 'b', { n: 2 })
  keepCapability(dir, 'a', { n: 3 })
  expect([readCapability(dir, 'a'), readCapability(dir, 'b')]).toEqual([{ n: 3 }, { n: 2 }])
  expect(statSync(join(dir, 'capabilities.json')).mode & 0o777).toBe(0o600)
  expect(readdirSync(dir).sort()).toEqual(['.gitignore', 'capabilities.json'])
})

it('a broken or strange file counts as none and is replaced', () => {
  keepCapability(dir, 'a', 1)
  for (const text of ['{', 'null', '[]', '{"format":2,"uses":{"a":1}}', '{"format":1,"uses":[]}']) {
    writeFileSync(join(dir, 'capabilities.json'), text)
    expect(readCapability(dir, 'a')).toBe(undefined)
  }
  expect(readCapability(dir, 'constructor')).toBe(undefined)
  keepCapability(dir, 'a', 2)
  expect(readCapability(dir, 'a')).toBe(2)
})

it('a folder that cannot be written costs nothing', () => {
  writeFileSync(dir, 'a file where the folder should be')
  keepCapability(dir, 'a', 1)
  expect(readFileSync(dir, 'utf8')).toBe('a file where the folder should be')
})
