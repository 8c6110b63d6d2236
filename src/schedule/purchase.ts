/**
 * Buying one answer: admitted by the limits, announced by a durable intent, asked, kept before anything parses
 * it, settled. Equal keys in flight share one purchase.
 */
import type { AskSpec, RunSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Usage } from '../events/event.ts'
import { accessRemedy } from '../generate/access-remedy.ts'
import { isUnread } from '../generate/filtered.ts'
import type { KeptEnvelope } from '../generate/outcome.ts'
import { type Failure, TLS_BROKEN } from '../generate/provider.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import type { Item } from '../plan/plan.ts'
import type { Wanted } from '../plan/resolve.ts'
import { storable } from '../store/record.ts'
import { crashPoint } from '../util/crash-point.ts'
import { rowsByModel } from './answerers.ts'
import { readResponse } from './answers.ts'
import type { Bought, Customer } from './bought.ts'
import { Breaker } from './breaker.ts'
import { Canary } from './canary.ts'
import { CommandRuns } from './command-runs.ts'
import { Door } from './door.ts'
import { type Asking, asideOf, type Doubt, Doubts } from './doubts.ts'
import { HoldUps } from './hold-ups.ts'
import { isForJobs } from './jobs/for-jobs.ts'
import { leakIn } from './leak.ts'
import { FOUND, ModelCalls } from './model-calls.ts'
import { Orders } from './orders.ts'
import type { PurchaseContext } from './purchase-context.ts'
import { reasonText, whyAsked } from './reasons.ts'
import { Specimens } from './specimens.ts'
import { endForStore } from './store-trouble.ts'
import { Tiers } from './tiers.ts'
import { type Receipt, Till } from './till.ts'
import type { Work } from './work.ts'

/** A purchase under way. */
interface Call {
  /** In events. */
  readonly id: number
  readonly item: Item
  readonly wanted: Wanted
  readonly customer: Customer | undefined
  /** Of a question; commands have no bill. */
  readonly receipt: Receipt | undefined
  /** On the clock's `now()`; undefined while nothing has been announced. */
  startedAt: number | undefined
  paid: Usage | undefined
}

export class Purchases {
  #context: PurchaseContext
  readonly #inFlight = new Map<string, Promise<Bought>>()
  #nextId = 1
  /** Another build was met at work on the same requests. */
  metOthers = false
  readonly #breaker = new Breaker()
  readonly canary: Canary
  readonly doubts: Doubts
  readonly #till: Till
  readonly #door: Door
  readonly #tiers: Tiers
  readonly #specimens: Specimens
  readonly #calls: ModelCalls
  readonly #commands: CommandRuns
  readonly #orders: Orders | undefined

