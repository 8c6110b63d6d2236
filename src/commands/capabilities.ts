/** What is known of the servers of a config: read from beside the store, and kept there as builds and probes find it. */
import type { Json } from '../../schema/json.ts'
import type { Loaded } from '../config/dataset.ts'
import type { Finding, Known } from '../generate/capability/finding.ts'
import type { Note } from '../schedule/canary.ts'
import type { KnownOf } from '../schedule/capabilities.ts'
import { keepCapability, readCapability } from '../store/capabilities.ts'
import type { Clock } from '../util/clock.ts'
import { datagenDir } from './session.ts'

export function knownCapabilities({ root }: Pick<Loaded, 'root'>): KnownOf {
  return ({ id }) => asKnown(readCapability(datagenDir(root), id))
}

/** Findings of a first answer stand beside those of a probe, which looked closer: only what they contradict gives way. */
export function noteCapabilities({ root }: Pick<Loaded, 'root'>, clock: Clock, by: Known['by']): Note {
  return (use, findings) => {
    const before = asKnown(readCapability(datagenDir(root), use.id))?.findings ?? []
    const known: Known = { findings: merged(use.fields, before, findings), time: clock.date().toISOString(), by }
    keepCapability(datagenDir(root), use.id, known as unknown as Json)
  }
}

function merged(fields: readonly string[], before: readonly Finding[], now: readonly Finding[]): Finding[] {
  const names = [...new Set([...fields, ...now.map(({ field }) => field)])]
  return names.flatMap((name) => {
    const [old, fresh] = [before, now].map((list) => list.find(({ field }) => field === name))
    // That it was accepted says less than what was shown before, unless it had been refused.
    const kept = fresh && !(fresh.verdict === 'accepted' && old && old.verdict !== 'refused') ? fresh : old
    return kept ? [kept] : []
  })
}

const VERDICTS: ReadonlySet<unknown> = new Set(['honoured', 'accepted', 'ignored', 'refused'])

/** The file may have been edited, or be from another datagen: what is no finding is left out. */
function asKnown(value: Json | undefined): Known | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { findings, time, by } = value as { findings?: unknown; time?: unknown; by?: unknown }
  if (!Array.isArray(findings) || typeof time !== 'string' || (by !== 'build' && by !== 'probe')) return undefined
  const good = findings.filter(
    (one): one is Finding =>
      typeof one?.field === 'string' && VERDICTS.has(one.verdict) && (one.because === undefined || typeof one.because === 'string'),
  )
  return { findings: good, time, by }
}
