/** Real time and chance are out of reach while a history runs: whoever asks for them ends it. */

const DATE = globalThis.Date
const NAMES = ['setTimeout', 'setInterval', 'setImmediate', 'fetch'] as const

/** A history must not even know what time it is. */
function refuse(name: string) {
  return (): never => {
    throw new Error(`${name} was called in a simulated history`)
  }
}

/** Takes the real ones away until `run` has settled. Nothing but ticks and promises may run meanwhile. */
export async function withoutRealTime<T>(run: () => Promise<T>): Promise<T> {
  const globals = globalThis as unknown as Record<string, unknown>
  const kept = NAMES.map((name) => [name, globals[name]] as const)
  const { random } = Math
  const { now } = performance
  const none = refuse('Date.now')
  class NoDate extends DATE {
    constructor(...given: [] | [number]) {
      if (given.length === 0) none()
      super(given[0] as number)
    }
    static override now = none
  }
  for (const name of NAMES) globals[name] = refuse(name)
  globals['Date'] = NoDate
  Math.random = refuse('Math.random')
  performance.now = refuse('performance.now')
  try {
    return await run()
  } finally {
    for (const [name, value] of kept) globals[name] = value
    globals['Date'] = DATE
    Math.random = random
    performance.now = now
  }
}
