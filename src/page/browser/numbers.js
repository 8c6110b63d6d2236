/** Numbers for people. */

const GROUPED = new Intl.NumberFormat('en-US')

/** @param {number} n */
export function count(n) {
  return GROUPED.format(Math.round(n))
}

/** @param {number} n @param {string} one @param {string} [many] */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** Cents, or two significant digits below a cent. @param {number} usd */
export function money(usd) {
  if (usd <= 0) return '$0.00'
  if (usd < 0.000001) return '< $0.000001'
  if (usd < 0.01) return `$${usd.toFixed(Math.min(7, 1 - Math.floor(Math.log10(usd))))}`
  return `$${new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(usd)}`
}

/** @param {number} share */
export function percent(share) {
  const value = share * 100
  return `${value === 0 || value >= 99.95 || Number.isInteger(value) ? Math.round(value) : value < 1 ? value.toFixed(2) : value.toFixed(1)} %`
}

/** @param {number} n */
export function decimal(n) {
  return Number.isInteger(n) ? count(n) : Math.abs(n) >= 100 ? count(n) : n.toFixed(Math.abs(n) < 1 ? 3 : 2)
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = ms / 1000
  if (seconds < 1) return `${Math.round(ms)} ms`
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

/** `2026-11-27 00:15 UTC` @param {string} iso */
export function when(iso) {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/** `a`, `a and b`, `a, b and c` @param {readonly string[]} items */
export function inWords(items) {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
