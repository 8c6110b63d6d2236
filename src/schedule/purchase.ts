/**
 * Buying one answer: admitted by the limits, announced by a durable intent, asked, kept before anything parses
 * it, settled. Equal keys in flight share one purchase.
 */
import type { AskSpec, CommandVerdictSpec, RunSpec } from '../config/dataset.ts'
import { modelName } from '../config/model-name.ts'
import type { Usage } from '../events/event.ts'
import type { Sink } from '../events/sink.ts'
import { accessRemedy } from '../generate/access-remedy.ts'
import { runCheckCommand } from '../generate/check-command.ts'
import { runCommand } from '../generate/command.ts'
import { isUnread } from '../generate/filtered.ts'
import type { Hedges } from '../generate/hedge/hedges.ts'
import type { Hedging } from '../generate/hedge/twice.ts'
import type { KnownPrice } from '../generate/price.ts'
import { type Failure, type Provider, TLS_BROKEN } from '../generate/provider.ts'
import type { Pace } from '../generate/rate/pace.ts'
import { askWithRetry } from '../generate/retry.ts'
import { runCode } from '../generate/run-code.ts'
import { cellName } from '../plan/cells.ts'
import { stepSample } from '../plan/draws.ts'
import type { Item } from '../plan/plan.ts'
import type { Answer, Wanted } from '../plan/resolve.ts'
import { StoreFailure } from '../store/failure.ts'
import { storable } from '../store/record.ts'
import type { Clock } from '../util/clock.ts'
import { crashPoint } from '../util/crash-point.ts'
import type { RunnableCode } from '../util/run-languages.ts'
import { rowsByModel } from './answerers.ts'
import { readResponse } from './answers.ts'
import { mostUsd, sizeOf } from './bill.ts'
import { Breaker } from './breaker.ts'
import { brokenCheck } from './broken-check.ts'
import { Canary } from './canary.ts'
import { type Asking, asideOf, type Doubt, Doubts } from './doubts.ts'
import type { Halt } from './halt.ts'
import { HoldUps } from './hold-ups.ts'
import type { JobDesk } from './jobs/desk.ts'
import { isForJobs } from './jobs/for-jobs.ts'
import { leakIn } from './leak.ts'
import type { Admission, Limits } from './limits.ts'
import { type Reason, reasonFor, reasonText } from './reasons.ts'
import { type KeepSpecimen, Specimens } from './specimens.ts'
import { Tiers } from './tiers.ts'
import { type Receipt, Till } from './till.ts'
import type { Work } from './work.ts'

/** A model as the build uses it. */
export interface Seller {
  readonly provider: Provider
  readonly pace: Pace
  readonly price?: KnownPrice
  /** Keys and headers of all models: no request may tell one. */
  readonly secrets?: readonly string[]
  /** Left out, no call is made a second time while it is under way. */
  readonly hedges?: Hedges
}

export interface PurchaseContext {
  readonly work: Work
  readonly sellers: (step: AskSpec) => Seller
  readonly sink: Sink
  readonly halt: Halt
  readonly limits: Limits
  readonly clock: Clock
  readonly random: () => number
  readonly run: string
  readonly root: string
  readonly environment: { readonly [name: string]: string | undefined }
  readonly maxTries?: number
  /** Keeps bodies that were no answers. */
  readonly keepSpecimen?: KeepSpecimen
  /** Those of the run, where something was answered in it before. */
  readonly doubts?: Doubts
  readonly canary?: Canary
  /** Left out, models that are asked through the Batch API are asked online. */
  readonly jobs?: JobDesk
}

/** For whom an answer is bought that belongs to no item. */
export interface Customer {
  /** For people. */
  readonly label: string
  /** What stands for it in the store. */
  readonly cell: string
  readonly reason: string
}

