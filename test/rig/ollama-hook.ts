/** Loaded into a command by `--import`: what it sends to Ollama's port on this machine goes to DATAGEN_TEST_OLLAMA instead. */
import { Socket } from 'node:net'

const OLLAMA_PORT = 11434
const port = Number(process.env['DATAGEN_TEST_OLLAMA'])
const connect = Socket.prototype.connect as (...args: unknown[]) => Socket

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  // Node's own callers hand over [options, listener] as one argument.
  const [first] = args
  const options: unknown = Array.isArray(first) ? first[0] : first
  if (typeof options === 'object' && options !== null && 'port' in options && Number(options.port) === OLLAMA_PORT) options.port = port
  return connect.apply(this, args)
} as typeof Socket.prototype.connect
