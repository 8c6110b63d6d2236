/** The laws that are judged when a build has ended: against the bill, the store's contents and the oracle of the laws. */
import type { Event } from '../../src/events/event.ts'
import { planOf } from '../../src/plan/plan.ts'
import { Work } from '../../src/schedule/work.ts'
import { cellsOf, type Model } from '../laws/model.ts'
import { Ledger, type Outcome, outcomesOf } from '../laws/oracle.ts'
import { VirtualTime } from '../rig/virtual-clock.ts'
import type { Blow, Built } from './build.ts'
import { loadedOf } from './models.ts'
import { SimProcess } from './process.ts'
import { SimStore } from './store.ts'
import { itemName, type World } from './world.ts'

const TRAIN = '/simulated/data/train.jsonl'
export const LATE = '/simulated/data/late.jsonl'
const VALID = '/simulated/data/valid.jsonl'

/** They strike every build on the disk. */
const DISK_BLOWS: ReadonlySet<Blow['what']> = new Set(['full', 'readonly', 'bad-commit'])

interface Line {
  readonly name: string
  readonly texts: readonly string[]
  readonly keys: string
  readonly line: string
}

export class Judge {
  readonly #world: World
  /** Row line by item, keys and frame, as first seen. */
  readonly #lines = new Map<string, string>()
  /** Sales already looked at. */
  #looked = 0

  constructor(world: World) {
    this.#world = world
    world.files.onRename = (path) => this.#sidecar(path)
  }

