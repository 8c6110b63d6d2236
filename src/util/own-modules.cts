/**
 * Where the modules of one package lie is known from how they name each other. Node would ask the file system about each part of
 * each path, and that was a quarter of the time that a command takes to start.
 */
import type { ResolveHookContext } from 'node:module'

/** The address of what a module below `base` means by a relative name; undefined for whatever Node should find. */
export declare function ownModule(base: string, ending: string, name: string, from: string | undefined): string | undefined
/** For the modules below a folder that have this ending, ES modules all of them, until a CommonJS module is asked for. */
export declare function findOwnModules(folder: string, ending: string): void

exports.ownModule = own
function own(base: string, ending: string, name: string, from: string | undefined): string | undefined {
  if (from === undefined || !from.startsWith(base)) return undefined
  return name.startsWith('.') && name.endsWith(ending) ? new URL(name, from).href : undefined
}

exports.findOwnModules = function findOwnModules(folder: string, ending: string): void {
  const base = process.getBuiltinModule('node:url').pathToFileURL(folder).href + '/'
  const hooks = process.getBuiltinModule('node:module').registerHooks({
    resolve(name: string, context: ResolveHookContext, next) {
      const url = own(base, ending, name, context.parentURL)
      if (url !== undefined) return { url, format: 'module', shortCircuit: true }
      const found = next(name, context)
      // A hook makes each CommonJS module dearer by more than it saves; they come when nearly all of the others are there.
      if (context.conditions.includes('require')) hooks.deregister()
      return found
    },
  })
}
