/** The one error of writing files: which file, and why it was left as it was. */
import { DatagenError } from '../util/diagnostic.ts'
import { EXIT } from '../util/exit.ts'

/** The target is as it was before; no temporary file is left. Exit code 6. */
export class WriteFailure extends DatagenError {
  constructor(code: string, headline: string, path: string, hint: string, cause?: unknown) {
    super({ code: `write/${code}`, severity: 'error', headline, facts: [['file', path]], hint }, EXIT.store)
    this.name = 'WriteFailure'
    this.cause = cause
  }
}

/** What the file system refused, in words. */
export function asWriteFailure(error: unknown, path: string): WriteFailure {
  if (error instanceof WriteFailure) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown'
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WriteFailure(
      'full',
      'the disk that holds the output is full',
      path,
      'free some space and build again; the file was left as it was and every answer is kept',
      error,
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new WriteFailure('denied', 'the file cannot be written', path, 'check the permissions of its folder', error)
  }
  return new WriteFailure('failed', `the file cannot be written (${code})`, path, 'check the disk and the path', error)
}

/** A target that is not an ordinary file inside the project. */
export function refuse(headline: string, path: string, hint: string): WriteFailure {
  return new WriteFailure('refused', headline, path, hint)
}