  /** A row without its provenance is never seen, whenever one looks. */
  #sidecar(path: string): void {
    if (path.endsWith('.meta.jsonl')) return
    const { content } = this.#world.files
    const [rows, metas] = [path, path.replace(/jsonl$/, 'meta.jsonl')].map((file) => linesOf(content.get(file)).length) as [number, number]
    this.#world.check('whole', rows === metas, () => `${path} has ${rows} rows while its sidecar has ${metas} lines`)
  }

  /** After one or more builds that ran together. */
  builds(model: Model, built: readonly Built[]): void {
    const faultless = built.every(({ plan }) => [...(plan.blows?.values() ?? [])].every(({ what }) => !DISK_BLOWS.has(what)))
    for (const each of built) this.#build(model, each, faultless, built.length === 1)
    this.#bills(built)
  }

  #build(
    model: Model,
    { plan, result, events, account, process, failure, preview, halt, store }: Built,
    faultless: boolean,
    alone: boolean,
  ): void {
    const world = this.#world
    const who = plan.name
    if (plan.only !== undefined) {
      const stray = events.find((event) => event.type === 'step-start' && event.batch !== plan.only)
      world.check('candour', stray === undefined, () => `${who} was to build ${plan.only} and asked for ${JSON.stringify(stray)}`)
    }
    if (model.after && model.batches.length > 1) this.#barrier(who, events, model.batches as [string, string])
    if (!process.killed) {
      const open = world.files.open.get(process)
      world.check('whole', !open || open.size === 0, () => `${who} ended and left ${[...(open ?? [])].join(', ')} half written`)
    }
    if (failure) world.check('liveness', plan.files?.fullAt !== undefined || !faultless, () => `${who} failed: ${failure.stack}`)
    if (!process.killed && faultless) {
      const left = [...world.disk.claims.values()].filter(({ owner }) => owner === process).length
      world.check('intent', left === 0, () => `${who} ended and left ${left} claims`)
    }
    if (!result) return
    world.check('candour', account.open.size === 0, () => `${who} ended without saying how ${[...account.open]} did`)
    const { counts } = result.end
    world.check(
      'conservation',
      counts.accepted + counts.rejected + counts.failed + counts.pending === counts.items,
      () => `${who}: ${JSON.stringify(counts)}`,
    )
    const items = cellsOf(model).length * model.samples
    world.check('conservation', counts.items === items, () => `${who} counts ${counts.items} items of ${items}`)
    const { usd = 0 } = result.end.usage
    world.check('ledger', Math.abs(usd - account.spentUsd) < 1e-9, () => `${who} says $${usd}, the bill says $${account.spentUsd}`)
    world.check(
      'candour',
      result.end.calls === account.calls,
      () => `${who} says ${result.end.calls} calls, the servers had ${account.calls}`,
    )
    const cut = events.some((event) => event.type === 'stopping')
    const finished = cut || plan.only !== undefined || counts.failed > 0
    world.check('liveness', finished || counts.pending === 0, () => `nothing stopped ${who}, and ${counts.pending} items are pending`)
    if (!cut)
      world.check('candour', account.calls === account.allowed, () => `${who} made ${account.calls} calls for ${account.allowed} reasons`)
    // A plan looks at what is remembered; what has rotted shows when it is read.
    if (preview && alone && isQuiet(plan) && !cut && store.damaged.length === 0) {
      const known = preview.calls.reduce((n, call) => n + call.calls, 0)
      const most = preview.calls.reduce((n, call) => n + call.followUps, known)
      const { calls } = account
      const { echoes, useless } = world.shop.manners
      const exact = plan.only === undefined && !echoes && useless === 0 && model.polish !== 'digits'
      const further = useless > 0 ? 3 * most : most
      const right = exact ? calls === most : calls <= further && (plan.only !== undefined || calls >= known)
      world.check('agreement', right, () => `${who} made ${calls} calls, planned were ${known} and at most ${most}`)
    }
    world.check('candour', (result.exitCode === 130) === (halt.exitCode === 130), () => `${who} ended with ${result.exitCode}`)
  }

  /** A batch asks nothing before the batch it comes after is complete. */
  #barrier(who: string, events: readonly Event[], [early, late]: [string, string]): void {
    const first = events.findIndex((event) => event.type === 'step-start' && event.batch === late)
    if (first < 0) return
    // A build that finds a store damaged begins again: what it said last of a batch counts.
    const end = events.slice(0, first).findLast((event) => event.type === 'batch-end' && event.batch === early)
    const complete = end?.type === 'batch-end' && end.counts.failed + end.counts.pending === 0
    this.#world.check('barrier', complete, () => `${who} asks for ${late} before ${early} is complete`)
  }

  /** Whatever was billed is stored, unless something is known that took it. */
  #bills(built: readonly Built[]): void {
    const world = this.#world
    const { sales } = world.shop
    const refused = new Set(built.flatMap(({ store }) => store.refused.map(({ raw }) => Buffer.from(raw).toString())))
    for (const sale of sales.slice(this.#looked)) {
      if (sale.state === 'under way') world.breaks('liveness', `${sale.name} is still under way`)
      if (sale.state !== 'answered' || sale.process.killed || refused.has(sale.raw as string)) continue
      world.check('thrift', world.isStored(sale), () => `the answer #${sale.n} to ${sale.name} was paid for and is not stored`)
    }
    this.#looked = sales.length
  }

  /** Every item as it follows from what is kept, by the oracle. */
  async outcomes(model: Model): Promise<Outcome[]> {
    const { disk, shop } = this.#world
    const ledger = new Ledger()
    for (const [name, heard] of this.#world.heard) ledger.heard.set(name, heard)
    for (const [draw, epoch] of disk.epochs) {
      const at = draw.indexOf('#')
      const request = shop.requestOf(draw.slice(at + 1) as never)
      if (request !== undefined) ledger.epochs.set(`${draw.slice(0, at)}#${request}`, epoch)
    }
    const plan = planOf((await loadedOf(model)).dataset)
    return outcomesOf(model, new Work(plan, this.#reader()).ordinals.of, ledger)
  }

  /** A store to look with: it writes nothing. */
  #reader(): SimStore {
    const { disk, random } = this.#world
    return new SimStore({ disk, process: new SimProcess('look'), time: new VirtualTime(random), groupMs: () => 0 })
  }

  /** I1, I2: a complete output holds exactly the rows that follow, in plan order, each with its sidecar line. */
  async rows(model: Model): Promise<void> {
    const world = this.#world
    const outcomes = await this.outcomes(model)
    const open = outcomes.filter(({ kind }) => kind === 'pending').length
    world.check('soundness', open === 0, () => `${open} items are settled although something is left to ask`)
    const files = (model.holdout > 0 ? [TRAIN, VALID] : [TRAIN]).map((path) => this.#fileLines(path))
    this.#compare(outcomes, files)
    for (const { name, keys, line } of files.flat()) {
      if (keys.split(' ').some((key) => world.replaced.has(key))) continue
      const basis = `${name} ${keys} ${model.system}`
      const first = this.#lines.get(basis) ?? line
      world.check('stability', first === line, () => `${name} was ${first} and is ${line}`)
      this.#lines.set(basis, first)
    }
  }

  /** The output of the last batch alone: its rows, and none while a row of an earlier batch may still be their twin. */
  async late(model: Model): Promise<void> {
    const outcomes = await this.outcomes(model)
    const mine = outcomes.filter(({ of }) => of.batch === model.batches[1])
    const open = (model.unique ? outcomes : mine).filter(({ kind }) => kind === 'pending').length
    this.#world.check('whole', open === 0, () => `${LATE} was written while ${open} items behind it have something left to ask`)
    this.#compare(mine, [this.#fileLines(LATE)])
  }

  /** Exactly the rows of these outcomes, each file in their order. */
  #compare(outcomes: readonly Outcome[], files: readonly (readonly Line[])[]): void {
    const world = this.#world
    const planned = outcomes.flatMap((outcome) =>
      outcome.kind === 'row' ? [[itemName(outcome.of.cell, outcome.sample), outcome.texts.join('\n')] as const] : [],
    )
    const found = new Map(files.flat().map((line) => [line.name, line.texts.join('\n')]))
    for (const [name, texts] of planned)
      world.check('soundness', found.get(name) === texts, () => `${name} is ${found.get(name)}, and ought to be ${texts}`)
    const count = files.flat().length
    world.check('soundness', count === planned.length, () => `${count} rows, and ought to be ${planned.length}`)
    const order = new Map(planned.map(([name], i) => [name, i]))
    for (const file of files) {
      const places = file.map(({ name }) => order.get(name) as number)
      const ascend = places.every((place, i) => i === 0 || place > (places[i - 1] as number))
      world.check('soundness', ascend, () => `rows are out of order: ${places}`)
    }
  }

  #fileLines(path: string): Line[] {
    const rows = linesOf(this.#world.files.content.get(path))
    const metas = linesOf(this.#world.files.content.get(path.replace(/jsonl$/, 'meta.jsonl')))
    this.#world.check('whole', rows.length === metas.length, () => `${path}: ${rows.length} rows, ${metas.length} sidecar lines`)
    return rows.map((line, i) => {
      const { messages } = JSON.parse(line) as { messages: { content: string }[] }
      const { cell, sample, steps } = JSON.parse(metas[i] ?? '{}') as {
        cell: Record<string, string>
        sample: number
        steps: Record<string, { key: string }>
      }
      const keys = Object.values(steps ?? {}).map(({ key }) => key)
      return { name: itemName(cell, sample), texts: messages.map(({ content }) => content), keys: keys.join(' '), line }
    })
  }
}

function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').slice(0, -1)
}

/** Nothing is meant to go wrong in it. */
export function isQuiet({ faults, fatalAt, limits, blows, crash, files, retry }: Built['plan']): boolean {
  return !faults && fatalAt === undefined && !limits && !blows && !crash && !files && !retry
}
