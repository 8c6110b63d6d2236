/** Undoes zstd, frame after frame. */
import { createZstdDecompress } from 'node:zlib'

/**
 * Node's decompressor leaves out whatever follows the first frame in the same chunk, without an error; files made by `pzstd` or by `cat` have
 * many. So what a frame left over is given to the next decompressor.
 */
export async function* unzstd(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const next = async (): Promise<Buffer | undefined> => {
    const { done, value } = await chunks.next()
    return done ? undefined : value
  }
  try {
    for (let first = await next(); first; ) {
      const zstd = createZstdDecompress({ chunkSize: 256 * 1024 })
      let fed = 0
      let rest: Buffer | undefined
      const feed = async (start: Buffer): Promise<void> => {
        for (let chunk: Buffer | undefined = start; chunk; chunk = await next()) {
          fed += chunk.length
          await new Promise<void>((resolve) => zstd.write(chunk, () => resolve()))
          if (zstd.destroyed || zstd.bytesWritten < fed) {
            rest = chunk.subarray(chunk.length - (fed - zstd.bytesWritten))
            return
          }
        }
        zstd.end()
      }
      const feeding = feed(first).catch((error: Error) => void zstd.destroy(error))
      yield* zstd as AsyncIterable<Buffer>
      await feeding
      first = rest !== undefined && rest.length > 0 ? rest : await next()
    }
  } finally {
    await chunks.return(undefined)
  }
}
