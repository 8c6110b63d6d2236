/** Requests gathered into the files of batch jobs: claimed in portions as they come, handed over when a file is full or nothing more comes. */
import type { JsonObject } from '../../../schema/json.ts'
import type { JobService } from '../../generate/batch/job-service.ts'
import { requestLine } from '../../generate/batch/lines.ts'
import type { KnownPrice, Rates } from '../../generate/price.ts'
import type { Failure } from '../../generate/provider.ts'
import type { RequestFile } from '../../store/job-file.ts'
import type { Job, JobLine, JobPlace } from '../../store/jobs.ts'
import type { JobId, Key } from '../../util/brand.ts'
import { crashPoint } from '../../util/crash-point.ts'
import { type JobContext, nameOfModel } from './context.ts'
import { createOnce } from './creation.ts'
import { persist } from './persist.ts'
import { stopFor } from './stop-for.ts'

/** One request for a job; admitted by the limits. */
export interface Order {
  readonly place: JobPlace
  readonly most: { readonly requests: number; readonly bytes: number }
  readonly price: KnownPrice | undefined
  readonly line: JobLine
  readonly body: JsonObject
  readonly reservedUsd: number
  readonly reason: string
}

export type Ordered = 'waits' | 'too-large' | 'stopped'

/** Claims that are made together share one fsync. */
const PORTION = 1_000

interface Waiting {
  readonly order: Order
  readonly text: string
}

/** The job that is gathered for one model at one place. */
interface Lane {
  readonly place: JobPlace
  readonly service: JobService
  readonly buffer: Waiting[]
  job: JobId | undefined
  file: RequestFile | undefined
  /** Also of what is not claimed yet. */
  requests: number
  bytes: number
  reservedUsd: number
  readonly reasons: Map<string, number>
  /** Whoever changes the lane waits for those before him. */
  turn: Promise<unknown>
}

export class Gathering {
  readonly #context: JobContext
  readonly #lanes = new Map<string, Promise<Lane>>()
  readonly #buffered = new Set<Key>()
  /** What this run reserved for each job that it handed over. */
  readonly reserved = new Map<JobId, number>()
  /** Others had asked for the same: their answers are there, or will be. */
  metOthers = false
  /** The same since it was last asked. */
  #metLately = false

  constructor(context: JobContext) {
    this.#context = context
  }

  /** Jobs that this process is still at work on. */
  isAtWorkOn(id: JobId): boolean {
    return this.#atWork.has(id)
  }
  readonly #atWork = new Set<JobId>()

  has(key: Key): boolean {
    return this.#buffered.has(key)
  }

  async add(order: Order): Promise<Ordered> {
    const lane = await this.#lane(order)
    return inTurn(lane, async () => {
      const { key } = order.line
      if (this.#buffered.has(key)) return this.#giveBack(order, 'waits')
      const text = requestLine(key, lane.service.url, order.body)
      const bytes = Buffer.byteLength(text) + 1
      if (bytes > order.most.bytes) return this.#giveBack(order, 'too-large')
      if (lane.requests + 1 > order.most.requests || lane.bytes + bytes > order.most.bytes) await this.#handOver(lane)
      if (this.#context.halt.stopSignal.aborted) return this.#giveBack(order, 'stopped')
      // Nobody may wait for it to settle: it does not before everything else is at rest.
      this.#context.limits.order(order.reservedUsd)
      lane.buffer.push({ order, text })
      this.#buffered.add(key)
      lane.requests++
      lane.bytes += bytes
      if (lane.buffer.length >= PORTION) await this.#claim(lane)
      return 'waits'
    })
  }

  /** Hands over what was gathered. */
  async submit(): Promise<void> {
    for (const lane of await Promise.all(this.#lanes.values())) await inTurn(lane, () => this.#handOver(lane))
  }

  /** Nothing of what was gathered was handed over, and nothing will be. */
  async abandon(): Promise<void> {
    for (const lane of await Promise.all(this.#lanes.values()))
      await inTurn(lane, async () => {
        for (const { order } of lane.buffer.splice(0)) this.#takeBack(order)
        await this.#drop(lane)
      })
    this.#buffered.clear()
  }

  /** Whether others were met since this was last asked: what they asked for is to be looked at again. */
  takeMet(): boolean {
    const met = this.#metLately
    this.#metLately = false
    return met
  }

  #meet(): void {
    this.metOthers = true
    this.#metLately = true
  }

  #giveBack<T extends Ordered>({ reservedUsd }: Order, what: T): T {
    this.#context.limits.giveBack()
    this.#context.limits.settle(reservedUsd, 0)
    return what
  }

  /** The same for what was taken in already. */
  #takeBack({ reservedUsd }: Order): void {
    this.#context.limits.giveBack()
    this.#context.limits.arrive(reservedUsd, 0)
  }

  #lane({ place }: Order): Promise<Lane> {
    const name = JSON.stringify([place.provider, place.baseUrl, place.model, place.apiKeyEnv, place.headers, place.api])
    let lane = this.#lanes.get(name)
    lane ??= this.#context.services(place).then((service) => ({ place, service, buffer: [], ...empty(), turn: Promise.resolve() }))
    this.#lanes.set(name, lane)
    return lane
  }

  /** What is not claimed by anybody else goes into the file. */
  async #claim(lane: Lane): Promise<void> {
    const portion = lane.buffer.splice(0)
    const [first] = portion
    if (!first) return
    const { store, run, requestFile } = this.#context
    if (lane.job === undefined) {
      lane.job = await store.jobs.begin({ place: lane.place, price: priceRecord(first.order.price), run })
      this.#atWork.add(lane.job)
      lane.file = requestFile(lane.job)
    }
    const claimed = await store.jobs.claim(
      lane.job,
      run,
      portion.map(({ order }) => order.line),
    )
    crashPoint('after-job-claims')
    for (const [i, { order, text }] of portion.entries()) {
      this.#buffered.delete(order.line.key)
      if (claimed[i] !== 'ours') {
        this.#meet()
        this.#takeBack(order)
        continue
      }
      lane.file?.add(text)
      lane.reservedUsd += order.reservedUsd
      lane.reasons.set(order.reason, (lane.reasons.get(order.reason) ?? 0) + 1)
    }
  }

  async #handOver(lane: Lane): Promise<void> {
    await this.#claim(lane)
    const { job: id, file } = lane
    if (id === undefined || !file) return
    if (file.requests === 0) return this.#drop(lane)
    const job = await this.#seal(id, file)
    if (!job) return this.#leaveToOthers(lane)
    await this.#submit(lane, job, file)
  }

