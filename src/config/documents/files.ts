/** The files that a pattern names, and the folders that were looked into: a file that appears there is a change. */
import { relative, sep } from 'node:path'
import { listing } from '../listing-of.ts'
import { insideProject } from '../tracked.ts'

export interface Found {
  /** Absolute, in the order of their names. */
  readonly files: readonly string[]
  /** Every folder whose listing decided. */
  readonly folders: readonly string[]
  /** The part of the pattern before its first wildcard, absolute: what names of files are told from. */
  readonly base: string
  /** Whether the pattern has a wildcard at all. */
  readonly wild: boolean
}

/** `*` and `?` stand for characters of a name, `**` for any number of folders. Throws `DatagenError` for what leads outside. */
export function findFiles(root: string, pattern: string): Found {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.')
  const firstWild = parts.findIndex((part) => /[*?]/.test(part))
  if (firstWild < 0) {
    const file = insideProject(root, pattern)
    return { files: [file], folders: [], base: parentOf(root, parts), wild: false }
  }
  const base = insideProject(root, parts.slice(0, firstWild).join('/') || '.')
  const files: string[] = []
  const folders = new Set<string>()
  walk(base, parts.slice(firstWild))
  return { files: [...new Set(files)].sort(), folders: [...folders], base, wild: true }

  function walk(folder: string, [part, ...rest]: readonly string[]): void {
    if (part === undefined) return
    folders.add(folder)
    const names = listing(folder) ?? []
    if (part === '**') {
      walk(folder, rest)
      for (const name of names) if (name.endsWith('/')) walk(`${folder}${sep}${name.slice(0, -1)}`, [part, ...rest])
      return
    }
    const matches = nameTest(part)
    for (const name of names) {
      const isFolder = name.endsWith('/')
      const bare = isFolder ? name.slice(0, -1) : name
      if (isFolder === rest.length > 0 && matches(bare)) {
        const path = insideProject(root, relative(root, `${folder}${sep}${bare}`))
        if (isFolder) walk(path, rest)
        else files.push(path)
      }
    }
  }
}

function parentOf(root: string, parts: readonly string[]): string {
  return insideProject(root, parts.slice(0, -1).join('/') || '.')
}

function nameTest(part: string): (name: string) => boolean {
  const source = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const test = new RegExp(`^${source}$`, 'u')
  return (name) => test.test(name)
}
