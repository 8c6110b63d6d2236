/** A project in one process: a config, a real store on memory-backed disk, a scripted provider, and builds that can be cut off. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../schema/config.ts'
import type { Dataset } from '../../src/config/dataset.ts'
import { normalise } from '../../src/config/normalise.ts'
import { createRecorder } from '../../src/config/recorder.ts'
import type { Event } from '../../src/events/event.ts'
import type { JobService } from '../../src/generate/batch/job-service.ts'
import type { Known } from '../../src/generate/capability/finding.ts'
import { createBatchApi } from '../../src/generate/providers/batch-api.ts'
import { Pace } from '../../src/generate/rate/pace.ts'
import { digestOf } from '../../src/key/key.ts'
import { outlineOf } from '../../src/plan/outline.ts'
import { NO_REVIEWS, type Reviews } from '../../src/review/reviews.ts'
import { rowsByModel } from '../../src/schedule/answerers.ts'
import { type BuildResult, build } from '../../src/schedule/build.ts'
import { Canary } from '../../src/schedule/canary.ts'
import { Distrust } from '../../src/schedule/distrust.ts'
import { Doubts } from '../../src/schedule/doubts.ts'
import { Halt } from '../../src/schedule/halt.ts'
import type { JobContext } from '../../src/schedule/jobs/context.ts'
import { JobDesk } from '../../src/schedule/jobs/desk.ts'
import { layOut } from '../../src/schedule/layout.ts'
import { type LimitOptions, Limits } from '../../src/schedule/limits.ts'
import { type Preview, preview } from '../../src/schedule/preview.ts'
import { type ColumnsHead, recallFrom } from '../../src/schedule/recall.ts'
import { rejectedDraws } from '../../src/schedule/retry-rejected.ts'
import { EVERYTHING, type Scope } from '../../src/schedule/scope.ts'
import { surveyAll } from '../../src/schedule/survey.ts'
import type { Work } from '../../src/schedule/work.ts'
import { readColumns, writeColumns } from '../../src/store/columns.ts'
import { openRequestFile } from '../../src/store/job-file.ts'
import { openStore, openStoreIfExists } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import type { Clock } from '../../src/util/clock.ts'
import { disk } from '../../src/write/files.ts'
import { instantClock } from './instant-clock.ts'
import type { Recorded, ScriptedProvider } from './scripted-provider.ts'

export interface BuildSettings {
  readonly concurrency?: number
  readonly random?: () => number
  readonly limits?: LimitOptions
  readonly retry?: boolean
  readonly scope?: Scope
  readonly partial?: boolean
  /** The process dies after this many operations of store and provider. */
  readonly killAfter?: number
  readonly price?: { readonly input: number; readonly output: number }
  readonly halt?: Halt
  /** What people said about rows. */
  readonly reviews?: Reviews
  /** Models with `transport: batch` are asked through the Batch API of their server. */
  readonly jobs?: { readonly wait?: boolean; readonly mayOrder?: boolean; readonly clock?: Clock }
  readonly onEvent?: (event: Event) => void
}

export interface Built {
  /** Undefined when the build was killed. */
  readonly result: BuildResult | undefined
  readonly events: readonly Event[]
  readonly calls: readonly Recorded[]
  /** What `plan` said before. */
  readonly plan: Preview
}

