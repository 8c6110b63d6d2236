/** A file from the pieces that make it, the way an output is written: for tests of what a disk can do to it. */
import { AtomicFile, type Written } from '../../src/write/atomic-file.ts'

/** The path must lie inside `root`. An identical file keeps its time stamps. Throws a WriteFailure (exit 6). */
export async function writeAtomically(
  path: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  { root }: { readonly root: string },
): Promise<Written> {
  using file = new AtomicFile(path, root)
  for await (const chunk of chunks) file.write(chunk)
  return file.commit()
}
