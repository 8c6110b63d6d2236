import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/events/event.ts'
import { Halt, type HaltReason } from '../../../src/schedule/halt.ts'

function reported(): { halt: Halt; events: Event[] } {
  const events: Event[] = []
  const halt = new Halt()
  halt.report({ emit: (event) => void events.push(event) })
  return { halt, events }
}

describe('a halt', () => {
  it('has not happened at first', () => {
    const { halt } = reported()
    expect([halt.stopping, halt.exitCode, halt.signal.aborted, halt.stopSignal.aborted, halt.paused]).toEqual([
      false,
      undefined,
      false,
      false,
      undefined,
    ])
  })

  it.each<[HaltReason, number]>([
    ['interrupt', 130],
    ['budget', 4],
    ['calls', 4],
    ['fatal', 3],
    ['store', 6],
    ['replan', 1],
  ])('by %s ends with exit code %i', (why, code) => {
    const { halt } = reported()
    halt.stop(why, 'because')
    expect(halt.exitCode).toBe(code)
  })

  it('stops what waits and lets what is in flight finish', () => {
    const { halt } = reported()
    halt.stop('fatal', 'enough')
    expect([halt.stopping, halt.stopSignal.aborted, halt.signal.aborted]).toEqual([true, true, false])
  })

  it('keeps its first reason and says it once', () => {
    const { halt, events } = reported()
    halt.stop('budget', 'the first')
    halt.stop('fatal', 'a consequence')
    expect(halt.exitCode).toBe(4)
    expect(events).toEqual([{ type: 'stopping', why: 'budget', message: 'the first' }])
  })

  it('by a person stops, then aborts, then leaves', () => {
    const { halt, events } = reported()
    expect([halt.interrupt(), halt.interrupt(), halt.interrupt(), halt.interrupt()]).toEqual(['stopping', 'aborting', 'leave', 'leave'])
    expect(halt.exitCode).toBe(130)
    expect(events.map((event) => (event.type === 'stopping' ? event.why : event.type))).toEqual(['interrupt', 'abort'])
  })

  it('at a limit lets admitted calls go on; an interruption ends their waits, a second one cuts them off, and the reason stays', () => {
    const { halt } = reported()
    halt.stop('budget', 'enough')
    expect([halt.stopSignal.aborted, halt.interrupt(), halt.signal.aborted]).toEqual([false, 'stopping', false])
    expect([halt.interrupt(), halt.signal.aborted, halt.exitCode]).toEqual(['aborting', true, 4])
  })

  it('aborts with everything that stopping does', () => {
    const { halt } = reported()
    halt.abort()
    expect([halt.stopping, halt.stopSignal.aborted, halt.signal.aborted]).toEqual([true, true, true])
  })

  it('needs nobody to report to', () => {
    const halt = new Halt()
    halt.stop('fatal', 'nobody hears it')
    expect(halt.exitCode).toBe(3)
  })
})

describe('a pause', () => {
  it('lasts until it is taken back', async () => {
    const { halt } = reported()
    halt.pause(true)
    const waited = halt.paused
    halt.pause(false)
    await waited
    expect(halt.paused).toBeUndefined()
  })

  it('is one pause however often it is asked for', () => {
    const { halt } = reported()
    halt.pause(true)
    const first = halt.paused
    halt.pause(true)
    expect(halt.paused).toBe(first)
  })

  it('ends when the build stops, and cannot begin again', async () => {
    const { halt } = reported()
    halt.pause(true)
    const waited = halt.paused
    halt.interrupt()
    await waited
    halt.pause(true)
    expect(halt.paused).toBeUndefined()
  })
})