export type Bought =
  /**
   * The answer is kept; what it says is for the ladder to find out. `answer` is what was read of it, unless the store holds
   * another one for its key.
   */
  | { readonly kind: 'kept'; readonly answer?: Answer }
  /** Another build has asked the same meanwhile, and its answer is kept. */
  | { readonly kind: 'found' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** Nothing was asked, or the asking was cut off: the item stays pending. */
  | { readonly kind: 'stopped' }
  /** Another build is asking the same: its answer will be there, or the claim will be free, before long. */
  | { readonly kind: 'held' }
  /** A batch job asks, or will: its answer comes in hours. `handed`: for this item, in this run. */
  | { readonly kind: 'waits'; readonly handed: boolean }

const FOUND: Failure = { kind: 'aborted', code: 'found', message: 'an answer is kept meanwhile' }

export class Purchases {
  #context: PurchaseContext
  readonly #inFlight = new Map<string, Promise<Bought>>()
  #nextId = 1
  /** Another build was met at work on the same requests. */
  metOthers = false
  readonly #breaker = new Breaker()
  readonly #toldChecks = new Set<string>()
  readonly canary: Canary
  readonly doubts: Doubts
  readonly #till: Till
  readonly #tiers: Tiers
  readonly #specimens: Specimens
  readonly #holdUps: HoldUps

  constructor(context: PurchaseContext) {
    this.#context = context
    this.#till = new Till(context.limits, context.clock)
    this.#tiers = new Tiers(context.sink)
    this.#specimens = new Specimens(context.keepSpecimen, context.sink)
    this.#holdUps = new HoldUps(context.sink, context.clock)
    this.canary = context.canary ?? new Canary({ ...context, locate: context.work.dataset.locate })
    const { work } = context
    const { dataset, store, distrusted } = work
    this.doubts = context.doubts ?? new Doubts({ dataset, store, distrusted, rows: () => rowsByModel(work), locked: () => new Map() })
    this.doubts.goOn(work)
  }

  /** The same purchases for work that goes on from the one before. */
  goOn(work: Work): void {
    this.#context = { ...this.#context, work }
    this.doubts.goOn(work)
  }

  /** Who asks for somebody else than an item cannot wait for a day: those few are asked online. */
  buy(item: Item, wanted: Wanted, customer?: Customer): Promise<Bought> {
    const { jobs } = this.#context
    const { step } = wanted
    const leak = step.kind === 'ask' ? leakIn(wanted, this.#context.sellers(step).secrets) : undefined
    if (leak) {
      this.#context.halt.stop('fatal', leak.message)
      return Promise.resolve({ kind: 'failed', code: leak.code, message: leak.message })
    }
    if (jobs && !customer && step.kind === 'ask' && isForJobs(step)) return this.#inJob(item, wanted, step, jobs)
    const purchase = () => this.#purchase(item, wanted, customer)
    return this.#shared(wanted, () => (step.kind === 'ask' ? this.canary.first(step, purchase) : purchase()))
  }

  #shared({ key }: Wanted, buy: () => Promise<Bought>): Promise<Bought> {
    const shared = this.#inFlight.get(key)
    if (shared) return shared
    const purchase = buy().finally(() => this.#inFlight.delete(key))
    this.#inFlight.set(key, purchase)
    return purchase
  }

  /** A request that is handed over with many others, once one of them has been answered online. */
  async #inJob(item: Item, wanted: Wanted, step: AskSpec, jobs: JobDesk): Promise<Bought> {
    const known = jobs.fate(wanted.key)
    if (known) return known
    if (!jobs.mayOrder) return { kind: 'stopped' }
    return this.canary.firstOfJob(step, {
      alone: () => this.#shared(wanted, () => this.#purchase(item, wanted, undefined)),
      together: async (waited) => {
        // It may be the very question that went ahead.
        if (waited && this.#context.work.store.get(wanted.key, wanted.asked.digest)) return { kind: 'found' }
        return this.#order(item, wanted, step, jobs)
      },
    })
  }

  async #order(item: Item, wanted: Wanted, step: AskSpec, jobs: JobDesk): Promise<Bought> {
    const { work, sink, halt, limits } = this.#context
    const { price } = this.#context.sellers(step)
    const reservedUsd = price ? mostUsd(wanted, price, { batch: true }) : 0
    const admission = await limits.admit(reservedUsd, () => halt.stopping)
    if (admission !== 'ok') {
      this.#refused(admission, this.#till.refusal(step.model, wanted, price))
      return { kind: 'stopped' }
    }
    const { request, digest, text } = wanted.asked.identified
    if (request.kind !== 'ask') throw new Error('datagen bug: a command was put into a batch job')
    try {
      return await jobs.order({
        model: step.model,
        price,
        body: request.body,
        reservedUsd,
        reason: reasonText(this.#reason(item, wanted), step.name),
        line: {
          ...wanted.draw,
          key: wanted.key,
          request: digest,
          requestText: text,
          step: step.name,
          batch: item.batch.spec.name,
          cell: cellName(work.plan.dimensions, item.row),
          sample: stepSample(step, item.sample),
          model: step.model.model,
          reservedUsd: price ? reservedUsd : null,
        },
      })
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      if (!halt.stopping) for (const diagnostic of error.diagnostics) sink.emit({ type: 'notice', diagnostic })
      halt.stop('store', error.message)
      return { kind: 'stopped' }
    }
  }

  async #purchase(item: Item, wanted: Wanted, customer: Customer | undefined): Promise<Bought> {
    const { halt, work, sink, clock, run } = this.#context
    const { step } = wanted
    const batch = item.batch.spec.name
    const receipt = step.kind === 'ask' ? this.#receipt(step, batch, wanted) : undefined
    const refused = step.kind === 'ask' && receipt && (await this.#admit(step, receipt))
    if (refused) return { kind: 'stopped' }
    let started: number | undefined
    let paid: Usage | undefined
    const id = this.#nextId++
    const { key, draw } = wanted
    const { identified } = wanted.asked
    try {
      const reservedUsd = receipt ? this.#mostInFlight(step, receipt) : null
      const claimed = await work.store.claim({ key, request: identified.digest, requestText: identified.text, run, reservedUsd })
      if (claimed !== 'ours') {
        this.metOthers = true
        return { kind: claimed === 'held' ? 'held' : 'found' }
      }
      crashPoint('after-claim')
      const reason = customer?.reason ?? reasonText(this.#reason(item, wanted), step.name)
      const model = step.kind === 'ask' ? step.model.model : (step.argv[0] ?? step.name)
      started = clock.now()
      sink.emit({
        type: 'step-start',
        id,
        batch,
        cell: customer?.label ?? work.label(item),
        step: step.name,
        model,
        attempt: draw.attempt + 1,
        at: started,
        reason,
      })
      const reply = step.kind === 'ask' ? await this.#ask(id, step, wanted, receipt as Receipt) : await this.#run(step, wanted)
      const ended = clock.now()
      if (reply.kind === 'failure') {
        await work.store.settle(key)
        if (step.kind === 'run' && step.verdict) this.#brokenCheck(step.verdict, reply.failure)
        return this.#failed(id, ended, step, reply.failure, receipt?.useless())
      }
      const envelope = 'envelope' in reply ? reply.envelope : undefined
      const usage = envelope && receipt ? receipt.answered(envelope) : FREE
      paid = usage
      crashPoint('before-keep')
      const answered = envelope?.model || model
      const asked = envelope && step.kind === 'ask' ? this.doubts.about(askingOf(step, wanted), envelope) : undefined
      const doubt = asked instanceof Promise ? await asked : asked
      const put = await work.store.put({
        ...(doubt ? asideOf(identified.digest, draw) : { ...draw, key }),
        request: identified.digest,
        requestText: identified.text,
        step: step.name,
        cell: customer?.cell ?? cellName(work.plan.dimensions, item.row),
        sample: customer ? draw.ordinal : stepSample(step, item.sample),
        model: answered,
        raw: reply.raw,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        usd: usage.usd ?? null,
        estimated: usage.estimated,
        // Of the answer alone: what it waited for its turn says nothing about the model.
        ms: Math.round('ms' in reply ? reply.ms : ended - started),
        run,
      })
      this.#breaker.succeeded()
      if (step.kind === 'ask' && envelope && !isUnread(envelope)) this.canary.answered(step, reply.raw)
      if (doubt) return await this.#setAside(id, ended, wanted, doubt, usage)
      if (step.kind === 'ask' && envelope) this.#tiers.answered(step.model, envelope)
      const reading = readResponse(step, reply.raw, envelope)
      const outcome =
        reading?.kind === 'rejected'
          ? ({ outcome: 'rejected', code: reading.code, message: reading.message } as const)
          : ({ outcome: 'ok' } as const)
      sink.emit({ type: 'step-end', id, at: ended, usage, ...outcome })
      if (!put.first || !reading) return { kind: 'kept' }
      const { inputTokens, outputTokens, usd = null } = usage
      return { kind: 'kept', answer: { ...reading, kept: { id: put.id, model: storable(answered), inputTokens, outputTokens, usd } } }
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      // Once, with what to do about it: those that follow are consequences.
      if (!halt.stopping) for (const diagnostic of error.diagnostics) sink.emit({ type: 'notice', diagnostic })
      halt.stop('store', error.message)
      // What could not be announced was never begun.
      if (started !== undefined)
        sink.emit({
          type: 'step-end',
          id,
          at: clock.now(),
          outcome: 'failed',
          code: 'store',
          message: error.message,
          ...(paid ? { usage: paid } : {}),
        })
      return { kind: 'stopped' }
    } finally {
      receipt?.close()
    }
  }

  /** In a store that was empty nothing has a history, and looking for one would cost more than the rest of the call. */
  #reason(item: Item, wanted: Wanted): Reason {
    const { work } = this.#context
    if (work.blank && wanted.afterRejection === undefined) return { kind: 'new' }
    return reasonFor(work.dataset, item, wanted, work.store)
  }

  #receipt(step: AskSpec, batch: string, wanted: Wanted): Receipt {
    const { model } = step
    return this.#till.receipt({ batch, model: modelName(model), step: step.name }, model, wanted, this.#context.sellers(step).price)
  }

  /** Undefined when the next call may be made. */
  async #admit({ model }: AskSpec, receipt: Receipt): Promise<Failure | undefined> {
    const { halt } = this.#context
    const admission = await receipt.admit(
      () => halt.stopping,
      () => this.#holdUps.tell(modelName(model), { why: 'budget' }),
    )
    return admission === 'ok' ? undefined : this.#refused(admission, receipt.refusal)
  }

  /** What can be held only when a job has ended is looked at again then; who does not wait has reached a limit like any other. */
  #refused(admission: Exclude<Admission, 'ok'>, overBudget: string): Failure {
    const why = admission === 'later' ? (this.#context.jobs?.waits ? 'stopped' : 'budget') : admission
    if (why === 'stopped') return { kind: 'aborted', code: 'stopped', message: 'the build is stopping' }
    const message = why === 'calls' ? `--max-calls ${this.#till.limits.maxCalls} is reached` : overBudget
    this.#context.halt.stop(why, message)
    return { kind: 'aborted', code: why, message }
  }

  async #ask(id: number, step: AskSpec, wanted: Wanted, receipt: Receipt) {
    const { work, clock, random, halt, sink, maxTries } = this.#context
    const { provider, pace, hedges } = this.#context.sellers(step)
    const request = wanted.asked.identified.request
    if (request.kind !== 'ask') throw new Error('datagen bug: a command was sent to a model')
    let waited = false
    const gate = (): Failure | undefined => {
      // Another build may have kept it while this one waited: taken from a rescue file, or asked after this one was thought dead.
      if (waited && work.store.get(wanted.key, wanted.asked.digest)) return FOUND
      return receipt.call() ? undefined : this.#refused('calls', receipt.refusal)
    }
    const hedging = hedges && request.endpoint === undefined && !this.canary.isAlone(step) ? this.#hedging(id, receipt, hedges) : undefined
    const asked = askWithRetry(
      provider,
      {
        body: request.body,
        draw: wanted.draw,
        ...(request.endpoint === undefined ? {} : { endpoint: request.endpoint }),
        ...(request.version === undefined ? {} : { version: request.version }),
      },
      {
        clock,
        random,
        gate,
        pace,
        hedging,
        wish: { lane: wanted.step.name, size: () => sizeOf(wanted), held: (hold) => this.#holdUps.tell(modelName(step.model), hold) },
        signal: halt.signal,
        // While stopping, a failed call is not tried again: nothing was paid for it.
        stop: halt.stopSignal,
        ...(maxTries === undefined ? {} : { maxTries }),
        onFailed: (failure) => receipt.failed(failure),
        onRetry: ({ code, message }, waitMs) => {
          const usage = receipt.useless()
          sink.emit({ type: 'step-retry', id, code, message, waitMs, at: clock.now(), ...(usage ? { usage } : {}) })
        },
        onStrange: (specimen) => this.#specimens.take(specimen),
        again: () => this.#admit(step, receipt),
      },
    )
    // A call that may be made at once has been begun by now.
    waited = true
    return asked
  }

  /** What a call that the build dies in the middle of can cost: it may have been made twice by then. */
  #mostInFlight(step: AskSpec | RunSpec, { mostUsd }: Receipt): number | null {
    const twice = step.kind === 'ask' && this.#context.sellers(step).hedges !== undefined
    return mostUsd === null || !twice ? mostUsd : 2 * mostUsd
  }

  #hedging(id: number, receipt: Receipt, hedges: Hedges): Hedging {
    const { sink, clock } = this.#context
    return {
      hedges,
      begin: (afterMs) => {
        if (!receipt.second()) return false
        sink.emit({ type: 'step-hedge', id, at: clock.now(), reason: `no answer after ${(afterMs / 1000).toFixed(1)} s` })
        return true
      },
      unneeded: (envelope) => receipt.unneeded(envelope),
      end: (outcome) => {
        receipt.decided(outcome === 'won')
        const usage = receipt.useless()
        sink.emit({ type: 'step-hedge-end', id, at: clock.now(), outcome, ...(usage ? { usage } : {}) })
      },
    }
  }

  #run(step: RunSpec, wanted: Wanted) {
    const { root, environment, halt } = this.#context
    const request = wanted.asked.identified.request
    if (request.kind !== 'run') throw new Error('datagen bug: a question was given to a command')
    const call = {
      argv: step.argv,
      input: request.input,
      cwd: root,
      timeoutMs: step.timeoutMs,
      env: step.env,
      environment,
      signal: halt.signal,
    }
    if (step.sandbox) {
      const { code } = request.input as unknown as { readonly code: readonly RunnableCode[] }
      return runCode({ sandbox: step.sandbox, code, signal: halt.signal })
    }
    return step.verdict ? runCheckCommand(call, step.verdict) : runCommand(call)
  }

  /** A check that cannot be run is told once: rows that it should have seen fail. */
  #brokenCheck(verdict: CommandVerdictSpec, failure: Failure): void {
    const name = `${verdict.check}/${failure.code}`
    if (failure.kind === 'aborted' || this.#toldChecks.has(name)) return
    this.#toldChecks.add(name)
    this.#context.sink.emit({ type: 'notice', diagnostic: brokenCheck(verdict, failure) })
  }

  #failed(id: number, at: number, step: AskSpec | RunSpec, failure: Failure, usage: Usage | undefined): Bought {
    const { sink, halt } = this.#context
    const { code, message } = failure
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
  async #setAside(id: number, at: number, { key }: Wanted, doubt: Doubt, usage: Usage): Promise<Bought> {
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

function askingOf({ model }: AskSpec, { key, draw, asked }: Wanted): Asking {
  const { request } = asked.identified
  const body = () => (request.kind === 'ask' ? request.body : undefined)
  return { key, request: asked.digest, draw, model, server: model.identity, body }
}

/** Of commands. */
const FREE: Usage = { inputTokens: 0, outputTokens: 0, estimated: false, usd: 0 }
