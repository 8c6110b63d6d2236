/** Batches in the order they run: each behind those it comes after; cycles are named. */
import type { Batch, Config } from '../../schema/config.ts'
import type { Wrap } from './authored.ts'
import { expandBatches } from './batch-presets.ts'
import type { Complaints } from './complaints.ts'
import type { BatchSpec, DimensionSpec } from './dataset.ts'
import { gapsSpec, gateSpec } from './gaps.ts'
import type { ConfigPath } from './locate.ts'
import { anyMatcher, checkMatch, strictPredicate } from './match.ts'
import { checkName } from './names.ts'
import { selection } from './selection.ts'

/** The name of the one batch of a config that declares none. */
const ONLY_BATCH = 'all'
const DEFAULT_ROUNDS = 3
const DEFAULT_AVOIDED = 5 // openings that a prompt can keep apart from without being swamped by them
const CANDIDATES_FOR_EACH = 3

export function batchSpecs(config: Config, dimensions: readonly DimensionSpec[], complaints: Complaints, wrap: Wrap): BatchSpec[] {
  const { batches, pathOf } = expandBatches(config.batches ?? { [ONLY_BATCH]: {} }, dimensions)
  const entries = Object.entries(batches)
  if (entries.length === 0)
    complaints.add('empty', ['batches'], '"batches" is empty', { at: 'key', hint: 'leave it out for one batch with every cell' })
  const names = entries.map(([name]) => name)
  const specs = entries.map(([name, batch], at): BatchSpec => {
    const path = pathOf(name)
    checkName('batch', name, path, complaints)
    batch.after?.forEach((other, i) => {
      if (!names.includes(other))
        complaints.unknown('unknown-batch', [...path, 'after', i], `there is no batch "${other}"`, other, names, 'batches')
    })
    checkDimensions(batch.per, dimensions, [...path, 'per'], complaints)
    checkTogether(name, batch, path, complaints)
    const samples = batch.samples ?? 1
    // Whoever learns from others without saying from whom means all that were declared before.
    const after = batch.after ?? (batch.gaps || batch.avoid ? names.slice(0, at) : [])
    return {
      name,
      ...(batch.size === undefined ? {} : { size: batch.size }),
      ...selection(batch, dimensions, path, complaints),
      ...where(),
      ...(batch.per ? { per: batch.per } : {}),
      samples,
      after: [...new Set(after)],
      ...(batch.gaps ? { gaps: gapsSpec(batch.gaps, dimensions, [...path, 'gaps'], complaints) } : {}),
      rounds: batch.rounds ?? DEFAULT_ROUNDS,
      ...(batch.acceptedExactly === undefined ? {} : { acceptedExactly: batch.acceptedExactly }),
      candidates: batch.candidates ?? CANDIDATES_FOR_EACH * (batch.acceptedExactly ?? 0),
      ...avoid(),
      remarks: batch.remarks ?? false,
      ...(batch.gate ? { gate: gateSpec(batch.gate, config.checks ?? [], [...path, 'gate'], complaints) } : {}),
    }

    function where(): Pick<BatchSpec, 'where'> {
      if (batch.where === undefined) return {}
      const at = [...path, 'where']
      const what = `"where" of batch "${name}"`
      if (typeof batch.where === 'function') return { where: wrap(strictPredicate(batch.where, what), what, () => complaints.locate(at)) }
      if (Array.isArray(batch.where)) batch.where.forEach((match, i) => void checkMatch(match, dimensions, [...at, i], complaints))
      else checkMatch(batch.where, dimensions, at, complaints)
      return { where: anyMatcher(batch.where) }
    }

    function avoid(): Pick<BatchSpec, 'avoid'> {
      if (!batch.avoid) return {}
      const { most = DEFAULT_AVOIDED, version } = batch.avoid === true ? {} : batch.avoid
      return { avoid: { most, ...(version === undefined ? {} : { version: String(version) }) } }
    }
  })
  return inOrder(specs, complaints, pathOf)
}

