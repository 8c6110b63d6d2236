/** Batches in the order they run: each behind those it comes after; cycles are named. */
import type { Config } from '../../schema/config.ts'
import type { Wrap } from './authored.ts'
import type { Complaints } from './complaints.ts'
import type { BatchSpec, DimensionSpec } from './dataset.ts'
import { grouped } from './dimensions.ts'
import { checkMatch, matcher, strictPredicate } from './match.ts'
import { checkName } from './names.ts'
import { selection } from './selection.ts'

/** The name of the one batch of a config that declares none. */
const ONLY_BATCH = 'all'
const MAX_ITEMS = 100_000_000 // cells × samples; columns are typed arrays of that length

export function batchSpecs(config: Config, dimensions: readonly DimensionSpec[], complaints: Complaints, wrap: Wrap): BatchSpec[] {
  const entries = Object.entries(config.batches ?? { [ONLY_BATCH]: {} })
  if (entries.length === 0)
    complaints.add('empty', ['batches'], '"batches" is empty', { at: 'key', hint: 'leave it out for one batch with every cell' })
  const names = entries.map(([name]) => name)
  const cells = dimensions.reduce((product, { values }) => product * values.length, 1)
  const specs = entries.map(([name, batch]): BatchSpec => {
    const path = ['batches', name]
    checkName('batch', name, path, complaints)
    batch.after?.forEach((other, i) => {
      if (!names.includes(other))
        complaints.unknown('unknown-batch', [...path, 'after', i], `there is no batch "${other}"`, other, names, 'batches')
    })
    const samples = batch.samples ?? 1
    const items = Math.min(cells, batch.size ?? cells) * samples
    if (items > MAX_ITEMS)
      complaints.add(
        'too-many-cells',
        [...path, 'samples'],
        `batch "${name}" would have ${grouped(items)} items, more than ${grouped(MAX_ITEMS)}`,
      )
    const size = batch.size === undefined ? {} : { size: batch.size }
    return { name, ...size, ...selection(batch, dimensions, path, complaints), ...where(), samples, after: [...new Set(batch.after)] }

    function where(): Pick<BatchSpec, 'where'> {
      if (batch.where === undefined) return {}
      const at = [...path, 'where']
      const what = `"where" of batch "${name}"`
      if (typeof batch.where === 'function') return { where: wrap(strictPredicate(batch.where, what), what, complaints.locate(at)) }
      checkMatch(batch.where, dimensions, at, complaints)
      return { where: matcher(batch.where) }
    }
  })
  return inOrder(specs, complaints)
}

/** Depth first in the order of declaration, so that the order is the declared one wherever `after` allows. */
function inOrder(specs: readonly BatchSpec[], complaints: Complaints): BatchSpec[] {
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const done = new Set<BatchSpec>()
  const visit = (spec: BatchSpec, trail: readonly string[]): boolean => {
    if (done.has(spec)) return true
    const from = trail.indexOf(spec.name)
    if (from >= 0) {
      const cycle = [...trail.slice(from), spec.name]
      complaints.add('cycle', ['batches', spec.name, 'after'], `the batches wait for each other: ${cycle.join(' → ')}`, {
        hint: 'remove one "after"',
      })
      return false
    }
    for (const other of spec.after) {
      const next = byName.get(other)
      if (next && !visit(next, [...trail, spec.name])) return false
    }
    done.add(spec)
    return true
  }
  for (const spec of specs) if (!visit(spec, [])) return []
  return [...done]
}
