/** One random history: builds, edits, failures, kills, scopes and retries, each build judged by the laws. */
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Event } from '../../src/events/event.ts'
import { canonicalText } from '../../src/key/canonical.ts'
import { fingerprintsOf } from '../../src/plan/fingerprints.ts'
import { ordinalsOf } from '../../src/plan/ordinals.ts'
import { planOf } from '../../src/plan/plan.ts'
import { openStoreIfExists } from '../../src/store/sqlite.ts'
import { type Random, seeded } from '../rig/random.ts'
import { type Built, World } from '../rig/world.ts'
import { LawProvider } from './law-provider.ts'
import { cellsOf, configOf, editOf, type Model, randomModel, writerBody } from './model.ts'
import { Ledger, outcomesOf, requestOf } from './oracle.ts'

const FATES = ['transient', 'html', 'empty', 'no-choices', 'null', 'refusal', 'cut-off', 'ansi', 'refused'] as const

/** Calls `from … to - 1` of one build, and how many may have been lost because the process died. */
interface Segment {
  readonly from: number
  readonly to: number
  readonly atRisk: number
}

interface Circumstances {
  readonly faults: boolean
  readonly killAfter?: number
  readonly retry?: boolean
  /** Only this batch is built, and no output. */
  readonly only?: string | undefined
}

/** Everything a history must remember to judge later builds. */
export class History implements Disposable {
  readonly world: World
  readonly provider: LawProvider
  readonly #random: Random
  readonly #echoes: boolean
  readonly #ledger = new Ledger()
  readonly #segments: Segment[] = []
  /** Row line by everything it depends on, as first seen. */
  readonly #rows = new Map<string, string>()
  /** Which cells ever rendered a prompt: the line of a row is certain for prompts that belong to one cell. */
  readonly #renderers = new Map<string, Set<string>>()
  /** The first answers an item bought for itself, by item and request. */
  readonly #owned = new Map<string, Set<string>>()
  #faults = false
  #judged = 0

