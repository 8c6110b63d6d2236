/** The laws over random datasets, edits, failures and kills, against the oracle of model.ts. A failing seed replays exactly. */
import { expect, it } from 'vitest'
import type { Event } from '../../src/events/event.ts'
import { canonicalText } from '../../src/key/canonical.ts'
import { type Random, seeded } from '../rig/random.ts'
import { type Script, ScriptedProvider } from '../rig/scripted-provider.ts'
import { type Built, World } from '../rig/world.ts'
import { cellsOf, configOf, editOf, type Model, randomModel, tutorBody, writerBody } from './model.ts'

const HISTORIES = Number(process.env['DATAGEN_HISTORIES'] ?? 500)
const FIRST_SEED = Number(process.env['DATAGEN_SEED'] ?? 1)
const FATES = ['transient', 'html', 'empty', 'no-choices', 'null', 'refusal', 'cut-off', 'ansi', 'refused'] as const

/** Everything a history must remember to judge later builds. */
class History {
  readonly world: World
  readonly provider: ScriptedProvider
  /** Row line by everything it depends on, as first seen. */
  readonly rows = new Map<string, string>()
  /** Which cells ever rendered a prompt: stability is exact for prompts that belong to one cell. */
  readonly renderers = new Map<string, Set<string>>()
  /** Things that may have been bought twice: in flight when the process died. */
  readonly excused = new Set<string>()

  constructor(script: Script) {
    this.provider = new ScriptedProvider(script)
    this.world = new World(this.provider)
  }
}

it(`holds I1–I10 over ${HISTORIES} random histories`, { timeout: 300_000 }, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    try {
      await history(seed)
    } catch (error) {
      throw new Error(`history ${seed} breaks a law (replay: DATAGEN_SEED=${seed} DATAGEN_HISTORIES=1 npx vitest run test/laws)`, {
        cause: error,
      })
    }
  }
})

async function history(seed: number): Promise<void> {
  const random = seeded(seed)
  const faulty = random.chance(0.5)
  const rate = faulty ? random() * 0.4 : 0
  let faults = true
  const script: Script = {
    fate: () => (faults && random.chance(rate) ? random.pick(FATES) : 'answer'),
    delay: () => random.below(4),
  }
  const past = new History(script)
  using world = past.world
  let model = randomModel(random)
  const earlier: Model[] = [model]
  for (let act = 0; act < 3 + random.below(3); act++) {
    faults = faulty && random.chance(0.6)
    const killed = random.chance(0.25)
    const before = world.rows()?.map(({ line }) => line)
    const built = await world.build(configOf(model), {
      concurrency: 1 + random.below(6),
      random,
      ...(killed ? { killAfter: random.below(30) } : {}),
    })
    observe(past, model, built, faults)
    // An incomplete build never touches a complete output.
    if (built.result === undefined || !built.result.settled) expect(world.rows()?.map(({ line }) => line)).toEqual(before)
    if (!built.result || built.result.end.counts.failed + built.result.end.counts.pending > 0) {
      faults = false
      const mended = await world.build(configOf(model), { concurrency: 1 + random.below(6), random })
      observe(past, model, mended, false)
      expect(mended.result?.end.counts.failed).toBe(0)
      expect(mended.result?.end.counts.pending).toBe(0)
    }
    judgeRows(past, model)
    await judgeIdempotence(past, model)
    if (random.chance(0.3)) model = random.pick(earlier)
    else {
      model = editOf(model, random)
      earlier.push(model)
    }
  }
}

/** I3, I8, I9, I10 on the events and calls of one build. */
function observe(past: History, model: Model, built: Built, faults: boolean): void {
  const { result, events, calls, plan } = built
  const starts = events.filter((event): event is Extract<Event, { type: 'step-start' }> => event.type === 'step-start')
  const ends = new Set(events.flatMap((event) => (event.type === 'step-end' ? [event.id] : [])))
  expect(starts.every(({ reason }) => reason.length > 0)).toBe(true)
  if (!result) {
    // What was under way when the process died may have to be bought again: no more than that.
    for (const call of calls.slice(-starts.filter(({ id }) => !ends.has(id)).length || calls.length)) past.excused.add(call.name)
    return
  }
  const retries = events.filter((event) => event.type === 'step-retry').length
  expect(calls.length).toBe(starts.length + retries)
  if (!faults) expect(calls.length).toBe(plan.calls.reduce((n, { calls: known, followUps }) => n + known + followUps, 0))
  const { items, accepted, rejected, failed, pending } = result.end.counts
  expect(accepted + rejected + failed + pending).toBe(items)
  expect(items).toBe(cellsOf(model).length * model.samples)
  for (const event of events) {
    if (event.type !== 'batch-end') continue
    const { counts } = event
    expect(counts.accepted + counts.rejected + counts.failed + counts.pending).toBe(counts.items)
  }
  // Nothing that was answered is ever bought again.
  const bought = new Map<string, number>()
  for (const { name, content } of past.provider.calls) if (content !== undefined) bought.set(name, (bought.get(name) ?? 0) + 1)
  for (const [name, times] of bought) if (times > 1 && !past.excused.has(name)) throw new Error(`bought ${times} times: ${name}`)
}

