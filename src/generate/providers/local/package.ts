/** Finds node-llama-cpp: beside the config first, as a project installs it, else beside datagen. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DatagenError } from '../../../util/diagnostic.ts'
import { EXIT } from '../../../util/exit.ts'
import type { LlamaModule } from './llama.ts'

const NAME = 'node-llama-cpp'

/** Throws a `DatagenError` (exit 3) that says how to add it when it is not installed. */
export async function importLlama(root: string, model: string): Promise<LlamaModule> {
  const beside = mainFile(root)
  try {
    return (await import(beside === undefined ? NAME : pathToFileURL(beside).href)) as LlamaModule
  } catch (error) {
    if (beside === undefined && (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw missing(model)
    throw new DatagenError(
      {
        code: 'provider/broken-package',
        severity: 'error',
        headline: `${NAME} cannot be loaded, so the model "${model}" cannot be run`,
        hint: `install it anew: npm install ${NAME}`,
      },
      EXIT.provider,
    )
  }
}

/** The version that would be loaded for a project, for whoever only wants to know. */
export function llamaVersion(root: string): string | undefined {
  const folder = folderOf(root) ?? folderOf(import.meta.dirname)
  return folder === undefined ? undefined : String(manifest(folder).version)
}

function missing(model: string): DatagenError {
  return new DatagenError(
    {
      code: 'provider/missing-package',
      severity: 'error',
      headline: `the model "${model}" is a file on this machine, and ${NAME}, which runs such files, is not installed`,
      hint: `npm install ${NAME}`,
    },
    EXIT.provider,
  )
}

function mainFile(root: string): string | undefined {
  const folder = folderOf(root)
  const main = folder && manifest(folder).main
  return folder !== undefined && typeof main === 'string' ? join(folder, main) : undefined
}

function folderOf(start: string): string | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const folder = join(dir, 'node_modules', NAME)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(dir) === dir) return undefined
  }
}

function manifest(folder: string): { readonly main?: unknown; readonly version?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main?: unknown; version?: unknown }
  } catch {
    return {}
  }
}