  constructor(context: PurchaseContext) {
    this.#context = context
    const { work, halt, jobs } = context
    const { dataset, store, distrusted } = work
    this.#till = new Till(context.limits, context.clock)
    const holdUps = new HoldUps(context.sink, context.clock)
    this.#door = new Door({ limits: context.limits, halt, holdUps, waitsForJobs: jobs?.waits === true })
    this.#tiers = new Tiers(context.sink)
    this.#specimens = new Specimens(context.keepSpecimen, context.sink)
    this.canary = context.canary ?? new Canary({ ...context, locate: dataset.locate })
    this.doubts = context.doubts ?? new Doubts({ dataset, store, distrusted, rows: () => rowsByModel(work), locked: () => new Map() })
    this.doubts.goOn(work)
    const desks = { canary: this.canary, door: this.#door, till: this.#till, specimens: this.#specimens, holdUps }
    this.#calls = new ModelCalls(context, desks)
    this.#commands = new CommandRuns(context)
    this.#orders = jobs && new Orders(context, jobs, desks)
  }

  /** The same purchases for work that goes on from the one before. */
  goOn(work: Work): void {
    this.#context = { ...this.#context, work }
    this.doubts.goOn(work)
  }

  /** Who asks for somebody else than an item cannot wait for a day: those few are asked online. */
  buy(item: Item, wanted: Wanted, customer?: Customer): Promise<Bought> {
    const { step } = wanted
    const purchase = () => this.#purchase(item, wanted, customer)
    if (step.kind !== 'ask') return this.#shared(wanted, purchase)
    const { work, sellers, halt } = this.#context
    const leak = leakIn(wanted, sellers(step).secrets)
    if (leak) {
      halt.stop('fatal', leak.message)
      return Promise.resolve({ kind: 'failed', code: leak.code, message: leak.message })
    }
    if (this.#orders && !customer && isForJobs(step))
      return this.#orders.order(work, item, wanted, step, () => this.#shared(wanted, purchase))
    return this.#shared(wanted, () => this.canary.first(step, purchase))
  }

  #shared({ key }: Wanted, buy: () => Promise<Bought>): Promise<Bought> {
    const shared = this.#inFlight.get(key)
    if (shared) return shared
    const purchase = buy().finally(() => this.#inFlight.delete(key))
    this.#inFlight.set(key, purchase)
    return purchase
  }

  async #purchase(item: Item, wanted: Wanted, customer: Customer | undefined): Promise<Bought> {
    const { step } = wanted
    const receipt = step.kind === 'ask' ? this.#receipt(step, item, wanted) : undefined
    if (step.kind === 'ask' && receipt && (await this.#door.admit(step.model, receipt))) return { kind: 'stopped' }
    const call: Call = { id: this.#nextId++, item, wanted, customer, receipt, startedAt: undefined, paid: undefined }
    try {
      return await this.#make(call)
    } catch (error) {
      this.#brokenOff(call, endForStore(this.#context, error))
      return { kind: 'stopped' }
    } finally {
      receipt?.close()
    }
  }

  #receipt(step: AskSpec, { batch }: Item, wanted: Wanted): Receipt {
    const { model, name } = step
    const account = { batch: batch.spec.name, model: modelName(model), step: name }
    return this.#till.receipt(account, model, wanted, this.#context.sellers(step).price)
  }

  /** Claimed and announced before it is made, kept before anybody looks into it. */
  async #make(call: Call): Promise<Bought> {
    const { work, run, clock } = this.#context
    const { id, wanted, receipt } = call
    const { step, key } = wanted
    const { digest, text } = wanted.asked.identified
    const reservedUsd = step.kind === 'ask' && receipt ? this.#calls.mostInFlight(step, receipt) : null
    const claimed = await work.store.claim({ key, request: digest, requestText: text, run, reservedUsd })
    if (claimed !== 'ours') {
      this.metOthers = true
      return { kind: claimed === 'held' ? 'held' : 'found' }
    }
    crashPoint('after-claim')
    this.#announce(call)
    if (step.kind === 'run') {
      const reply = await this.#commands.run(step, wanted)
      if (reply.kind === 'output') return this.#keep(call, reply.raw, clock.now() - (call.startedAt ?? 0))
      if (step.verdict) this.#commands.broken(step.verdict, reply.failure)
      return this.#failed(call, reply.failure)
    }
    const reply = await this.#calls.ask(id, step, wanted, receipt as Receipt)
    // Of the answer alone: what it waited for its turn says nothing about the model.
    return reply.kind === 'response' ? this.#keep(call, reply.raw, reply.ms, reply.envelope) : this.#failed(call, reply.failure)
  }

  #announce(call: Call): void {
    const { work, sink, clock } = this.#context
    const { id, item, customer, wanted } = call
    const { step, draw } = wanted
    const reason = customer?.reason ?? reasonText(whyAsked(work, item, wanted), step.name)
    call.startedAt = clock.now()
    sink.emit({
      type: 'step-start',
      id,
      batch: item.batch.spec.name,
      cell: customer?.label ?? work.label(item),
      step: step.name,
      model: answererOf(step),
      attempt: draw.attempt + 1,
      at: call.startedAt,
      reason,
    })
  }

  async #keep(call: Call, raw: Uint8Array, ms: number, envelope?: KeptEnvelope): Promise<Bought> {
    const { work, sink, clock, run } = this.#context
    const { id, item, wanted, customer, receipt } = call
    const { step, key, draw } = wanted
    const at = clock.now()
    const usage = envelope && receipt ? receipt.answered(envelope) : FREE
    call.paid = usage
    crashPoint('before-keep')
    const model = envelope?.model || answererOf(step)
    const asked = envelope && step.kind === 'ask' ? this.doubts.about(askingOf(step, wanted), envelope) : undefined
    const doubt = asked instanceof Promise ? await asked : asked
    const { digest, text } = wanted.asked.identified
    const put = await work.store.put({
      ...(doubt ? asideOf(digest, draw) : { ...draw, key }),
      request: digest,
      requestText: text,
      step: step.name,
      cell: customer?.cell ?? cellName(work.plan.dimensions, item.row),
      sample: customer ? draw.ordinal : stepSample(step, item.sample),
      model,
      raw,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      usd: usage.usd ?? null,
      estimated: usage.estimated,
      ms: Math.round(ms),
      run,
    })
    this.#breaker.succeeded()
    if (step.kind === 'ask' && envelope && !isUnread(envelope)) this.canary.answered(step, raw)
    if (doubt) return this.#setAside(call, at, doubt, usage)
    if (step.kind === 'ask' && envelope) this.#tiers.answered(step.model, envelope)
    const reading = readResponse(step, raw, envelope)
    const outcome =
      reading?.kind === 'rejected'
        ? ({ outcome: 'rejected', code: reading.code, message: reading.message } as const)
        : ({ outcome: 'ok' } as const)
    sink.emit({ type: 'step-end', id, at, usage, ...outcome })
    if (!put.first || !reading) return { kind: 'kept' }
    const { inputTokens, outputTokens, usd = null } = usage
    return { kind: 'kept', answer: { ...reading, kept: { id: put.id, model: storable(model), inputTokens, outputTokens, usd } } }
  }

