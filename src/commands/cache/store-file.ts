/** The store's file for the time of one look or one change, with what SQLite says about it in words. */
import { asStoreFailure } from '../../store/failure.ts'
import { type OpenFile, openFile } from '../../store/open.ts'

const BUSY_MS = 10_000 // a build commits within milliseconds

/** Throws a StoreFailure for what the disk or the database refuses; `write` migrates an older format. */
export async function withStoreFile<Result>(
  dir: string,
  mode: 'read' | 'write',
  use: (file: OpenFile) => Result | Promise<Result>,
): Promise<Result> {
  const file = openFile(dir, mode, BUSY_MS)
  try {
    return await use(file)
  } catch (error) {
    throw error instanceof Error && 'errcode' in error ? asStoreFailure(error, file.path) : error
  } finally {
    file.close()
  }
}