  /** The intent: which keys and which file, durable before anything leaves this machine. */
  async #seal(id: JobId, file: RequestFile): Promise<Job | undefined> {
    const { jobs } = this.#context.store
    const begun = jobs.all().find((job) => job.id === id)
    if (!begun) return undefined
    const job: Job = { ...begun, state: 'sealed', sha256: file.seal(), requests: file.requests, bytes: file.bytes }
    if (!(await jobs.update(job))) return undefined
    crashPoint('after-job-seal')
    return job
  }

  async #submit(lane: Lane, sealed: Job, file: RequestFile): Promise<void> {
    const { store, halt, clock } = this.#context
    const { service } = lane
    const name = `datagen-${store.identity}-${sealed.id}.jsonl`
    const uploaded = await persist(this.#context, () => service.upload({ path: file.path, name }, halt.signal))
    if (uploaded.kind === 'failure') return this.#failed(lane, uploaded.failure)
    crashPoint('before-job-file')
    const job: Job = { ...sealed, fileId: uploaded.value, uploaded: clock.date().toISOString() }
    if (!(await store.jobs.update(job))) return this.#leaveToOthers(lane)
    file.remove()
    crashPoint('after-job-file')
    const created = await createOnce(this.#context, service, job)
    if (created.kind === 'failure') return this.#failed(lane, created.failure, job.fileId)
    if (created.kind === 'unknown') {
      stopFor(this.#context, job.place, created.failure)
      return this.#keepWaiting(lane, job)
    }
    crashPoint('before-job-id')
    const submitted: Job = { ...job, state: 'submitted', remoteId: created.value.id, submitted: clock.date().toISOString() }
    if (!(await store.jobs.update(submitted))) {
      // Somebody thought this process dead, and has handed the same over, or will.
      await service.cancel(created.value.id, halt.signal)
      return this.#leaveToOthers(lane)
    }
    crashPoint('after-job-id')
    this.#tell(lane, submitted)
    return this.#keepWaiting(lane, submitted)
  }

  #tell({ reasons, place }: Lane, { number, remoteId, requests, submitted }: Job): void {
    this.#context.sink.emit({
      type: 'job',
      job: number,
      state: 'submitted',
      use: nameOfModel(place),
      remote: remoteId as string,
      requests,
      since: submitted as string,
      reasons: [...reasons].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    })
  }

  /** The job is everybody's from now on, and what it may cost stays reserved. */
  async #keepWaiting(lane: Lane, { id }: Job): Promise<void> {
    this.reserved.set(id, lane.reservedUsd)
    this.#clear(lane)
    await this.#context.store.jobs.leave(id)
  }

  /** Nothing was handed over. */
  async #failed(lane: Lane, failure: Failure, fileId?: string): Promise<void> {
    if (fileId !== undefined) await lane.service.removeFile(fileId, this.#context.halt.signal)
    await this.#drop(lane)
    stopFor(this.#context, lane.place, failure)
  }

  async #drop(lane: Lane): Promise<void> {
    const { job, file } = lane
    for (let i = 0; i < (file?.requests ?? 0); i++) this.#context.limits.giveBack()
    this.#context.limits.arrive(lane.reservedUsd, 0)
    file?.remove()
    this.#clear(lane)
    if (job !== undefined) await this.#context.store.jobs.drop(job)
  }

  #leaveToOthers(lane: Lane): void {
    lane.file?.remove()
    this.#context.limits.arrive(lane.reservedUsd, 0)
    this.#meet()
    this.#clear(lane)
  }

  #clear(lane: Lane): void {
    if (lane.job !== undefined) this.#atWork.delete(lane.job)
    Object.assign(lane, empty())
  }
}

function empty() {
  return { job: undefined, file: undefined, requests: 0, bytes: 0, reservedUsd: 0, reasons: new Map<string, number>() }
}

async function inTurn<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
  const before = lane.turn
  let done = () => {}
  lane.turn = new Promise<void>((resolve) => {
    done = resolve
  })
  await before
  try {
    return await work()
  } finally {
    done()
  }
}

/** What it takes to say later what an answer cost, whatever the config says then. */
function priceRecord(price: KnownPrice | undefined): JsonObject | null {
  if (!price) return null
  const { source: _, date: _date, others: _others, at: _at, ...rates } = price
  return JSON.parse(JSON.stringify(rates satisfies Rates)) as JsonObject
}
