/** In which numbers two locks differ, as lines for people: what a reviewer would see in the file's own diff. */
import type { Lock, LockBatch, LockOutput } from './lock-file.ts'

/** `[what, how]` pairs, empty exactly when the two say the same. */
export function lockChanges(before: Lock, after: Lock): [what: string, how: string][] {
  return [
    ...changes('batch', before.batches, after.batches, batchChange),
    ...changes('output', before.outputs, after.outputs, outputChange),
  ]
}

function changes<Entry>(
  kind: string,
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
  change: (old: Entry, now: Entry) => string[],
): [string, string][] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name): [string, string][] => {
    const [old, now] = [before.get(name), after.get(name)]
    const words = old && now ? change(old, now) : [old ? 'is gone' : 'is new']
    return words.length > 0 ? [[`${kind} ${name}`, words.join(', ')]] : []
  })
}

function batchChange(old: LockBatch, now: LockBatch): string[] {
  return [
    ...number('cells', old.cells, now.cells),
    ...number('samples', old.samples, now.samples),
    ...number('accepted', old.accepted, now.accepted),
    ...counts('rejected by', old.rejected, now.rejected),
    ...(old.rows === now.rows ? [] : [`rows ${old.rows.slice(0, 8)} → ${now.rows.slice(0, 8)}`]),
    ...counts('rows of', old.models, now.models),
    ...(old.simulated === now.simulated ? [] : [now.simulated ? 'simulated now' : 'no longer simulated']),
  ]
}

function outputChange(old: LockOutput, now: LockOutput): string[] {
  return [...(old.path === now.path ? [] : [`path ${old.path} → ${now.path}`]), ...number('rows', old.rows, now.rows)]
}

function counts(what: string, old: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  return names.flatMap((name) => number(`${what} ${name}`, old.get(name) ?? 0, now.get(name) ?? 0))
}

function number(what: string, old: number, now: number): string[] {
  return old === now ? [] : [`${what} ${old} → ${now}`]
}
