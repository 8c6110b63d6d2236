/** SHA-256 of bytes or text, 64 hex digits. */
import { createHash, hash } from 'node:crypto'

export function sha256(content: Uint8Array | string): string {
  return typeof content === 'string' ? hash('sha256', content) : createHash('sha256').update(content).digest('hex')
}
