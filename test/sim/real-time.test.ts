/** The guard of the simulation: real time and chance end a history. */
import { expect, it } from 'vitest'
import { withoutRealTime } from './real-time.ts'

it('refuses clocks, timers and dice, and gives them back', async () => {
  const tries: Record<string, () => unknown> = {
    'Date.now': () => Date.now(),
    'new Date': () => new Date(),
    'Math.random': () => Math.random(),
    'performance.now': () => performance.now(),
    setTimeout: () => setTimeout(() => {}, 0),
    setImmediate: () => setImmediate(() => {}),
  }
  const refused: string[] = []
  await withoutRealTime(async () => {
    for (const [name, run] of Object.entries(tries)) {
      try {
        run()
      } catch {
        refused.push(name)
      }
    }
    await null
    refused.push(new Date(5).toISOString())
  })
  expect(refused).toEqual([...Object.keys(tries), '1970-01-01T00:00:00.005Z'])
  for (const run of Object.values(tries)) expect(run).not.toThrow()
})

it('gives them back after an error', async () => {
  await expect(withoutRealTime(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(Date.now()).toBeGreaterThan(0)
})
