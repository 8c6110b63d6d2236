/** docs/lock-and-diff.md, executed: its console blocks are run one after another in a repository, and compared. */
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { expect, it } from 'vitest'
import { BIN } from '../rig/project.ts'
import { Repository } from '../rig/repository.ts'

const DOC = readFileSync(new URL('../../docs/lock-and-diff.md', import.meta.url), 'utf8')
const blocks = (language: string) =>
  [...DOC.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)

/** Without what differs from day to day, and with the format of the keys. */
function steady(text: string): string {
  return text
    .replace(/written \S+Z/g, 'written T')
    .replace(/\d+ KB/g, 'N KB')
    .replace(/\([0-9a-f]{8}\)/g, '(COMMIT)')
    .replace(/"[0-9a-f]{32}"/g, '"ROWS"')
    .trimEnd()
}

it('shows what really happens', async () => {
  const [config = ''] = blocks('yaml')
  using at = new Repository({ 'datagen.config.yaml': config, '.gitignore': '.datagen\ndata\n.home\n', 'datagen.lock': '' })
  await at.commit()
  let commands = 0
  for (const text of blocks('console')) {
    for (const [, command = '', shown = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const line = command.replace(/^datagen/, `${process.execPath} ${BIN}`)
      const { all } = await execa(line, { shell: true, cwd: at.root, env: at.gitEnv, extendEnv: false, all: true, reject: false })
      expect(steady(`$ ${command}\n${all}`)).toBe(steady(`$ ${command}\n${shown}`))
      commands++
    }
  }
  expect(commands).toBe(10)
})
