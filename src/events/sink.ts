/** Where events go: a screen, a log, a test. */
import type { Event } from './event.ts'

export interface Sink {
  /** Must not throw and must not wait. */
  emit(event: Event): void
}

/** Sends each event to several sinks, in order. */
export function fanOut(...sinks: readonly Sink[]): Sink {
  return {
    emit(event) {
      for (const sink of sinks) sink.emit(event)
    },
  }
}
