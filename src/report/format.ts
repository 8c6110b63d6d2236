/** Numbers for people: counts, money, tokens, durations, lists. */

/** `12480` → `12,480`. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 cell`, `2 cells`; the plural is given where it is irregular. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** US dollars: cents, or two significant digits below a cent. */
export function money(usd: number): string {
  if (usd <= 0) return '$0.00'
  if (usd < 0.000001) return '< $0.000001'
  if (usd < 0.01) return `$${usd.toFixed(Math.min(7, 1 - Math.floor(Math.log10(usd))))}`
  const [whole = '0', cents = '00'] = usd.toFixed(2).split('.')
  return `$${count(Number(whole))}.${cents}`
}

/** `950`, `12.3k`, `2.1M`. */
export function tokens(n: number): string {
  if (n < 1000) return count(n)
  const [value, unit] = n < 999_950 ? [n / 1e3, 'k'] : n < 999_950_000 ? [n / 1e6, 'M'] : [n / 1e9, 'G']
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, '') : count(value)}${unit}`
}

/** `12 ms`, `1.2 s`, `42 s`, `4m 12s`, `2h 05m`: for sentences. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`
  return coarse(ms, ' ')
}

/** `3s`, `4m10s`, `2h05m`: for columns. */
export function age(ms: number): string {
  return ms < 59_500 ? `${Math.max(0, Math.round(ms / 1000))}s` : coarse(ms, '')
}

function coarse(ms: number, gap: string): string {
  const seconds = Math.round(ms / 1000)
  const pad = (n: number) => String(n).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${gap}${pad(seconds % 60)}s`
  return `${count(Math.floor(seconds / 3600))}h${gap}${pad(Math.floor((seconds % 3600) / 60))}m`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
