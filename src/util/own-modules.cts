/**
 * Where this package's own modules lie is known from how they name each other. Node would ask the file system about each part of
 * each path, and that was a quarter of the time that a command takes to start.
 */
import type { ResolveHookContext } from 'node:module'

/** The address of what a module below `base` means by a relative name; undefined for whatever Node should find. */
export declare function ownModule(base: string, name: string, from: string | undefined): string | undefined
/** For the modules of this package that were built into the folder `dist`, ES modules all of them, until a CommonJS module is asked for. */
export declare function findOwnModules(dist: string): void

exports.ownModule = own
function own(base: string, name: string, from: string | undefined): string | undefined {
  if (from === undefined || !from.startsWith(base)) return undefined
  return name.startsWith('.') && name.endsWith('.js') ? new URL(name, from).href : undefined
}

exports.findOwnModules = function findOwnModules(dist: string): void {
  const base = process.getBuiltinModule('node:url').pathToFileURL(dist).href + '/'
  const hooks = process.getBuiltinModule('node:module').registerHooks({
    resolve(name: string, context: ResolveHookContext, next) {
      const url = own(base, name, context.parentURL)
      if (url !== undefined) return { url, format: 'module', shortCircuit: true }
      const found = next(name, context)
      // A hook makes each CommonJS module dearer by more than it saves; they come when nearly all of ours are there.
      if (context.conditions.includes('require')) hooks.deregister()
      return found
    },
  })
}
