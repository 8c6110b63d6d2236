/** The normal and the chi-squared distribution: what p-values are read from. */

/** Two-sided p-value of a z score. */
export function twoSided(z: number): number {
  return Math.min(1, upperGamma(0.5, (z * z) / 2))
}

/** Probability of a chi-squared value at least this large. */
export function chiSquaredTail(value: number, degrees: number): number {
  return degrees <= 0 ? 1 : upperGamma(degrees / 2, value / 2)
}

/** Regularised upper incomplete gamma Q(a, x): a series below a + 1, Lentz's continued fraction above (Numerical Recipes 6.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= x / (a + n)
      sum += term
    }
    return Math.max(0, 1 - sum * scale)
  }
  const tiny = 1e-300
  let b = x + 1 - a
  let c = 1 / tiny
  let d = 1 / b
  let h = d
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / nonZero(an * d + b, tiny)
    c = nonZero(b + an / c, tiny)
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return scale * h
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}

// Lanczos, g = 7, nine terms: good to 15 digits.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const t = x + 6.5
  const sum = LANCZOS.slice(1).reduce((whole, c, i) => whole + c / (x + i), LANCZOS[0] as number)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}