function checkDimensions(
  names: readonly string[] | undefined,
  dimensions: readonly DimensionSpec[],
  path: ConfigPath,
  complaints: Complaints,
): void {
  const known = dimensions.map(({ name }) => name)
  names?.forEach((name, i) => {
    if (!known.includes(name))
      complaints.unknown('unknown-dimension', [...path, i], `there is no dimension "${name}"`, name, known, 'dimensions')
  })
}

/** Keys of which each says in its own way which cells there are. */
function checkTogether(name: string, batch: Batch, path: ConfigPath, complaints: Complaints): void {
  const refuse = (key: keyof Batch, other: keyof Batch, hint: string) => {
    if (batch[key] !== undefined && batch[other] !== undefined)
      complaints.add('exclusive', [...path, other], `batch "${name}" has both "${key}" and "${other}"`, { at: 'key', hint })
  }
  refuse('gaps', 'acceptedExactly', 'gaps are filled by at most `size` items; leave one of them out')
  refuse('gaps', 'samples', 'gaps decide how many draws of a cell there are; leave `samples` out')
  refuse('gaps', 'per', 'gaps decide which cells there are; leave `per` out')
  refuse('acceptedExactly', 'size', '`acceptedExactly` decides how many there are; leave `size` out')
  refuse('acceptedExactly', 'samples', 'further draws are planned where they are needed; leave `samples` out')
  if (batch.gaps && batch.size === undefined)
    complaints.add('missing-key', path, `batch "${name}" fills gaps and has no "size"`, {
      at: 'key',
      hint: 'say how many items it may plan at most, for example `size: 40`',
    })
  if (batch.candidates !== undefined && batch.candidates < (batch.acceptedExactly ?? 0))
    complaints.add(
      'bad-value',
      [...path, 'candidates'],
      `"candidates" is ${batch.candidates}, and ${batch.acceptedExactly} rows are wanted`,
    )
}

/** Depth first in the order of declaration, so that the order is the declared one wherever `after` allows. */
function inOrder(specs: readonly BatchSpec[], complaints: Complaints, pathOf: (name: string) => ConfigPath): BatchSpec[] {
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const done = new Set<BatchSpec>()
  for (const first of specs) {
    // The way to where we are, as a list and not as calls: a chain of ten thousand is deeper than the stack.
    const trail = done.has(first) ? [] : [{ spec: first, looked: 0 }]
    const onTrail = new Set([first])
    for (let here = trail.at(-1); here; here = trail.at(-1)) {
      const { spec } = here
      const name = spec.after[here.looked++]
      const next = name === undefined ? undefined : byName.get(name)
      if (name === undefined) {
        done.add(spec)
        onTrail.delete(spec)
        trail.pop()
      } else if (next && onTrail.has(next)) {
        complainOfCircle([...trail.map((one) => one.spec), next], complaints, pathOf)
        return []
      } else if (next && !done.has(next)) {
        onTrail.add(next)
        trail.push({ spec: next, looked: 0 })
      }
    }
  }
  return [...done]
}

const NAMED = 8 // of a circle; more are a screen full of arrows

/** The circle is what follows the first place of the batch that the way ends with. */
function complainOfCircle(way: readonly BatchSpec[], complaints: Complaints, pathOf: (name: string) => ConfigPath): void {
  const { name } = way.at(-1) as BatchSpec
  const circle = way.map((spec) => spec.name).slice(way.findIndex((spec) => spec.name === name))
  const half = NAMED / 2
  const shown = circle.length <= NAMED ? circle : [...circle.slice(0, half), `… ${circle.length - NAMED} more …`, ...circle.slice(-half)]
  complaints.add('cycle', [...pathOf(name), 'after'], `the batches wait for each other: ${shown.join(' → ')}`, {
    hint: 'remove one "after"',
  })
}
