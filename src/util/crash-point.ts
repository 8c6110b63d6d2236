/** Named places where a test may end the process as a power cut would: what a reader finds then must always make sense. */

export const CRASH_POINTS = [
  'after-claim',
  'before-keep',
  'before-commit',
  'after-commit',
  'after-spool',
  'before-fold',
  'before-output',
  'between-outputs',
  'after-outputs',
  'before-columns',
  'before-lock-file',
  'before-stamp',
  'before-collect',
  'before-migrate',
  'after-job-claims',
  'after-job-seal',
  'before-job-file',
  'after-job-file',
  'before-job-id',
  'after-job-id',
  'before-job-release',
  'after-job-release',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

let listener: ((point: CrashPoint) => void) | undefined

/** Costs nothing unless a listener was set. */
export function crashPoint(point: CrashPoint): void {
  listener?.(point)
}

/** One listener for the whole process; undefined takes it away. */
export function onCrashPoint(listen: ((point: CrashPoint) => void) | undefined): void {
  listener = listen
}
