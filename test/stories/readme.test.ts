/** The README, executed: its configs are loaded and planned, its console blocks are run and compared. */
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { ollamaAt } from '../rig/ollama.ts'
import { BIN, Project } from '../rig/project.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

interface Block {
  readonly language: string
  readonly text: string
}

const blocks: Block[] = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }))
const scripts = blocks.filter(({ language }) => language === 'ts')
const yamls = blocks.filter(({ language }) => language === 'yaml')

/** Without what differs from run to run: times and names of runs. */
function steady(text: string): string {
  return text
    .replace(/\b\d+(\.\d+)? (ms|s)\b/g, 'N ms')
    .replace(/run [0-9T:Z-]+-[0-9a-f]{8}/g, 'run R')
    .trimEnd()
}

describe('README', () => {
  it('has the blocks that are checked here', () => {
    expect([scripts.length, yamls.length, blocks.filter(({ language }) => language === 'console').length]).toEqual([3, 1, 2])
  })

  it.each([...scripts, ...yamls])('a config in it can be planned: $text', async ({ language, text }) => {
    using project = new Project({ [`datagen.config.${language}`]: text })
    expect(await project.run('plan')).toMatchObject({ code: 0, stderr: '' })
  })

  it('its method in ten lines builds four batches, the later ones from what the earlier lack', { timeout: 120_000 }, async () => {
    using project = new Project({ 'datagen.config.ts': (scripts.find(({ text }) => text.includes('fourStage')) as Block).text })
    delete project.env['OPENAI_API_KEY']
    Object.assign(project.env, ollamaAt())
    const names = ['foundation', 'complexity', 'coverage', 'polish']
    const planned = JSON.parse((await project.run('plan', '--json')).stdout) as {
      batches: { batch: string; items: number; provisional?: number }[]
    }
    expect(planned.batches.map(({ batch, items, provisional = 0 }) => [batch, items, provisional])).toEqual([
      ['foundation', 10, 0],
      ['complexity', 30, 0],
      ['coverage', 0, 40],
      ['polish', 0, 20],
    ])
    expect(await project.run('build', '--reporter', 'silent')).toMatchObject({ code: expect.toBeOneOf([0, 1]), stderr: '' })
    const { batches } = JSON.parse((await project.run('status', '--json')).stdout) as {
      batches: { batch: string; items: number; pending: number }[]
    }
    expect(batches.map(({ batch, pending }) => [batch, pending])).toEqual(names.map((name) => [name, 0]))
    expect(batches[2]?.items).toBeGreaterThan(0)
    const [coverage] = (await project.run('show', 'gaps', '--json')).stdout.split('\n').map((line) => line && JSON.parse(line)) as [
      { before: { gaps: { has: number; wants: number }[] }; now: { gaps: { has: number; wants: number }[] } },
    ]
    const missing = (gaps: { has: number; wants: number }[]) => gaps.reduce((n, { has, wants }) => n + wants - has, 0)
    expect(missing(coverage.now.gaps)).toBeLessThan(missing(coverage.before.gaps))
  })

  it('its console shows what really happens, from the first config on', { timeout: 60_000 }, async () => {
    using project = new Project({ 'datagen.config.ts': (scripts[0] as Block).text })
    const { OPENAI_API_KEY: _, ...known } = project.env
    const env = { ...known, ...ollamaAt() }
    for (const { text } of blocks.filter(({ language }) => language === 'console')) {
      for (const [, command = '', shown = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
        const line = command.replace(/^datagen/, `${process.execPath} ${BIN}`)
        const { all } = await execa(line, { shell: true, cwd: project.root, env, extendEnv: false, all: true, reject: false })
        expect(steady(`$ ${command}\n${all}`)).toBe(steady(`$ ${command}\n${shown}`))
      }
    }
  })

  it('names every command and flag that the program has', async () => {
    using project = new Project()
    const { stdout } = await project.run('--help')
    const commands = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name as string).filter((name) => name !== 'h')
    expect(commands.length).toBeGreaterThanOrEqual(8)
    for (const command of commands) expect(README).toContain(`datagen ${command}`)
  })
})
