/** A budget is never exceeded, and the bill is the servers': whole builds on virtual time. `npm run campaign:budget` runs 10,000 of them. */
import { expect, it } from 'vitest'
import { runBudget } from '../budget/build.ts'
import { broken } from '../budget/law.ts'

// Random prices in tiers, several models, missing usage, faults before and after the bill, interrupts, slow calls made twice; about 6 ms each.
const BUILDS = 400

it(`holds over ${BUILDS} builds; a failing one is run again by its number`, async () => {
  const found: string[] = []
  let stopped = 0
  let hedges = 0
  for (let seed = 1; seed <= BUILDS; seed++) {
    const ended = await runBudget(seed)
    if (ended.stopped) stopped++
    hedges += ended.hedges
    const why = broken(ended)
    if (why !== undefined) found.push(why)
  }
  expect(found).toEqual([])
  // A budget that stops nobody would prove nothing, and neither would calls that are made once.
  expect(stopped).toBeGreaterThan(BUILDS / 20)
  expect(hedges).toBeGreaterThan(BUILDS / 4)
}, 120_000)