const MEMORY_DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export class World implements Disposable {
  readonly root = mkdtempSync(join(MEMORY_DISK, 'datagen-world-'))
  readonly provider: ScriptedProvider
  readonly #clock = instantClock()
  #run = 0
  readonly #services: JobService[] = []
  /** What was found of servers, by the id of the use. */
  readonly known = new Map<string, Known>()
  /** How often a build or a look before it could take over what was known. */
  recalled = 0

  readonly #env: { readonly [name: string]: string | undefined }

  /** `env`: what its configs see of the environment. */
  constructor(provider: ScriptedProvider, env: { readonly [name: string]: string | undefined } = {}) {
    this.provider = provider
    this.#env = env
  }

  async dataset(config: Config): Promise<Dataset> {
    const place = { file: join(this.root, 'datagen.config.json') }
    const around = { locate: () => place, thrownAt: () => place, recorder: createRecorder(this.root, this.#env), probe: undefined }
    return (await normalise(config, around)).dataset
  }

  async build(config: Config, settings: BuildSettings = {}): Promise<Built> {
    const dataset = await this.dataset(config)
    const seen = await this.#preview(config, dataset)
    const store = openStore(join(this.root, '.datagen'), { groupMs: 0 })
    const before = this.provider.calls.length
    const events: Event[] = []
    const death = new Death(settings.killAfter)
    const halt = settings.halt ?? new Halt()
    const sink = {
      emit: (event: Event) => {
        events.push(event)
        settings.onEvent?.(event)
      },
    }
    halt.report(sink)
    const mortal = death.store(store)
    const limits = new Limits({ ...settings.limits })
    const run = `run-${this.#run++}`
    const distrusted = new Distrust()
    const rows = () => {
      const before = this.#work(config, dataset, mortal, settings.reviews)
      surveyAll(before)
      return rowsByModel(before)
    }
    const doubts = new Doubts({ dataset, store: mortal, distrusted, rows, locked: () => new Map() })
    const canary = new Canary({
      sink,
      halt,
      clock: this.#clock,
      locate: dataset.locate,
      known: ({ id }) => this.known.get(id),
      note: ({ id }, findings) => void this.known.set(id, { findings, time: '2026-01-01T00:00:00.000Z', by: 'build' }),
    })
    const jobs = settings.jobs && this.#desk(settings.jobs, mortal, death, { dataset, sink, halt, limits, run, doubts, canary })
    await Promise.race([jobs?.attend(), death.came])
    let work = this.#work(config, dataset, mortal, settings.reviews, distrusted)
    const scope = settings.scope ?? EVERYTHING
    const again = settings.retry ? rejectedDraws(work, scope) : []
    for (const { request, ordinal } of again) await store.raiseEpoch(request, ordinal)
    if (again.length > 0) work = work.anew()
    const provider = death.provider(this.provider)
    const pace = new Pace(this.#clock)
    const running = build({
      work,
      scope,
      sink,
      halt,
      clock: this.#clock,
      random: settings.random ?? (() => 0.5),
      run,
      root: this.root,
      files: disk,
      environment: {},
      startedAt: 0,
      concurrency: settings.concurrency ?? 4,
      models: [],
      mayBuy: async () => true,
      sellers: () => ({ provider, pace, ...(settings.price ? { price: { ...settings.price, source: 'config' as const } } : {}) }),
      limits,
      doubts,
      canary,
      ...(jobs ? { jobs } : {}),
      partial: settings.partial === true,
      simulated: new Set(),
      maxTries: 3,
    })
    const result = await Promise.race([running, death.came])
    if (result?.columns) writeColumns(this.#columns, result.columns)
    await store.close()
    return { result: result ?? undefined, events, calls: this.provider.calls.slice(before), plan: seen }
  }

  #desk(
    { wait = false, mayOrder = true, clock = this.#clock }: NonNullable<BuildSettings['jobs']>,
    store: Store,
    death: Death,
    about: Pick<JobContext, 'dataset' | 'sink' | 'halt' | 'limits' | 'run' | 'doubts' | 'canary'>,
  ): JobDesk {
    const dir = join(this.root, '.datagen')
    return new JobDesk({
      ...about,
      store,
      clock,
      random: () => 0.5,
      wait,
      mayOrder,
      requestFile: (id) => openRequestFile(dir, id),
      services: async ({ provider, baseUrl, api, timeoutMs }) => {
        const service = createBatchApi({ provider, baseUrl, api, timeoutMs })
        this.#services.push(service)
        return death.all(service)
      },
    })
  }

  /** As `datagen` lays it out, with what the build before remembers; configs here are data, so their text defines them. */
  #work(config: Config, dataset: Dataset, store: Store, reviews: Reviews = NO_REVIEWS, distrusted = new Distrust()): Work {
    const outline = outlineOf(
      dataset,
      digestOf(JSON.stringify(config, (name, value) => (name === 'dimensions' ? Object.keys(value) : value))),
    )
    const columns = readColumns<ColumnsHead>(this.#columns)
    const work = layOut(dataset, store, { outline, columns, reviews, distrusted })
    if (columns && recallFrom(work.plan, outline, store, columns)) this.recalled++
    return work
  }

  get #columns(): string {
    return join(this.root, '.datagen', 'columns.bin')
  }

  async #preview(config: Config, dataset: Dataset): Promise<Preview> {
    const store = openStoreIfExists(join(this.root, '.datagen'))
    try {
      return preview(this.#work(config, dataset, store), new Map(), EVERYTHING, undefined, ({ id }) => this.known.get(id))
    } finally {
      await store.close()
    }
  }

  /** The rows of an output and their sidecar lines; undefined when the file is not there. */
  rows(name = 'train'): { row: Row; meta: Meta; line: string }[] | undefined {
    const path = join(this.root, 'data', `${name}.jsonl`)
    if (!existsSync(path)) return undefined
    const lines = linesOf(path)
    const metas = linesOf(path.replace(/jsonl$/, 'meta.jsonl'))
    if (lines.length !== metas.length) throw new Error(`${lines.length} rows but ${metas.length} sidecar lines`)
    return lines.map((line, i) => ({ row: JSON.parse(line), meta: JSON.parse(metas[i] as string), line }))
  }

  /** Modification times of all outputs, to see that nothing was rewritten. */
  stamps(): Record<string, number> {
    const files = ['train', 'valid'].flatMap((name) => [`${name}.jsonl`, `${name}.meta.jsonl`])
    return Object.fromEntries(
      files.flatMap((file) => (existsSync(join(this.root, 'data', file)) ? [[file, statSync(join(this.root, 'data', file)).mtimeMs]] : [])),
    )
  }

  bytes(name: string): string {
    return readFileSync(join(this.root, 'data', name), 'utf8')
  }

  [Symbol.dispose](): void {
    for (const service of this.#services) void service.close()
    rmSync(this.root, { recursive: true, force: true })
  }
}

export interface Row {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

export interface Meta {
  readonly cell: Record<string, string>
  readonly sample: number
  readonly steps: Record<string, { readonly key: string }>
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

/** Synchronous, or no operation of its own. */
const READS: ReadonlySet<string | symbol> = new Set(['all', 'holder', 'keys', 'line', 'close'])

/** Ends the world after a number of operations: what was begun and not acknowledged never returns. */
class Death {
  #left: number
  readonly came: Promise<undefined>
  #kill: (value: undefined) => void = () => {}

  constructor(after = Number.POSITIVE_INFINITY) {
    this.#left = after
    this.came = new Promise((resolve) => {
      this.#kill = resolve
    })
  }

  /** Whether the process still lives; counts one operation. */
  #step(): boolean {
    if (this.#left-- > 0) return true
    this.#kill(undefined)
    return false
  }

  async #mortal<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.#step()) return new Promise(() => {})
    const value = await operation()
    return this.#step() ? value : new Promise(() => {})
  }

  /** Everything that returns a promise is an operation. */
  all<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (of, name) => {
        const member = Reflect.get(of, name, of)
        if (typeof member !== 'function') return member
        if (READS.has(name)) return member.bind(of)
        return (...args: unknown[]) => this.#mortal(() => Reflect.apply(member, of, args) as Promise<unknown>)
      },
    })
  }

  store(store: Store): Store {
    const jobs = this.all(store.jobs)
    return new Proxy(store, {
      get: (target, name) => {
        if (name === 'jobs') return jobs
        const member = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        if (name === 'claim' || name === 'put' || name === 'settle' || name === 'raiseEpoch')
          return (...args: unknown[]) => this.#mortal(() => Reflect.apply(member, target, args) as Promise<unknown>)
        return member.bind(target)
      },
    })
  }

  provider(provider: ScriptedProvider): ScriptedProvider {
    return new Proxy(provider, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target)
        if (name === 'ask') return (...args: Parameters<ScriptedProvider['ask']>) => this.#mortal(() => target.ask(...args))
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }
}
