/** Waiting until a stream has let go of what was written. */

/** Resolves when everything written so far has left, or can no longer. */
export function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve())
    else resolve()
  })
}
