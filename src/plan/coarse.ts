/** Numbers of rows in coarse steps, so that a report stays the same when a few rows more or less stand behind it. */

/** How many accepted rows there are, and how many there should be. */
export interface Shortfall {
  readonly has: number
  readonly wants: number
}

/** As few rows below what is wanted are as good as none: a fifth. */
const TOLERANCE = 0.2

/** The largest of 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 … that is not above `n`. */
export function coarse(n: number): number {
  if (n < 4) return Math.max(0, Math.floor(n))
  const power = 2 ** Math.floor(Math.log2(n))
  return n >= power * 1.5 ? power * 1.5 : power
}

/** At least one row is wanted of everything that can be had at all. Undefined when nothing to speak of is missing. */
export function shortfallOf(had: number, wanted: number): Shortfall | undefined {
  const wants = Math.max(1, coarse(wanted))
  if (had >= wants * (1 - TOLERANCE)) return undefined
  return { has: wants - coarse(wants - had), wants }
}
