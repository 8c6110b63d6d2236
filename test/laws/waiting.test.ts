/**
 * Laws for batches that wait for others, over random histories of edits, limits, kills and undone edits: what is complete is idle, what is
 * undone comes back to the byte for nothing, nothing is bought twice, every item is accounted for, and `plan` says what `build` does.
 */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Batch, Config } from '../../schema/config.ts'
import { type Random, seeded } from '../rig/random.ts'
import { ScriptedProvider } from '../rig/scripted-provider.ts'
import { type Built, World } from '../rig/world.ts'

const HISTORIES = Number(process.env['DATAGEN_LAW_HISTORIES'] ?? 40)
const STEPS = 7

interface Model {
  readonly values: readonly [number, number, number]
  /** Which guides were edited, as one number. */
  readonly edit: number
  readonly batches: { readonly [name: string]: Batch }
}

function batchesOf(random: Random): Model['batches'] {
  const waits: Batch[] = [
    { gaps: { strength: random.pick([1, 2] as const) }, size: 3 + Math.floor(random() * 8), rounds: 1 + Math.floor(random() * 3) },
    { acceptedExactly: 2 + Math.floor(random() * 6), after: ['core'] },
    { size: 4, after: ['core'], avoid: { most: 1 + Math.floor(random() * 3) } },
  ]
  const chosen = waits.filter(() => random() < 0.6)
  const withAvoid = chosen.map((batch) => (batch.gaps && random() < 0.5 ? { ...batch, avoid: true as const } : batch))
  const core: Batch = random() < 0.5 ? { size: 3 + Math.floor(random() * 6) } : { select: 'pairwise' }
  return { core, ...Object.fromEntries(withAvoid.map((batch, i) => [`w${i}`, batch])) }
}

function configOf({ values, edit, batches }: Model): Config {
  const axis = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: `${name}${i}`, guide: name === 'a' && i === 0 ? `guide ${edit}` : `${name} ${i}` }))
  return {
    name: 'waiting',
    models: { m: { use: 'openai:m' } },
    dimensions: { a: axis('a', values[0]), b: axis('b', values[1]), c: axis('c', values[2]) },
    recipe: {
      steps: { said: { ask: 'm', prompt: 'about {{ guide.a }} {{ cell.b }} {{ cell.c }} not like {{ covered | join: "; " }}' } },
      example: {
        messages: [
          { role: 'user', content: '{{ steps.said }}' },
          { role: 'assistant', content: 'yes' },
        ],
      },
      attempts: 1,
    },
    batches: { ...batches },
    outputs: { train: { path: 'data/train.jsonl' } },
  }
}

function edited(random: Random, model: Model): Model {
  const turn = random()
  if (turn < 0.35) return { ...model, edit: Math.floor(random() * 3) }
  if (turn < 0.75) {
    const at = Math.floor(random() * 3)
    return { ...model, values: model.values.map((n, i) => (i === at ? 2 + Math.floor(random() * 3) : n)) as unknown as Model['values'] }
  }
  return { ...model, batches: batchesOf(random) }
}

/** A fifth of all draws is refused, always the same ones. */
function providerOf(seed: number): ScriptedProvider {
  return new ScriptedProvider({
    fresh: false,
    fate: (_, { body, draw }) => {
      const digest = createHash('sha256')
        .update(`${seed} ${JSON.stringify(body)} ${draw.ordinal}.${draw.attempt}`)
        .digest()
      return (digest[0] as number) < 51 ? 'refusal' : 'answer'
    },
  })
}

function isConserved({ result }: Built): boolean {
  if (!result) return true
  const { items, accepted, rejected, failed, pending } = result.end.counts
  return accepted + rejected + failed + pending === items
}

describe('batches that wait', () => {
  it.each(Array.from({ length: HISTORIES }, (_, seed) => seed))('keep the laws in history %i', async (seed) => {
    const random = seeded(seed)
    using world = new World(providerOf(seed))
    const known = new Map<string, string>()
    let model: Model = { values: [3, 3, 2], edit: 0, batches: batchesOf(random) }
    const past: Model[] = []
    for (let step = 0; step < STEPS; step++) {
      const config = configOf(model)
      // Now and then a build is cut short in some way first.
      const trouble = random()
      if (trouble < 0.2) await world.build(config, { killAfter: Math.floor(random() * 60), concurrency: 1 })
      else if (trouble < 0.4) {
        const limited = await world.build(config, { limits: { maxCalls: 1 + Math.floor(random() * 8) } })
        expect(isConserved(limited)).toBe(true)
      }
      const built = await world.build(config, { random, concurrency: 1 + Math.floor(random() * 4) })
      expect(isConserved(built)).toBe(true)
      expect(built.result?.end.counts).toMatchObject({ failed: 0, pending: 0 })
      // What was certain before the build was asked; what was provisional came to no more than was said.
      expect(built.calls.length).toBeLessThanOrEqual(built.plan.items + built.plan.toCome)
      expect(built.calls.length).toBeGreaterThanOrEqual(Math.min(built.plan.items, 1))

      const again = await world.build(config)
      expect(again.calls).toEqual([])
      expect([again.plan.items, again.plan.toCome]).toEqual([0, 0])
      expect(again.result?.end.counts).toEqual(built.result?.end.counts)
      expect(again.events.filter(({ type }) => type === 'output-end')).toMatchObject([{ what: 'unchanged' }])

      const text = JSON.stringify(config)
      const before = known.get(text)
      if (before !== undefined) expect([world.bytes('train.jsonl') === before, built.calls]).toEqual([true, []])
      known.set(text, world.bytes('train.jsonl'))
      // No draw of any request was ever bought twice, but for the one that a kill cut off.
      const names = world.provider.calls.filter(({ content }) => content !== undefined).map(({ name }) => name)
      expect(names.length - new Set(names).size).toBeLessThanOrEqual(step + 1)

      past.push(model)
      model = random() < 0.3 ? random.pick(past) : edited(random, model)
    }
  })
})
