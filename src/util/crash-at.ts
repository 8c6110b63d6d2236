/** Ends this process at a named crash point as `kill -9` would: for tests of what the next one finds. */
import { CRASH_POINTS, onCrashPoint } from './crash-point.ts'

/** `name` or `name:n`: dies at the n-th passing, from 1. Throws for a name that no crash point has. */
export function crashAt(where: string): void {
  const [name = '', nth = '1'] = where.split(':')
  let left = Number(nth)
  if (!CRASH_POINTS.some((point) => point === name) || !(left >= 1)) throw new Error(`datagen bug: there is no crash point "${where}"`)
  onCrashPoint((point) => {
    if (point === name && --left === 0) process.kill(process.pid, 'SIGKILL')
  })
}
