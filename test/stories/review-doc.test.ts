/** docs/review.md, executed: its console blocks are run one after another, and compared. */
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { BIN, Project } from '../rig/project.ts'

const DOC = readFileSync(new URL('../../docs/review.md', import.meta.url), 'utf8')
const blocks = (language: string) =>
  [...DOC.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)

it('shows what really happens', async () => {
  const [config = ''] = blocks('yaml')
  using at = new Project({ 'datagen.config.yaml': config })
  let commands = 0
  for (const text of blocks('console')) {
    for (const [, command = '', shown = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const line = command.replace(/^datagen/, `${process.execPath} ${BIN}`)
      const { all } = await execa(line, { shell: true, cwd: at.root, env: at.env, extendEnv: false, all: true, reject: false })
      // A list of rows is in the order of their digests, which a simulated answer decides.
      const lines = (printed: string) => (command.includes('--list') ? printed.trim().split('\n').sort() : printed.trim().split('\n'))
      expect([command, ...lines(all)]).toEqual([command, ...lines(shown)])
      commands++
    }
  }
  expect(commands).toBe(14)
})
