/** When an answer is late. */
import { expect, test } from 'vitest'
import { Lateness } from '../../../../src/generate/hedge/lateness.ts'

/** 1, 2, 3 … in an order that is none. */
const shuffled = (n: number) => Array.from({ length: n }, (_, i) => ((i * 37) % n) + 1)

test('nothing is late before enough answers were measured: two of them must lie in the share', () => {
  for (const [share, enough] of [
    [0.5, 20],
    [0.05, 40],
    [0.01, 200],
    [0.001, 2_000],
  ] as const) {
    const lateness = new Lateness(share)
    for (let i = 1; i < enough; i++) lateness.took(i)
    expect(lateness.lateMs).toBe(undefined)
    expect(lateness.took(enough)).toBe(true)
    expect(lateness.lateMs).toBeGreaterThan(0)
  }
})

test('late is later than all but the share', () => {
  for (const [share, late] of [
    [0.05, 190 ** 2],
    [0.1, 180 ** 2],
  ] as const) {
    const lateness = new Lateness(share)
    for (const n of shuffled(200)) lateness.took(n ** 2)
    expect(lateness.lateMs).toBe(late)
  }
})

test('where all take as long, late is twice as long: the answer to a second call could not come before', () => {
  const lateness = new Lateness(0.05)
  for (let i = 0; i < 40; i++) lateness.took(200 + (i % 2))
  expect(lateness.lateMs).toBe(400)
})

test('a server that has become slower is given its time: only the last 200 answers count', () => {
  const lateness = new Lateness(0.05)
  for (let i = 0; i < 400; i++) lateness.took(100)
  for (let i = 0; i < 200; i++) lateness.took(1_000)
  expect(lateness.lateMs).toBe(2_000)
})
