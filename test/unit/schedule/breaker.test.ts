/** Too many failures end a build, and few do not. */
import { expect, test } from 'vitest'
import { Breaker } from '../../../src/schedule/breaker.ts'

/** After how many calls it says something; `.` is a success, `x` a failure, over and over. */
function breaksAfter(pattern: string, calls = 1_000): [number, string] | undefined {
  const breaker = new Breaker()
  for (let i = 0; i < calls; i++) {
    if (pattern[i % pattern.length] === '.') breaker.succeeded()
    else {
      const why = breaker.failed('m')
      if (why) return [i + 1, why]
    }
  }
  return undefined
}

test.each<[string, [number, string] | undefined]>([
  ['x', [10, '10 calls in a row failed, the last with: m']],
  ['xxxxxxxxx.', [51, '45 of the last 50 calls failed, the last with: m']],
  ['.x', [50, '25 of the last 50 calls failed, the last with: m']],
  ['..x', undefined],
  // 21 of 512 once tripped somebody's threshold of a half.
  [`${'x'.repeat(9)}${'.'.repeat(235)}${'x'.repeat(9)}${'.'.repeat(256)}`, undefined],
])('%s', (pattern, expected) => {
  expect(breaksAfter(pattern)).toEqual(expected)
})
