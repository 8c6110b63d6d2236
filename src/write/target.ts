/** Where a file may be written: an ordinary file, or nothing yet, inside the project, whatever links lead there. */
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { refuse } from './failure.ts'

/** Real path of the target; makes its folder. Throws a WriteFailure for anything outside `root` or that is not a plain file. */
export function resolveTarget(path: string, root: string): string {
  const wanted = resolve(root, path)
  const base = realpathSync(root)
  const outside = () => refuse('the file lies outside the project', wanted, 'outputs must stay in the folder of the config')
  const folder = dirname(wanted)
  if (!isInside(realFolder(folder), base)) throw outside()
  mkdirSync(folder, { recursive: true })
  const real = realpathSync(folder)
  if (!isInside(real, base)) throw outside()
  const target = join(real, basename(wanted))
  const stat = lstatSync(target, { throwIfNoEntry: false })
  if (stat?.isSymbolicLink()) throw refuse('the file is a symbolic link', wanted, 'name the file it points to, or remove the link')
  if (stat?.isDirectory()) throw refuse('there is a folder of this name', wanted, 'choose another path for this output')
  if (stat && !stat.isFile()) throw refuse('the path is not an ordinary file', wanted, 'choose another path for this output')
  return target
}

/** Real path of the nearest folder that exists, with what does not exist yet behind it. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    const above = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === folder) throw error
    return join(realFolder(above), basename(folder))
  }
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}
