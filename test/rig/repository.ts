/** A project inside a git repository of its own, with nobody's settings. */
import { execa } from 'execa'
import { Project } from './project.ts'

export class Repository extends Project {
  async git(...args: string[]): Promise<string> {
    const { stdout } = await execa('git', args, { cwd: this.root, env: this.gitEnv, extendEnv: false })
    return stdout
  }

  get gitEnv(): Record<string, string> {
    const who = { NAME: 'A Person', EMAIL: 'person@example.org', DATE: '2026-01-01T00:00:00Z' }
    const roles = ['AUTHOR', 'COMMITTER'].flatMap((role) => Object.entries(who).map(([name, value]) => [`GIT_${role}_${name}`, value]))
    return { ...this.env, ...Object.fromEntries(roles), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  }

  /** Commits everything that is not ignored; the first time, in a new repository. */
  async commit(message = 'a commit'): Promise<string> {
    if (!this.has('.git')) await this.git('init', '-q', '-b', 'main')
    await this.git('add', '-A')
    await this.git('commit', '-q', '--allow-empty', '-m', message)
    return this.git('rev-parse', 'HEAD')
  }
}
