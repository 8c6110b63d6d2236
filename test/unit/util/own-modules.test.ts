/** Modules that name each other are found without asking the disk; everything else is left to Node. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tempFolder } from '../store/responses.ts'

const ROOT = join(import.meta.dirname, '../../..')
const { ownModule } = createRequire(import.meta.url)(
  '../../../src/util/own-modules.cts',
) as typeof import('../../../src/util/own-modules.cts')

const BASE = 'file:///opt/datagen/dist/'

it.each([
  ['./plan/plan.js', `${BASE}src/cli.js`, `${BASE}src/plan/plan.js`],
  ['../../schema/validator.generated.js', `${BASE}src/config/validate.js`, `${BASE}schema/validator.generated.js`],
])('%s of %s is %s', (name, from, url) => {
  expect(ownModule(BASE, '.js', name, from)).toBe(url)
})

it.each<[string, string | undefined, string]>([
  ['yaml', `${BASE}src/cli.js`, 'a package'],
  ['./listing.cjs', `${BASE}src/config/listing-of.js`, 'CommonJS'],
  ['./mine.js', 'file:///home/me/datagen.config.js', "somebody's own module"],
  ['./mine.js', 'file:///opt/datagen/dist-of-another/a.js', 'a folder with a longer name'],
  ['./cli.js', undefined, 'what nobody asks for'],
])('%s of %s is left to Node: %s', (name, from) => {
  expect(ownModule(BASE, '.js', name, from)).toBeUndefined()
})

it('the built command runs from a folder with spaces and signs in its name, through a link to it, and beside modules of the same names', () => {
  const root = tempFolder()
  const home = join(root, 'of mine, 100 % ä#?')
  mkdirSync(home)
  for (const part of ['dist', 'presets', 'package.json']) cpSync(join(ROOT, part), join(home, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'))
  symlinkSync(home, join(root, 'link'))
  writeFileSync(join(root, 'cli.js'), 'throw new Error("not this one")')
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'link/dist/src/bin.cjs'), 'presets'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('domains')
})
