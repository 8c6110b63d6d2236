/** Paths as a person would type them. */

/** Relative where it lies below a folder, else as it is. */
export function below(cwd: string | undefined, path: string): string {
  const folder = cwd?.replace(/[\\/]+$/, '')
  return folder && path.startsWith(folder) && /^[\\/]/.test(path.slice(folder.length)) ? path.slice(folder.length + 1) : path
}
