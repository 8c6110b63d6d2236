/** Whether a model file can be run here: the package that runs it, the file, the machine's memory beside it. */
import { statSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { ModelSpec } from '../../config/dataset.ts'
import { llamaVersion } from '../../generate/providers/local/package.ts'
import type { Check } from '../../report/doctor-text.ts'
import { size } from '../cache/size.ts'

/** Loads neither the package nor the file, which may take a minute. */
export function localChecks({ name, local }: ModelSpec, root: string): Check[] {
  const version = llamaVersion(root)
  const runner: Check =
    version === undefined
      ? {
          id: 'package',
          level: 'problem',
          text: 'node-llama-cpp, which runs model files, is not installed',
          fix: 'npm install node-llama-cpp',
        }
      : { id: 'package', level: 'ok', text: `node-llama-cpp ${version}` }
  const price: Check = { id: 'price', level: 'ok', text: 'runs in this process: costs nothing' }
  return [runner, fileCheck(name, local), price]
}

function fileCheck(name: string, local: ModelSpec['local']): Check {
  const { file = '', download } = local ?? {}
  if (file.startsWith('hf:')) {
    const text = `${file}, as node-llama-cpp keeps it for all projects`
    return download
      ? { id: 'file', level: 'ok', text: `${text}; downloaded when it is not here` }
      : { id: 'file', level: 'ok', text, fix: `if it is not here, models.${name}.local.download: true lets it be fetched` }
  }
  const bytes = statSync(file, { throwIfNoEntry: false })?.size
  if (bytes === undefined) return { id: 'file', level: 'problem', text: `${file} is gone`, fix: `correct the path of models.${name}` }
  const text = `${file}, ${size(bytes)}; this machine has ${size(totalmem())} of memory`
  return bytes > totalmem()
    ? { id: 'file', level: 'warning', text, fix: 'a smaller quantisation would fit' }
    : { id: 'file', level: 'ok', text }
}
