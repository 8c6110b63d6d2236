/** Server-sent events as text: what `data` each one carries. Comments, names and ids of events are left out. */

/** What marks the end of a stream of chat completions. */
const DONE = '[DONE]'

export interface StreamData {
  /** The JSON of each event, in order. */
  readonly chunks: readonly unknown[]
  /** The server said that nothing follows. */
  readonly done: boolean
  /** Some event was no JSON; one that is cut off by the end of the text is not counted. */
  readonly bad: boolean
}

/** No JSON begins so. */
export function isEventStream(text: string): boolean {
  return /^\s*(?:data|event|id|retry)?:/.test(text)
}

/** Lines end with CR, LF or both, as each server likes; an event ends with an empty line. */
export function readEvents(text: string): StreamData {
  const chunks: unknown[] = []
  const state = { done: false, bad: false }
  let data: string[] = []
  const end = (cut: boolean) => {
    if (data.length > 0 && !take(data.join('\n'))) {
      // Some servers leave the empty line between events out.
      const each = data.filter((line) => line.trim() !== '')
      const whole = cut ? each.slice(0, -1) : each
      for (const line of whole) if (!take(line)) state.bad = true
      const last = each.at(-1)
      if (cut && last !== undefined) take(last)
    }
    data = []
  }
  const take = (value: string): boolean => {
    if (value.trim() === DONE) {
      state.done = true
      return true
    }
    try {
      chunks.push(JSON.parse(value))
      return true
    } catch {
      return false
    }
  }
  const lines = text.split(/\r\n|\n|\r/)
  for (const line of lines) {
    if (line === '') end(false)
    else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line === 'data') data.push('')
  }
  end(true)
  return { chunks, ...state }
}
