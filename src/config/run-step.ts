/** `run` steps: a command, its limits, and the project files it names, which belong to its key. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { RunStep } from '../../schema/config.ts'
import type { Complaints } from './complaints.ts'
import type { RunSpec } from './dataset.ts'
import { sha256 } from './digest.ts'
import type { ConfigPath } from './locate.ts'
import { currentRecorder } from './recorder.ts'
import { insideProject, isOutside, realPath } from './tracked.ts'

const DEFAULT_TIMEOUT_SECONDS = 30
const LONGEST_NAME = 4096 // PATH_MAX; a longer argument is no file name

export function runSpec(
  name: string,
  step: Pick<RunStep, 'run' | 'timeoutSeconds' | 'env' | 'version'>,
  path: ConfigPath,
  { root, complaints }: { readonly root: string; readonly complaints: Complaints },
  who = `step "${name}"`,
): RunSpec {
  step.run.forEach((argument, i) => {
    if (argument.includes('\0')) complaints.add('bad-value', [...path, 'run', i], 'an argument cannot hold a NUL character')
  })
  if (step.run[0]?.trim() === '') complaints.add('bad-value', [...path, 'run', 0], `${who} names no program`)
  step.env?.forEach((variable, i) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
      complaints.add('bad-env-name', [...path, 'env', i], `entry ${i + 1} of "env" is not the name of an environment variable`, {
        frame: false,
        hint: 'give names only; the values come from the environment',
      })
  })
  return {
    kind: 'run',
    name,
    argv: step.run,
    timeoutMs: (step.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    env: step.env ?? [],
    files: filesIn(step.run, root),
    ...(step.version === undefined ? {} : { version: String(step.version) }),
  }
}

/** Digests of files that a command depends on without naming them; one that is not there is the config's fault. */
export function filesOf(paths: readonly string[], path: ConfigPath, root: string, complaints: Complaints): { [path: string]: string } {
  const files: { [path: string]: string } = {}
  for (const [i, name] of paths.entries()) {
    const absolute = insideProject(root, name)
    const bytes = statSync(absolute, { throwIfNoEntry: false })?.isFile() ? readFileSync(absolute) : null
    currentRecorder()?.file(absolute, bytes)
    if (bytes === null) complaints.add('file-missing', [...path, i], `there is no file "${name}"`)
    else files[name] = sha256(bytes)
  }
  return files
}

/** Digests of the files of the project among the arguments. Where none is, its absence is noted: it may appear. */
function filesIn(argv: readonly string[], root: string): { [path: string]: string } {
  const files: { [path: string]: string } = {}
  for (const argument of argv) {
    if (argument === '' || argument.startsWith('-') || argument.includes('\0') || argument.length > LONGEST_NAME) continue
    const absolute = resolve(root, argument)
    if (isOutside(root, absolute) || isOutside(realPath(root), realPath(absolute))) continue
    const bytes = statSync(absolute, { throwIfNoEntry: false })?.isFile() ? readFileSync(absolute) : null
    currentRecorder()?.file(absolute, bytes)
    if (bytes !== null) files[argument] = sha256(bytes)
  }
  return files
}
