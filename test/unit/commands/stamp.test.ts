import { expect, it } from 'vitest'
import { stampLine } from '../../../src/commands/stamp.ts'

const counts = (rejected: number) => ({ items: 27, accepted: 27 - rejected, rejected, failed: 0, pending: 0 })

it('a dataset that is up to date and fails all the same says why, or where to read it', () => {
  expect(stampLine({ counts: counts(0), exitCode: 0 }, 1)).toBe('Up to date. 27 cells, 1 output')
  expect(stampLine({ counts: counts(2), exitCode: 1 }, 2)).toBe('Up to date. 27 cells, 2 rejected, 2 outputs')
  expect(stampLine({ counts: counts(0), exitCode: 1 }, 1)).toBe('Up to date. 27 cells, 1 output; what fails, `datagen report` says')
})