  constructor(random: Random) {
    const rate = random.chance(0.5) ? random() * 0.4 : 0
    this.#random = random
    this.#echoes = random.chance(0.3)
    const fate = () => (this.#faults && random.chance(rate) ? random.pick(FATES) : 'answer')
    this.provider = new LawProvider({ fate, delay: () => random.below(4) }, this.#echoes)
    this.world = new World(this.provider)
  }

  /** I3, I8, I9, I10 on the events and calls of one build. */
  async build(model: Model, given: Circumstances): Promise<Built['result']> {
    const { only, retry = false, killAfter } = given
    const before = this.#lines()
    if (retry) this.#ledger.raise(outcomesOf(model, await this.#ordinals(model), this.#ledger), ({ batch }) => (only ?? batch) === batch)
    this.#faults = given.faults
    this.provider.server = model.server
    const from = this.provider.asked.length
    const built = await this.world.build(configOf(model), {
      concurrency: 1 + this.#random.below(6),
      random: this.#random,
      retry,
      ...(killAfter === undefined ? {} : { killAfter }),
      ...(only === undefined ? {} : { scope: { item: ({ batch }) => batch.spec.name === only, output: () => false } }),
    })
    const { result, events, calls } = built
    const starts = events.filter((event): event is Extract<Event, { type: 'step-start' }> => event.type === 'step-start')
    const ends = new Set(events.flatMap((event) => (event.type === 'step-end' ? [event.id] : [])))
    const atRisk = result ? 0 : starts.filter(({ id }) => !ends.has(id)).length
    this.#segments.push({ from, to: this.provider.asked.length, atRisk })
    expect(starts.every(({ reason }) => reason.length > 0)).toBe(true)
    if (only !== undefined) expect(starts.every(({ batch }) => batch === only)).toBe(true)
    if (model.after && model.batches.length > 1) judgeBarrier(events, model.batches as [string, string])
    this.#judgeBills()
    // An incomplete build never touches a complete output, and neither does one that is not about it.
    if (!result?.settled || only !== undefined) expect(this.#lines()).toEqual(before)
    if (!result) return undefined
    expect(calls.length).toBe(starts.length + events.filter((event) => event.type === 'step-retry').length)
    this.#judgePlan(built, model, given)
    const { items, accepted, rejected, failed, pending } = result.end.counts
    expect(accepted + rejected + failed + pending).toBe(items)
    expect(items).toBe(cellsOf(model).length * model.samples)
    for (const event of events) {
      if (event.type !== 'batch-end') continue
      const { counts, batch } = event
      expect(counts.accepted + counts.rejected + counts.failed + counts.pending).toBe(counts.items)
      // Whatever is built: which cells a batch has does not change.
      expect(counts.items).toBe(cellsOf(model).filter((cell) => cell.batch === batch).length * model.samples)
    }
    return result
  }

  /** What `plan` said is what was called; answers that repeat each other, or need no polish, make follow-ups fewer. */
  #judgePlan({ plan, calls }: Built, model: Model, { faults, retry, only }: Circumstances): void {
    if (faults || retry) return
    const known = plan.calls.reduce((n, call) => n + call.calls, 0)
    const most = plan.calls.reduce((n, call) => n + call.followUps, known)
    if (only === undefined && !this.#echoes && model.polish !== 'digits') expect(calls.length).toBe(most)
    expect(calls.length).toBeLessThanOrEqual(most)
    if (only === undefined) expect(calls.length).toBeGreaterThanOrEqual(known)
  }

  /** Nothing that was billed, refusals included, is bought again, but for what was under way when the process died. */
  #judgeBills(): void {
    const { asked } = this.provider
    const later = new Set<string>()
    for (const { from, to, atRisk } of this.#segments.toReversed()) {
      const names = asked.slice(from, to).flatMap(({ name, heard }) => (heard ? [name] : []))
      const twice = names.filter((name, i) => names.indexOf(name) !== i)
      if (twice.length > 0) throw new Error(`bought twice in one build: ${twice.join('\n')}`)
      const again = names.filter((name) => later.has(name))
      if (again.length > atRisk) throw new Error(`${again.length} bought again, ${atRisk} may be: ${again.join('\n')}`)
      for (const name of names) later.add(name)
    }
    // What was lost is bought again: the last answer is the one that is kept.
    for (const { name, heard } of asked) if (heard) this.#ledger.heard.set(name, heard)
  }

  /** I1, I2 and I5: exactly the rows that follow from what was paid for, in plan order; an undone edit brings old rows back. */
  async judgeRows(model: Model): Promise<void> {
    const files = [this.world.rows('train') ?? [], model.holdout > 0 ? (this.world.rows('valid') ?? []) : []]
    const outcomes = outcomesOf(model, await this.#ordinals(model), this.#ledger)
    expect(outcomes.filter(({ kind }) => kind === 'pending')).toEqual([])
    const planned = outcomes.flatMap((outcome) =>
      outcome.kind === 'row' ? [[itemName(outcome.of.cell, outcome.sample), outcome.texts] as const] : [],
    )
    const found = files
      .flat()
      .map(({ row, meta }) => [itemName(meta.cell, meta.sample), row.messages.map(({ content }) => content)] as const)
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(planned))
    expect(found.length).toBe(planned.length)
    for (const file of files) {
      const names = file.map(({ meta }) => itemName(meta.cell, meta.sample))
      expect(names).toEqual(planned.map(([name]) => name).filter((name) => names.includes(name)))
    }
    const { asked } = this.provider
    const news = new Set(asked.slice(this.#judged).flatMap(({ request, heard }) => (heard?.kind === 'text' ? [request + heard.text] : [])))
    const troubled = this.#ledger.troubled(asked)
    for (const { cell, prompt } of cellsOf(model))
      this.#renderers.set(prompt, (this.#renderers.get(prompt) ?? new Set()).add(canonicalText(cell)))
    const lines = new Map(files.flat().map(({ meta, line }) => [itemName(meta.cell, meta.sample), line]))
    for (const outcome of outcomes) {
      if (outcome.kind !== 'row') continue
      const { of, sample, texts, draws } = outcome
      const name = itemName(of.cell, sample)
      const writer = requestOf(model, writerBody(model, of.prompt))
      if (!this.#echoes && !troubled.has(writer)) this.#judgeOwner(name + writer, texts[1], news.has(writer + texts[1]))
      if ((this.#renderers.get(of.prompt)?.size ?? 0) > 1) continue
      const epochs = draws.map(({ request, ordinal }) => this.#ledger.epoch(request, ordinal))
      const basis = canonicalText([name, writer, model.system, model.tutor, model.house, model.polish, epochs])
      const line = lines.get(name) as string
      expect(line).toBe(this.#rows.get(basis) ?? line)
      this.#rows.set(basis, line)
    }
    this.#judged = asked.length
  }

  /** What an item bought stays its own, whoever comes to ask the same. */
  #judgeOwner(item: string, text: string, isNew: boolean): void {
    const owned = this.#owned.get(item) ?? new Set()
    if (isNew) this.#owned.set(item, owned.add(text))
    else if (owned.size > 0) expect([...owned]).toContain(text)
  }

  /** I4: building again asks nothing and writes nothing, and gives the same verdicts. */
  async judgeIdempotence(model: Model): Promise<void> {
    const stamps = this.world.stamps()
    const again = await this.world.build(configOf(model))
    expect(again.calls).toEqual([])
    expect(this.world.stamps()).toEqual(stamps)
    for (const event of again.events) if (event.type === 'output-end') expect(event.what).toBe('unchanged')
    const { counts } = again.result?.end ?? { counts: undefined }
    expect(counts?.failed).toBe(0)
    expect(counts?.pending).toBe(0)
    const rows = (this.world.rows('train')?.length ?? 0) + (model.holdout > 0 ? (this.world.rows('valid')?.length ?? 0) : 0)
    expect(counts?.accepted).toBe(rows)
  }

  async #ordinals(model: Model): Promise<Uint32Array> {
    const dataset = await this.world.dataset(configOf(model))
    const store = openStoreIfExists(join(this.world.root, '.datagen'))
    try {
      const plan = planOf(dataset)
      return ordinalsOf(plan, store, fingerprintsOf(plan).fingerprints).of
    } finally {
      await store.close()
    }
  }

  #lines(): string[] | undefined {
    return this.world.rows()?.map(({ line }) => line)
  }

  [Symbol.dispose](): void {
    this.world[Symbol.dispose]()
  }
}

/** A batch asks nothing before the batch it comes after is complete. */
function judgeBarrier(events: readonly Event[], [early, late]: [string, string]): void {
  const first = events.findIndex((event) => event.type === 'step-start' && event.batch === late)
  if (first < 0) return
  const end = events.slice(0, first).find((event) => event.type === 'batch-end' && event.batch === early)
  expect(end).toMatchObject({ counts: { failed: 0, pending: 0 } })
}

function itemName(cell: Record<string, string>, sample: number): string {
  return `${canonicalText(cell)}#${sample}`
}

/** Returns how often a build, or a look before it, could take over what was known. */
export async function history(seed: number): Promise<number> {
  const random = seeded(seed)
  using past = new History(random)
  let model = randomModel(random)
  const earlier: Model[] = [model]
  for (let act = 0; act < 3 + random.below(3); act++) {
    const only = random.chance(0.4) && model.batches.length > 1 ? random.pick(model.batches) : undefined
    const killAfter = random.chance(0.25) ? random.below(30) : undefined
    const faults = random.chance(0.6)
    const result = await past.build(model, { faults, only, retry: random.chance(0.25), ...(killAfter === undefined ? {} : { killAfter }) })
    if (!result?.settled || only !== undefined) {
      const mended = await past.build(model, { faults: false })
      expect(mended?.end.counts).toMatchObject({ failed: 0, pending: 0 })
    }
    await past.judgeRows(model)
    await past.judgeIdempotence(model)
    if (random.chance(0.3)) model = random.pick(earlier)
    else {
      model = editOf(model, random)
      earlier.push(model)
    }
  }
  return past.world.recalled
}
