/**
 * Connections, watched for what undici does not tell. Servers close those that have been idle for some time, and a request may be on its way by
 * then: nothing tells that from a server that broke down, except that the connection had served, that it ended at once and that no byte came back.
 */
import { type buildConnector, Client, type Dispatcher, Pool } from 'undici'

// A round trip, and a busy machine; an answer that was begun takes longer than that to fail.
const RACE_MS = 1_000

const raced = new WeakSet<Error>()

/** Whether the connection was closed as the request went out on it. */
export function isRaced(error: unknown): boolean {
  return error instanceof Error && raced.has(error)
}

/** As an agent makes them by itself, but told apart, and closed when they are broken. */
export function watchedPool(origin: string | URL, options: object): Dispatcher {
  return new Pool(origin, { ...options, factory: watchedClient })
}

/** Has one connection at a time. */
function watchedClient(origin: URL, { connect, ...options }: { readonly connect?: buildConnector.connector }): Client {
  const connection: Connection = { served: false }
  const opening: buildConnector.connector = (asked, done) =>
    (connect as buildConnector.connector)(asked, (...opened) => {
      const [, socket] = opened
      connection.served = false
      // Node leaves a connection open whose encryption broke, and undici would wait for its end for ever.
      socket?.on('error', () => setImmediate(() => socket.destroy()))
      done(...opened)
    })
  const client = new Client(origin, { ...options, connect: opening })
  const dispatch = client.dispatch.bind(client)
  client.dispatch = (asked, handler) => dispatch(asked, new Watch(handler, connection))
  return client
}

interface Connection {
  /** A whole answer came over it. */
  served: boolean
}

class Watch implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #connection: Connection
  #sentAt = Number.NEGATIVE_INFINITY
  #isRepeat = false
  #answered = false

  constructor(handler: Dispatcher.DispatchHandler, connection: Connection) {
    this.#handler = handler
    this.#connection = connection
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#sentAt = performance.now()
    this.#isRepeat = this.#connection.served
    this.#handler.onRequestStart?.(controller, context)
  }

  onResponseStarted(): void {
    this.#answered = true
    this.#handler.onResponseStarted?.()
  }

  onResponseStart(...started: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    this.#answered = true
    return this.#handler.onResponseStart?.(...started)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // What it returns may ask for a pause.
    return this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(...ended: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseEnd']>>): void {
    this.#connection.served = true
    return this.#handler.onResponseEnd?.(...ended)
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const atOnce = performance.now() - this.#sentAt <= RACE_MS
    if (this.#isRepeat && !this.#answered && atOnce && !controller?.aborted) raced.add(error)
    return this.#handler.onResponseError?.(controller, error)
  }
}
