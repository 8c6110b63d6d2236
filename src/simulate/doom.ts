/** Connections that the server closes just as the next request comes in, as servers do with idle ones. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const doomed = new WeakSet<Socket>()

/** The next request on this connection meets a closed door. */
export function doom(response: ServerResponse): void {
  if (response.socket) doomed.add(response.socket)
}

/** Whether a request came too late; then its connection is gone, and it was never read. */
export function isDoomed({ socket }: IncomingMessage): boolean {
  if (!doomed.has(socket)) return false
  socket.resetAndDestroy()
  return true
}