/** I1 and I2 (with I5: an undone edit brings the old rows back), and that rows stand in plan order. */
function judgeRows(past: History, model: Model): void {
  const delivered = new Map<string, Set<string>>()
  for (const { body, content } of past.provider.calls) {
    if (content === undefined) continue
    const name = canonicalText(body)
    delivered.set(name, (delivered.get(name) ?? new Set()).add(content))
  }
  const rows = [...(past.world.rows('train') ?? []), ...(model.holdout > 0 ? (past.world.rows('valid') ?? []) : [])]
  const cells = cellsOf(model)
  for (const { cell, prompt } of cells) {
    const renderers = past.renderers.get(prompt) ?? new Set()
    past.renderers.set(prompt, renderers.add(canonicalText(cell)))
  }
  const order = new Map(cells.map(({ cell }, i) => [canonicalText(cell), i]))
  const seen = new Set<string>()
  let last = -1
  for (const { row, meta, line } of rows) {
    const name = canonicalText(meta.cell)
    const at = order.get(name)
    if (at === undefined) throw new Error(`a row of a cell that is not planned: ${name}`)
    const place = at * 100 + meta.sample
    if (model.holdout === 0) expect(place).toBeGreaterThan(last)
    last = place
    expect(seen.has(`${name}#${meta.sample}`)).toBe(false)
    seen.add(`${name}#${meta.sample}`)
    const [system, user, assistant] = row.messages.map(({ content }) => content)
    const prompt = cells[at]?.prompt as string
    expect(system).toBe(model.system)
    expect(delivered.get(canonicalText(writerBody(model, prompt)))).toContain(user)
    expect(delivered.get(canonicalText(tutorBody(model, user as string)))).toContain(assistant)
    if ((past.renderers.get(prompt)?.size ?? 0) > 1) continue
    const basis = canonicalText([meta.cell, meta.sample, writerBody(model, prompt), model.system, model.tutor])
    const earlier = past.rows.get(basis)
    if (earlier !== undefined) expect(line).toBe(earlier)
    past.rows.set(basis, line)
  }
}

/** I4: building again asks nothing and writes nothing, and gives the same verdicts. */
async function judgeIdempotence(past: History, model: Model): Promise<void> {
  const stamps = past.world.stamps()
  const again = await past.world.build(configOf(model))
  expect(again.calls).toEqual([])
  expect(past.world.stamps()).toEqual(stamps)
  for (const event of again.events) if (event.type === 'output-end') expect(event.what).toBe('unchanged')
  const { counts } = again.result?.end ?? { counts: undefined }
  expect(counts?.failed).toBe(0)
  expect(counts?.pending).toBe(0)
  const rows = (past.world.rows('train')?.length ?? 0) + (model.holdout > 0 ? (past.world.rows('valid')?.length ?? 0) : 0)
  expect(counts?.accepted).toBe(rows)
}

async function twin(model: Model, random: Random, settings: { concurrency: number; killAfter?: number }): Promise<Record<string, string>> {
  const provider = new ScriptedProvider({ fresh: false, delay: () => random.below(5) })
  using world = new World(provider)
  if (settings.killAfter !== undefined) await world.build(configOf(model), settings)
  const { result } = await world.build(configOf(model), { concurrency: settings.concurrency })
  expect(result?.settled).toBe(true)
  return Object.fromEntries(Object.keys(world.stamps()).map((file) => [file, world.bytes(file)]))
}

it('I6: concurrency and completion order never change an output', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed * 7919)
    const model = randomModel(random)
    expect(await twin(model, random, { concurrency: 2 + random.below(8) }), `seed ${seed}`).toEqual(
      await twin(model, seeded(seed), { concurrency: 1 }),
    )
  }
})

it('I7: a build that was killed anywhere and repeated gives the outputs of one that was not', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed * 104729)
    const model = randomModel(random)
    const whole = await twin(model, seeded(seed), { concurrency: 3 })
    expect(await twin(model, random, { concurrency: 3, killAfter: random.below(60) }), `seed ${seed}`).toEqual(whole)
  }
})
