/**
 * What a folder holds, as far as a pattern of documents can care: so that a file that appears or goes is a change. CommonJS with
 * built-in modules only, because the stamp's reader loads it too.
 */

/** Sorted names of documents, and of folders with a slash at the end; null when there is no such folder. */
export declare function listing(folder: string): string[] | null
/** SHA-256 of a folder's listing, or null. */
export declare function listingDigest(folder: string): string | null

const DOCUMENT = /\.(md|markdown|txt|jsonl|csv|tsv)$/i

exports.listing = namesIn
function namesIn(folder: string): string[] | null {
  const fs = process.getBuiltinModule('node:fs')
  let entries: import('node:fs').Dirent[]
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true })
  } catch {
    return null
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .filter((entry) => entry.isDirectory() || DOCUMENT.test(entry.name))
    .map((entry) => (entry.isDirectory() ? entry.name + '/' : entry.name))
    .sort()
}

exports.listingDigest = function listingDigest(folder: string): string | null {
  const names = namesIn(folder)
  return names && process.getBuiltinModule('node:crypto').createHash('sha256').update(names.join('\n')).digest('hex')
}
