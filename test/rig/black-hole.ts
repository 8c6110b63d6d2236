/** A port that takes no connection and refuses none: packets to it are lost, as in a network that has no way to an address. */
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

const PROGRAM = `
  const { workerData: { host, port, end }, parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.on('error', (error) => parentPort.postMessage(error.code))
  server.listen({ host, port, backlog: 1 }, () => {
    parentPort.postMessage('listening')
    // Nobody takes what the kernel accepts: soon it accepts no more.
    Atomics.wait(end, 0, 0)
    process.exit()
  })
`
const SILENT_MS = 60

/** Undefined where the machine has no such address. */
export async function blackHole(host: string, port: number): Promise<AsyncDisposable | undefined> {
  const end = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(PROGRAM, { eval: true, workerData: { host, port, end } })
  const said = await new Promise((resolve) => worker.once('message', resolve))
  const waiting: Socket[] = []
  const close = async () => {
    for (const socket of waiting) socket.destroy()
    Atomics.store(end, 0, 1)
    Atomics.notify(end, 0)
    await worker.terminate()
  }
  if (said !== 'listening') {
    await close()
    return undefined
  }
  while (await isTaken(host, port, waiting));
  return { [Symbol.asyncDispose]: close }
}

function isTaken(host: string, port: number, waiting: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => resolve(true))
    socket.on('error', () => {})
    waiting.push(socket)
    setTimeout(() => resolve(false), SILENT_MS)
  })
}
