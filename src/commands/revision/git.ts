/** Questions to git, asked so that the repository stays as it is and nobody is asked for a password. */
import { execa } from 'execa'
import { DatagenError } from '../../util/diagnostic.ts'
import { suggest } from '../../util/suggest.ts'
import type { Environment } from '../environment.ts'

/** Set while git runs a hook: they would send us to the hook's index instead of a fresh one. */
const PLACES = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_OBJECT_DIRECTORY', 'GIT_COMMON_DIR']
const QUIET = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' }
/** No program of the repository's own configuration runs, and no part of the tree is left out. */
const PLAIN = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.sparseCheckout=false']

export class Git {
  readonly #cwd: string
  readonly #env: NodeJS.ProcessEnv
  readonly #signal: AbortSignal

  constructor(cwd: string, env: Environment['env'], signal: AbortSignal) {
    this.#cwd = cwd
    this.#env = { ...Object.fromEntries(Object.entries(env).filter(([name]) => !PLACES.includes(name))), ...QUIET }
    this.#signal = signal
  }

  async #try(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ output: string } | { problem: string }> {
    const result = await execa('git', [...PLAIN, ...args], {
      cwd: this.#cwd,
      env: { ...this.#env, ...env },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      cancelSignal: this.#signal,
    })
    this.#signal.throwIfAborted()
    if (!result.failed) return { output: result.stdout }
    if (result.code === 'ENOENT')
      throw failure('git/missing', 'git is not installed, or not on the PATH', [], 'install git, then try again')
    return { problem: (result.stderr || result.shortMessage || 'no reason given').split('\n')[0] as string }
  }

  async #demand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const ran = await this.#try(args, env)
    if ('output' in ran) return ran.output
    throw failure('git/failed', 'git could not read that revision', [['git', ran.problem]], 'see whether `git status` works here')
  }

  /** The top folder of the repository, and the way from it to where we are: `''` or `sub/folder/`. */
  async whereabouts(): Promise<{ top: string; prefix: string }> {
    const ran = await this.#try(['rev-parse', '--show-toplevel', '--show-prefix'])
    if ('problem' in ran)
      throw failure(
        'git/no-repository',
        'there is no git repository here to compare with',
        [
          ['folder', this.#cwd],
          ['git', ran.problem],
        ],
        'run this inside a repository in which the config is committed',
      )
    const [top = '', prefix = ''] = ran.output.split('\n')
    return { top, prefix }
  }

  /** The commit's full name. */
  async commit(revision: string): Promise<string> {
    // What begins with a dash would be a flag to git.
    const named = !/^-|^$|[\0\n]/.test(revision)
    const ran = named ? await this.#try(['rev-parse', '--verify', `${revision}^{commit}`]) : { problem: 'not a name of a revision' }
    if ('output' in ran) return ran.output
    const refs = await this.#try(['for-each-ref', '--format=%(refname:short)'])
    const suggestion = suggest(revision, ['HEAD', ...('output' in refs ? refs.output.split('\n') : [])])
    throw failure(
      'git/unknown-revision',
      `git knows no revision "${revision}"`,
      [['git', ran.problem]],
      suggestion !== undefined && suggestion !== revision
        ? `did you mean "${suggestion}"?`
        : revision === 'HEAD'
          ? 'nothing is committed here yet'
          : 'name a commit, a branch or a tag, such as HEAD~1 or main',
    )
  }

  /** What its owner is called, if git knows. */
  async userName(): Promise<string | undefined> {
    const result = await execa('git', [...PLAIN, 'config', 'user.name'], {
      cwd: this.#cwd,
      env: this.#env,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
    })
    return result.failed ? undefined : result.stdout.trim() || undefined
  }

  /** Writes the files of a commit below `tree`, by an index of its own. From the top: elsewhere git writes that folder only. */
  async export(commit: string, top: string, tree: string, index: string): Promise<void> {
    const env = { GIT_INDEX_FILE: index }
    await this.#demand(['-C', top, 'read-tree', commit], env)
    await this.#demand(['-C', top, 'checkout-index', '--all', '--quiet', `--prefix=${tree}/`], env)
  }
}

function failure(code: string, headline: string, facts: [string, string][], hint: string): DatagenError {
  return new DatagenError({ code, severity: 'error', headline, facts, hint })
}
