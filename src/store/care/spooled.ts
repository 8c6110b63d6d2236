/** A stream that must be read twice, as a private file for the time being. */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asStoreFailure } from '../failure.ts'
import { FILE_MODE, makePrivateFolder } from '../private-folder.ts'

export interface Spooled extends AsyncDisposable {
  readonly path: string
}

/** Beside the store, because what it holds is as private. Throws a StoreFailure. */
export async function spooled(dir: string, source: Readable): Promise<Spooled> {
  const path = join(dir, `import-${process.pid}-${randomBytes(6).toString('hex')}`)
  const drop = () => rm(path, { force: true })
  try {
    makePrivateFolder(dir)
    await pipeline(source, createWriteStream(path, { flags: 'wx', mode: FILE_MODE }))
  } catch (error) {
    await drop()
    throw asStoreFailure(error, path)
  }
  return { path, [Symbol.asyncDispose]: drop }
}
