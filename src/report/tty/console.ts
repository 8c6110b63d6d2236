/** While the live screen stands, what a config's functions print goes above it instead of through it. */
import { format } from 'node:util'
import { safeText } from '../../util/safe-text.ts'

const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const

/** Sends console output to `print` until the returned function is called. */
export function catchConsole(print: (text: string) => void): () => void {
  const before = METHODS.map((method) => console[method])
  for (const method of METHODS) console[method] = (...values: unknown[]) => print(`${safeText(format(...values), { newlines: true })}\n`)
  return () => {
    for (const [i, method] of METHODS.entries()) console[method] = before[i] as typeof console.log
  }
}
