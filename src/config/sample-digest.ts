/** What a file of many gigabytes is known by: its size and samples all over it, because reading all of it would take longer than a build. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const EDGE_BYTES = 1 << 20 // names, settings and vocabulary of a GGUF file stand at its beginning
const SAMPLES = 256
const SAMPLE_BYTES = 4096

/**
 * SHA-256 of size, beginning, end and 256 evenly spaced pages: about 3 MB whatever the file's size; small files whole. The same for
 * every copy. Models that were trained further or quantised otherwise differ in nearly every page. Null when there is no such file.
 */
export function sampleDigest(path: string): string | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile()) return null
    const hash = createHash('sha256').update(`datagen-sample\n${stat.size}\n`)
    const read = (at: number, length: number) => {
      const bytes = Buffer.alloc(Math.min(length, stat.size - at))
      let done = 0
      while (done < bytes.length) {
        const n = readSync(file, bytes, done, bytes.length - done, at + done)
        if (n === 0) break
        done += n
      }
      hash.update(bytes)
    }
    if (stat.size <= 2 * EDGE_BYTES + SAMPLES * SAMPLE_BYTES) read(0, stat.size)
    else {
      read(0, EDGE_BYTES)
      const between = stat.size - 2 * EDGE_BYTES - SAMPLE_BYTES
      for (let i = 0; i < SAMPLES; i++) read(EDGE_BYTES + Math.floor((between * i) / (SAMPLES - 1)), SAMPLE_BYTES)
      read(stat.size - EDGE_BYTES, EDGE_BYTES)
    }
    return hash.digest('hex')
  } finally {
    closeSync(file)
  }
}