  /** By a store that fails. What could not be announced was never begun. */
  #brokenOff({ id, startedAt, paid }: Call, { message }: Error): void {
    if (startedAt === undefined) return
    const { sink, clock } = this.#context
    sink.emit({ type: 'step-end', id, at: clock.now(), outcome: 'failed', code: 'store', message, ...(paid ? { usage: paid } : {}) })
  }

  async #failed({ id, wanted, receipt }: Call, failure: Failure): Promise<Bought> {
    const { work, sink, halt, clock } = this.#context
    const { step, key } = wanted
    const { code, message } = failure
    const at = clock.now()
    const usage = receipt?.useless()
    await work.store.settle(key)
    const end = (outcome: 'aborted' | 'failed') =>
      sink.emit({ type: 'step-end', id, at, outcome, code, message, ...(usage ? { usage } : {}) })
    if (failure === FOUND) {
      end('aborted')
      return { kind: 'found' }
    }
    if (failure.kind === 'aborted' || (failure.kind === 'transient' && halt.stopping)) {
      end('aborted')
      return { kind: 'stopped' }
    }
    end('failed')
    this.#specimens.failed(failure)
    const passes = failure.kind === 'transient' || (failure.kind === 'refused' && code === TLS_BROKEN)
    const why = passes ? this.#breaker.failed(message) : this.#endsAll(step, failure)
    if (why !== undefined) halt.stop('fatal', why, step.kind === 'ask' ? accessRemedy(step.model, code) : undefined)
    return { kind: 'failed', code, message }
  }

  #endsAll(step: AskSpec | RunSpec, failure: Failure): string | undefined {
    if (step.kind === 'ask') return this.canary.failed(step, failure)
    return failure.kind === 'fatal' ? failure.message : undefined
  }

  /** An answer that is kept and paid for, and is none. */
  async #setAside({ id, wanted: { key } }: Call, at: number, doubt: Doubt, usage: Usage): Promise<Bought> {
    const { work, sink, halt } = this.#context
    const { code, message, also, ends } = doubt
    await work.store.settle(key)
    if (also) await this.doubts.takeBack(also, { code, message })
    sink.emit({ type: 'step-end', id, at, usage, outcome: 'failed', code, message })
    if (ends && !halt.stopping) sink.emit({ type: 'notice', diagnostic: ends })
    if (ends) halt.stop('fatal', message)
    return { kind: 'failed', code, message }
  }
}

/** Who answers, before anybody has. */
function answererOf(step: AskSpec | RunSpec): string {
  return step.kind === 'ask' ? step.model.model : (step.argv[0] ?? step.name)
}

function askingOf({ model }: AskSpec, { key, draw, asked }: Wanted): Asking {
  const { request } = asked.identified
  const body = () => (request.kind === 'ask' ? request.body : undefined)
  return { key, request: asked.digest, draw, model, server: model.identity, body }
}

/** Of commands. */
const FREE: Usage = { inputTokens: 0, outputTokens: 0, estimated: false, usd: 0 }
